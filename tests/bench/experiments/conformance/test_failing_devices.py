"""A replay on a device that hangs, spoils frames or speaks another protocol comes to an end."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import typer

from firmware_sim.bench.cli import main
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.device_under_test import Ability, require
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.conformance.answers import NO_STAMP
from firmware_sim.bench.experiments.conformance.on_device import DeviceStage
from firmware_sim.bench.experiments.conformance.result import ConformanceResult, Finding
from firmware_sim.bench.experiments.conformance.stage import Answers, Broken
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import Capability, FrameType
from firmware_sim.devices.links.link import LinkError
from tests.support.fake_board import FakeBoard, FakeStream

# Without the limit of a pair, one hanging request would take hours: the test would not end.
PATIENCE = Patience(sign=0.05, answer=3600, start=0.2, reconnect=0)


@contextmanager
def opened(fake: FakeBoard) -> Iterator[Board]:
    with Board(BoardPort(lambda: FakeStream(fake), PATIENCE)) as board:
        yield board


def test_a_request_to_a_board_that_hangs_ends_at_the_limit() -> None:
    fake = FakeBoard(hangs_on={int(FrameType.ERASE)})
    hangs = pytest.raises(DeviceFaultError, match="hangs in ERASE")
    with opened(fake) as board, board.port.within(0.3), hangs:
        board.erase()


def test_the_limit_of_requests_is_over_with_its_block() -> None:
    with opened(FakeBoard()) as board:
        with board.port.within(0.0), pytest.raises(LinkError):
            board.erase()
        board.erase()


class Staged:
    """A device stage whose state is not the matter: each pair erases the board."""

    def __init__(self, board: Board) -> None:
        self.stage = DeviceStage(BoardDevice(board), None, 0.3)  # type: ignore[arg-type]
        self.stage._answers = self.answer  # type: ignore[method-assign, assignment]
        self.board = board

    def answer(self, *_: object) -> Answers:
        self.board.erase()
        return Answers(())


class NoFaults:
    faults = frozenset[object]()
    clock = NO_STAMP


def answers(staged: Staged) -> Answers:
    return staged.stage.answers(None, NoFaults())  # type: ignore[arg-type]


def test_a_pair_on_a_device_that_hangs_says_so_and_later_ones_are_not_waited_for() -> None:
    fake = FakeBoard(hangs_on={int(FrameType.ERASE)})
    with opened(fake) as board:
        staged = Staged(board)
        assert "hangs in ERASE" in answers(staged).refusal
        for _ in range(2):
            with pytest.raises(Broken, match="no board answers"):
                answers(staged)
        with pytest.raises(Broken, match="not tried: 3 pairs before it"):
            answers(staged)


def test_one_pair_that_comes_to_nothing_ends_no_run() -> None:
    fake = FakeBoard(mute={int(FrameType.ERASE)})
    with opened(fake) as board:
        staged = Staged(board)
        assert "does not answer ERASE" in answers(staged).refusal
        fake.mute.clear()
        assert answers(staged) == Answers(())


class SpoiltStream(FakeStream):
    """A line on which every frame from the board has a wrong CRC."""

    def read(self) -> bytes:
        octets = super().read()
        return bytes(octets[:2]) + bytes((octets[2] ^ 1 or 2,)) + octets[3:] if octets else octets


def test_frames_with_a_wrong_crc_are_not_called_nothing() -> None:
    port = BoardPort(lambda: SpoiltStream(FakeBoard()), PATIENCE)
    with pytest.raises(LinkError, match="frames come, but their CRC or their form is wrong"):
        port.open()


def test_another_version_of_the_protocol_is_the_devices_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class OtherVersion:
        def main(self, *_: object, **__: object) -> None:
            with opened(FakeBoard(protocol=9)):
                pass

    monkeypatch.setattr(typer.main, "get_command", lambda _: OtherVersion())
    assert main.run([]) == ExitCode.DEVICE_FAILED
    said = capsys.readouterr().err
    assert "speaks version 9 of the protocol" in said
    assert "the bench failed" not in said


def test_abilities_that_are_missing_are_named_one_by_one() -> None:
    fake = FakeBoard(capabilities=Capability.ERASE | Capability.WORKING)
    with opened(fake) as board, pytest.raises(BenchError) as caught:
        require(BoardDevice(board), Ability.PROVISION | Ability.CLOCK, "mend")
    assert str(caught.value) == "the device under test does not do PROVISION, CLOCK; mend"


def test_a_pair_that_broke_off_is_an_error_of_the_bench() -> None:
    result = ConformanceResult()
    result.messages["parsed"] = 1
    result.replay.broken.append(Finding("pair", "no board answers"))
    assert result.exit_code is ExitCode.BENCH_FAILED
    assert result.replay.outcome_of("pair") == "broken off: no board answers"
    assert result.replay.outcome_of("other") == "matched"
