"""What goes wrong with boards in the middle of a drill: a defined outcome, in bounded time.

ERROR is the bench's trouble, FAILED a device's. No trouble on the way may make a device look
wrong, or look right, and none may let it execute a command twice.
"""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.board.group import app
from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board import serial_line as serial_board
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.outcome import ExitCode, Outcome
from firmware_sim.devices.links.board import Board, StagedRecord
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import Capability, FrameType
from firmware_sim.devices.links.faults import Noise, NoisyStream
from firmware_sim.devices.links.framing import Frame, encode
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from firmware_sim.hw.emulators.qemu import QemuBoard
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from tests.bench.drills.rehearsal import SUPPLIER_STORY, Rehearsal, rehearse
from tests.board.emulated import elf, linked, mps2
from tests.ground.tree import ROOT
from tests.requirements import needs_board
from tests.support.commands import query
from tests.support.fake_board import Declined, FakeStream
from tests.support.meter import meter
from tests.support.simulated_board import SimulatedBoard

QUICK = Patience(sign=0.03, answer=0.3, attempts=5, start=0.5, reconnect=0)
SECONDS = 300

RECOVERY = REPLACEMENT_RULES[ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY].code


def on_the_desk(
    monkeypatch: pytest.MonkeyPatch,
    board: SimulatedBoard,
    line: Callable[[FakeStream], OctetStream] = lambda stream: stream,
) -> None:
    """Let ``serial:`` lead to that board."""
    started = board.start()

    def opened() -> OctetStream:
        stream = FakeStream(board, powers_on=False)
        stream.inject(started)
        return line(stream)

    monkeypatch.setattr(serial_board, "board_at", lambda *_: Board(BoardPort(opened, QUICK)))


async def drill(folder: Path) -> Rehearsal:
    began = time.monotonic()
    rehearsal = await rehearse(SUPPLIER_STORY, folder / "run", target="serial:desk")
    assert time.monotonic() - began < SECONDS
    return rehearsal


def sent(rehearsal: Rehearsal) -> Counter[bytes]:
    rows = rehearsal.rows("SELECT octets FROM message WHERE direction = 'to device'")
    return Counter(octets for (octets,) in rows)


async def test_drill_on_a_board_without_trouble_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = SimulatedBoard()
    on_the_desk(monkeypatch, board)
    rehearsal = await drill(tmp_path)
    assert rehearsal.outcome is Outcome.PASSED, rehearsal.reasons()
    assert Counter(board.handed) == sent(rehearsal)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "kind", [Noise(flip=1), Noise(drop=1), Noise(insert=1), Noise(1 / 3, 1 / 3, 1 / 3)]
)
async def test_drill_with_a_little_noise_has_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Noise, seed: int
) -> None:
    """One octet in 20,000: the same verdicts, and every message handed over once."""
    board, lines = SimulatedBoard(), list[NoisyStream]()
    on_the_desk(monkeypatch, board, noisy(kind, 0.00005, seed, lines))
    rehearsal = await drill(tmp_path)
    assert sum(line.faults for line in lines) > 0
    assert rehearsal.outcome is Outcome.PASSED, rehearsal.reasons()
    assert Counter(board.handed) == sent(rehearsal)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("rate", [0.0003, 0.001, 0.01, 0.2])
async def test_much_noise_on_the_line_is_an_error_of_the_bench_or_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: float, seed: int
) -> None:
    board = SimulatedBoard()
    on_the_desk(monkeypatch, board, noisy(Noise(1, 1, 1), rate, seed, []))
    try:
        rehearsal = await drill(tmp_path)
    except BenchError:  # before the first step: it could not even be provisioned
        assert not board.handed
        return
    assert rehearsal.outcome in (Outcome.ERROR, Outcome.PASSED), rehearsal.reasons()
    assert Counter(board.handed) <= sent(rehearsal)
    assert "failed" not in rehearsal.steps().values()


