"""Requests over a line to a board that behaves, misbehaves, or is not there any more."""

import threading
import time
from collections.abc import Callable

import pytest

from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import BoardResetError, DeclinedError, DeviceFaultError
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import (
    BootRecord,
    Capability,
    FrameType,
    ResetCause,
    StoreResult,
)
from firmware_sim.devices.links.framing import Frame, FrameDecoder, encode
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.gbcs.identifiers import EntityId
from tests.support.fake_board import ALL, FakeBoard, FakeStream
from tests.support.patience import at_most

ENTITY = EntityId(bytes(range(0x10, 0x18)))
QUICK = Patience(sign=0.1, answer=0.5, attempts=4, start=1, reconnect=0)


def meter() -> FakeBoard:
    return FakeBoard(
        lambda octets: (octets[::-1],), entity=ENTITY, device_type=1, store=StoreResult.OK, boots=3
    )


def closed(board: FakeBoard, patience: Patience = QUICK) -> tuple[Board, FakeStream]:
    """A board that is not open yet, and its line."""
    stream = FakeStream(board)
    return Board(BoardPort(lambda: stream, patience)), stream


class Line(FakeStream):
    """A line that spoils what a function says."""

    def __init__(self, board: FakeBoard, spoil: Callable[[bytes], bytes]) -> None:
        super().__init__(board)
        self._spoil = spoil

    def write(self, octets: bytes) -> None:
        answer = self.board.take(octets)
        self.written += octets
        self.inject(self._spoil(answer))


def fault(board: FakeBoard, ask: Callable[[Board], object]) -> LinkError:
    """What a request fails with."""
    asked, _ = closed(board)
    with asked, pytest.raises(LinkError) as error:
        ask(asked)
    assert "\n" not in str(error.value)
    return error.value


def test_the_boot_record_says_who_answers() -> None:
    board, _ = closed(meter())
    with board:
        assert board.boot.entity == ENTITY
        assert board.boot.flash_octets == 8192
        assert board.boot.boots == 4


def test_each_request_has_a_sequence_of_its_own_and_never_zero() -> None:
    fake = meter()
    board, stream = closed(fake)
    with board:
        for _ in range(300):
            board.hello()
    sequences = [frame.sequence for frame in _sent(stream)]
    assert sequences[-300:] == [(each % 255) + 1 for each in range(len(sequences))][-300:]


def _sent(stream: FakeStream) -> list[Frame]:
    return [each for each in FrameDecoder().feed(stream.written) if isinstance(each, Frame)]


def test_lost_answer_is_asked_for_again_and_no_request_is_carried_out_twice() -> None:
    fake = meter()
    to_lose: list[bool] = []
    stream = Line(fake, lambda answer: b"" if to_lose and to_lose.pop() else answer)
    with Board(BoardPort(lambda: stream, QUICK)) as board:
        to_lose += [True, True]
        assert board.message(b"abc").messages == (b"cba",)
    assert fake.executed.count(FrameType.MESSAGE) == 1
    assert fake.repeats == 2


def test_a_spoilt_request_is_rejected_and_sent_again_at_once() -> None:
    fake = meter()
    board, stream = closed(fake, Patience(sign=at_most(150), attempts=2))
    with board:
        started = time.monotonic()
        stream.board.take(b"\x55")  # half a frame of noise stands before the request
        original = stream.write
        stream.write = lambda octets: original(octets[1:])  # type: ignore[method-assign]
        assert board.message(b"abc").messages == (b"cba",)
        assert time.monotonic() - started < 200
    assert fake.rejects == 1


def test_late_answer_is_not_taken_for_that_of_the_next_request() -> None:
    board, stream = closed(meter())
    with board:
        stream.inject(encode(Frame(0x82, 77, b"\x00\x01\x00\x00\x00\x00\x02\x00no")))
        assert board.message(b"abc").messages == (b"cba",)


def test_frames_of_unknown_types_are_passed_over() -> None:
    board, stream = closed(meter())
    with board:
        stream.inject(encode(Frame(0xC7, 1, b"?")))
        assert board.tick().ticks == 7


def test_a_declined_request_says_why() -> None:
    error = fault(FakeBoard(), lambda board: board.message(b"x"))
    assert isinstance(error, DeclinedError)
    assert not isinstance(error, DeviceFaultError)
    assert str(error) == "the board declines MESSAGE: not running"


def test_board_that_answers_hello_but_not_the_request_is_at_fault() -> None:
    fake = meter()
    fake.mute = {FrameType.MESSAGE}
    fake.capabilities = ALL & ~Capability.WORKING
    error = fault(fake, lambda board: board.message(b"x"))
    assert isinstance(error, DeviceFaultError)
    assert "lives, but does not answer MESSAGE in 4 attempts" in str(error)


def test_a_board_that_hangs_while_it_works_is_at_fault() -> None:
    fake = meter()
    fake.hangs_on = {FrameType.MESSAGE}
    started = time.monotonic()
    error = fault(fake, lambda board: board.message(b"x"))
    assert isinstance(error, DeviceFaultError)
    assert "hangs in MESSAGE" in str(error)
    assert time.monotonic() - started < 200


def test_silent_board_is_an_error_of_the_bench() -> None:
    fake = meter()
    fake.mute = {FrameType.DIGEST}
    board, _ = closed(fake)
    with board:
        fake.mute = {FrameType.DIGEST, FrameType.HELLO}
        with pytest.raises(LinkError, match="no board answers at fake: DIGEST") as error:
            board.digest()
    assert not isinstance(error.value, DeviceFaultError)


def test_line_that_spoils_every_frame_is_an_error_of_the_bench() -> None:
    spoiling: list[bool] = []
    stream = Line(meter(), lambda answer: answer[:-3] + b"\x07\x00" if spoiling else answer)
    with Board(BoardPort(lambda: stream, QUICK)) as board:
        spoiling.append(True)
        with pytest.raises(LinkError, match="spoils frames") as error:
            board.digest()
    assert not isinstance(error.value, DeviceFaultError)


def test_a_silent_line_is_given_up_when_a_board_should_have_started() -> None:
    fake = FakeBoard(mute={FrameType.HELLO})
    stream = FakeStream(fake, powers_on=False)
    with pytest.raises(LinkError, match="no board answers at fake"):
        BoardPort(lambda: stream, QUICK).open()
    assert stream.closed


def test_a_slow_board_is_waited_for() -> None:
    fake = meter()
    fake.mute = {FrameType.HELLO}
    stream = FakeStream(fake, powers_on=False)
    threading.Timer(0.15, lambda: stream.inject(fake.start())).start()
    with Board(BoardPort(lambda: stream, QUICK)) as board:
        assert board.boot.entity == ENTITY


def test_a_board_of_another_version_is_not_spoken_to() -> None:
    stream = FakeStream(FakeBoard(protocol=3))
    with pytest.raises(DeviceFaultError, match="version 3 of the protocol, not 1 or 2"):
        BoardPort(lambda: stream, QUICK).open()


@pytest.mark.parametrize("octets", [b"", bytes(40), b"\x01" + b"\xee" * 85 + b"\x40abc"])
def test_a_boot_record_that_is_none_is_the_devices_fault(octets: bytes) -> None:
    stream = FakeStream(FakeBoard(), powers_on=False)
    stream.inject(encode(Frame(0xB0, 0, octets)))
    with pytest.raises(DeviceFaultError, match=r"boot record of|store result|text"):
        BoardPort(lambda: stream, QUICK).open()


def test_a_reset_in_the_middle_of_a_request_is_the_devices_fault() -> None:
    fake = meter()
    fake.resets_on = {FrameType.MESSAGE}
    error = fault(fake, lambda board: board.message(b"x"))
    assert isinstance(error, BoardResetError)
    assert error.boot.reset_cause is ResetCause.WATCHDOG
    assert "watchdog" in str(error)


def test_a_copy_that_stood_on_the_line_at_a_reset_is_not_carried_out() -> None:
    """The host had asked again while the board was slow; then the power was cut."""
    fake = meter()
    board, stream = closed(fake)
    with board:
        board.message(b"before")
        copy = encode(Frame(*_sent(stream)[-1]))
        stream.inject(fake.start())
        answer = FrameDecoder().feed(fake.take(copy))
        assert answer == [Frame(0xFF, _sent(stream)[-1].sequence, b"\x02\x08")]
        with pytest.raises(BoardResetError):
            board.message(b"told")
        assert fake.executed.count(FrameType.MESSAGE) == 1
        assert board.message(b"asked again").messages == (b"niaga deksa",)


def test_a_reset_whose_boot_was_lost_shows_at_the_next_request() -> None:
    fake = meter()
    board, _ = closed(fake)
    with board:
        fake.start()
        with pytest.raises(BoardResetError):
            board.message(b"lost")
        assert fake.executed.count(FrameType.MESSAGE) == 0
        assert board.message(b"abc").messages == (b"cba",)


def test_a_board_of_version_1_needs_no_greeting_after_a_start() -> None:
    fake = meter()
    fake.protocol = 1
    board, _ = closed(fake)
    with board:
        fake.start()
        assert board.message(b"abc").messages == (b"cba",)
        assert board.boot.protocol == 1