def noisy(
    kind: Noise, rate: float, seed: int, lines: list[NoisyStream]
) -> Callable[[FakeStream], OctetStream]:
    noise = Noise(rate * kind.flip, rate * kind.drop, rate * kind.insert)

    def line(stream: FakeStream) -> OctetStream:
        lines.append(NoisyStream(stream, noise, 1000 * seed + len(lines)))
        return lines[-1]

    return line


@pytest.mark.parametrize("nth", [1, 4])
@pytest.mark.parametrize(
    ("trouble", "outcome", "reason"),
    [
        ("resets_on", Outcome.ERROR, "started anew (watchdog)"),
        ("hangs_on", Outcome.FAILED, "hangs in MESSAGE"),
        ("mute", Outcome.FAILED, "lives, but does not answer MESSAGE"),
        ("dies", Outcome.ERROR, "no board answers"),
        ("babbles", Outcome.ERROR, "spoils frames"),
        ("lies", Outcome.FAILED, "ends within"),
    ],
)
async def test_board_that_breaks_during_a_drill_gives_the_outcome_and_reason_of_its_fault(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    nth: int,
    trouble: str,
    outcome: Outcome,
    reason: str,
) -> None:
    board = Breaking(trouble, nth)
    on_the_desk(monkeypatch, board)
    rehearsal = await drill(tmp_path)
    assert rehearsal.outcome is outcome, rehearsal.reasons()
    assert reason in rehearsal.reasons()
    assert Counter(board.handed) <= sent(rehearsal)


class Breaking(SimulatedBoard):
    """Does well until a message, and has some trouble from then on."""

    def __init__(self, trouble: str, nth: int) -> None:
        super().__init__()
        self.trouble = trouble
        self.left = nth
        if trouble == "mute":
            self.capabilities &= ~Capability.WORKING

    def take(self, octets: bytes) -> bytes:
        if self.left > 0 or self.trouble not in ("dies", "babbles"):
            return super().take(octets)
        return random.Random(1).randbytes(300) if self.trouble == "babbles" else b""

    def _answer(self, frame: Frame, check: int) -> bytes:
        if frame.type == FrameType.MESSAGE:
            self.left -= 1
            if self.left <= 0:
                return self._break(frame, check)
        return super()._answer(frame, check)

    def _break(self, frame: Frame, check: int) -> bytes:
        match self.trouble:
            case "dies" | "babbles":
                return b""
            case "lies":
                self.does[FrameType.MESSAGE] = lambda _: b"\x00\x02\x00\x00\x00\x00\x09\x00x"
            case _:
                getattr(self, self.trouble).add(FrameType.MESSAGE)
        return super()._answer(frame, check)


async def test_a_board_that_failed_its_self_test_is_not_provisioned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_payload: bytes) -> bytes:
        raise Declined(7)

    board = SimulatedBoard()
    on_the_desk(monkeypatch, board)
    board.does[FrameType.PROVISION] = fails
    with pytest.raises(BenchError, match="declines PROVISION: self test"):
        await drill(tmp_path)


@pytest.mark.parametrize("operation", [0, 1, 3, 6])
async def test_a_power_cut_in_the_middle_is_an_error_and_leaves_no_mixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: int
) -> None:
    """Armed on the board, as a bench may; afterwards each cell is old or new, and none else."""
    board = SimulatedBoard()
    on_the_desk(monkeypatch, board)
    receive, before = BoardDevice.receive, dict[TrustAnchorCellId, Cell]()

    def cut_in_an_update(self: BoardDevice, octets: bytes) -> Effects:
        if parse_message(octets).code == RECOVERY:
            assert board.device is not None
            before.update(board.device.cells())
            self.board.cut(operation)
        return receive(self, octets)

    monkeypatch.setattr(BoardDevice, "receive", cut_in_an_update)
    rehearsal = await drill(tmp_path)
    assert rehearsal.outcome is Outcome.ERROR
    assert "started anew (software)" in rehearsal.reasons()
    # The record lacks the message in which the power was cut, and that was handed over once.
    assert (Counter(board.handed) - sent(rehearsal)).total() <= 1
    assert board.device is not None
    board.device.power_on()
    now = board.device.cells()
    changed = {cell for cell in now if now[cell].public_key != before[cell].public_key}
    assert changed in (set(), {cell for cell in now if cell.role is RemotePartyRole.SUPPLIER})