def test_reset_between_two_requests_is_reported_once_at_the_next_request() -> None:
    fake = meter()
    board, stream = closed(fake)
    with board:
        stream.inject(fake.start(ResetCause.PIN))
        with pytest.raises(BoardResetError):
            board.tick()
        assert board.tick().ticks == 7


def test_requested_reset_is_no_fault_of_the_device() -> None:
    board, _ = closed(meter())
    with board:
        assert board.reset().reset_cause is ResetCause.SOFTWARE
        assert board.boot.boots == 5
        assert board.tick().ticks == 7


def test_a_board_without_a_capability_is_not_asked() -> None:
    fake = meter()
    fake.capabilities = Capability.TICK
    error = fault(fake, Board.digest)
    assert str(error) == "the board at fake does not do DIGEST"
    assert FrameType.DIGEST not in fake.executed


def test_an_answer_of_the_wrong_form_is_the_devices_fault() -> None:
    fake = FakeBoard(entity=ENTITY, store=StoreResult.OK)
    fake.does[2] = lambda _payload: b"\x00\x02\x00\x00\x00\x00\x09\x00x"
    error = fault(fake, lambda board: board.message(b"x"))
    assert isinstance(error, DeviceFaultError)
    assert "ends within one" in str(error)


def test_an_event_is_acknowledged_and_delivered_once() -> None:
    fake = meter()
    stream = FakeStream(fake)
    events: list[bytes] = []
    with Board(BoardPort(lambda: stream, QUICK, on_event=events.append)) as board:
        stream.inject(fake.event(9, b"alert") * 2)
        stream.inject(fake.event(10, b"alert"))
        board.hello()
    assert fake.acknowledged == [9, 9, 10]
    assert len(events) == 2


class Replugged:
    """Opens lines to one board, one after another; each can be pulled out."""

    def __init__(self, board: FakeBoard, missing: int = 0) -> None:
        self.board = board
        self.lines: list[FakeStream] = []
        self._missing = missing

    def __call__(self) -> OctetStream:
        if self.lines and self._missing > 0:
            self._missing -= 1
            raise LinkError("there is no port fake")
        self.lines.append(FakeStream(self.board, powers_on=not self.lines))
        return self.lines[-1]


def test_a_board_that_is_unplugged_and_plugged_in_again_goes_on() -> None:
    fake = meter()
    cable = Replugged(fake, missing=2)
    with Board(BoardPort(cable, Patience(sign=0.05, attempts=4, reconnect=5))) as board:
        cable.lines[0].lost = True
        assert board.message(b"abc").messages == (b"cba",)
        assert len(cable.lines) == 2
        assert cable.lines[0].closed
        assert board.port.reopened == 1
    assert fake.executed.count(FrameType.MESSAGE) == 1


def test_board_that_lost_its_power_while_unplugged_is_reported() -> None:
    fake = meter()
    cable = Replugged(fake)
    with Board(BoardPort(cable, Patience(sign=0.05, attempts=4, reconnect=5))) as board:
        cable.lines[0].lost = True
        fake.start()
        with pytest.raises(LinkError, match="lost power") as error:
            board.message(b"abc")
        assert not isinstance(error.value, DeviceFaultError)


def test_board_that_stays_unplugged_is_given_up() -> None:
    cable = Replugged(meter(), missing=1000)
    with Board(BoardPort(cable, Patience(sign=0.05, reconnect=0.3))) as board:
        cable.lines[0].lost = True
        started = time.monotonic()
        with pytest.raises(LinkError, match="fake is gone; and it did not come back"):
            board.message(b"abc")
        assert time.monotonic() - started < 200


def test_request_on_a_closed_port_says_that_it_is_closed() -> None:
    board, stream = closed(meter())
    board.port.open()
    board.port.close()
    assert stream.closed
    with pytest.raises(LinkError, match="not open"):
        board.hello()


def test_an_open_port_is_not_opened_again() -> None:
    board, _ = closed(meter())
    with board, pytest.raises(LinkError, match="open already"):
        board.port.open()


def test_closed_board_leaves_no_thread() -> None:
    before = threading.active_count()
    board, _ = closed(meter())
    board.port.open()
    assert threading.active_count() == before + 1
    board.port.close()
    assert threading.active_count() == before


def test_records_read_back_as_they_were_written() -> None:
    record = meter().record()
    assert BootRecord.parse(record.octets()) == record
    assert BootRecord.parse(record.octets() + b"later versions") == record