HOST = """
import os, signal, sys
from pathlib import Path
from firmware_sim.devices.links.serial_port import SerialStream
stream = SerialStream(sys.argv[1], lock_folder=Path(sys.argv[2]))
stream.write(bytes.fromhex(sys.argv[3]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def vanishing_host(port: str, folder: Path, octets: bytes) -> None:
    """A process that writes this and is killed, with the port open and locked."""
    command = [sys.executable, "-c", HOST, port, str(folder), octets.hex()]
    ended = subprocess.run(command, cwd=ROOT, check=False, timeout=300)
    assert ended.returncode == -signal.SIGKILL


@needs_board
@pytest.mark.parametrize(("missing", "executed"), [(60, 0), (2, 0), (1, 1), (0, 1)])
def test_a_host_that_vanishes_leaves_a_sane_board_and_nothing_done_twice(
    tmp_path: Path, missing: int, executed: int
) -> None:
    """The next host sends the same command; one of the two is executed.

    Of a frame that lacks its last delimiter only, the next host's first octet is one.
    """
    home = meter()
    blueprint = blueprint_of(home.device.image())
    records = [StagedRecord(key.kind, key.number, body) for key, body in blueprint.records]
    octets = query(home).build()
    frame = encode(Frame(FrameType.MESSAGE, 2, octets))
    with QemuBoard(mps2(), elf()) as emulator:
        with linked(emulator, tmp_path) as board:
            board.provision(blueprint.device_type, blueprint.entity, records)
            board.set_clock(int(home.clock.time.timestamp()))
        vanishing_host(emulator.port, tmp_path, frame[: len(frame) - missing])
        with linked(emulator, tmp_path) as board:
            results = [board.message(octets) for _ in range(2)]
            statistics = board.statistics()
    assert [result.reason for result in results] == [
        RefusalReason.REPLAYED if executed else 0,
        RefusalReason.REPLAYED,
    ]
    if not executed:
        assert results[0].messages == home.device.receive(octets).messages
    assert statistics.bad_frames == 1 - executed


@needs_board
@pytest.mark.parametrize("seed", [1])
async def test_drill_passes_on_the_emulated_firmware_through_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """A whole drill, and what the board has counted: it saw the noise, and answered again."""
    patience = Patience(sign=0.2, answer=5, attempts=9, reconnect=0)
    noise, lines = Noise(0.00003, 0.00003, 0.00003), list[NoisyStream]()
    with QemuBoard(mps2(), elf()) as emulator:
        streams = serial_streams(emulator.port, lock_folder=tmp_path)

        def opened() -> OctetStream:
            lines.append(NoisyStream(streams(), noise, seed))
            return lines[-1]

        with monkeypatch.context() as patch:
            desk = lambda *_: Board(BoardPort(opened, patience))  # noqa: E731
            patch.setattr(serial_board, "board_at", desk)
            rehearsal = await drill(tmp_path)
        with linked(emulator, tmp_path) as board:
            statistics = board.statistics()
    assert sum(line.faults for line in lines) > 0
    assert rehearsal.outcome in (Outcome.PASSED, Outcome.ERROR), rehearsal.reasons()
    assert "failed" not in rehearsal.steps().values()
    assert statistics.bad_frames > 0


@pytest.mark.parametrize("verb", [("build", "mps2-an385"), ("test", "mps2-an385")])
def test_missing_toolchain_and_firmware_are_reported_with_three_ways_out(
    monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]
) -> None:
    """One line: the package, the compiler without root, and the wheel that needs none."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    error = CliRunner().invoke(app, verb).exception
    assert isinstance(error, BenchError)
    assert error.exit_code is ExitCode.BENCH_FAILED
    for way in ("apt install gcc-arm-none-eabi", "pip install ziglang", "wheel"):
        assert way in str(error)
    assert "\n" not in str(error)
