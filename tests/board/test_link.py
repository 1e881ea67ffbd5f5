"""The firmware's end of the link, against hw/PROTOCOL.md and a second implementation of it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware_sim.devices.links.board import CUT_AFTER, CUT_BEFORE, CUT_TORN, Board, StagedRecord
from firmware_sim.devices.links.board_errors import BoardResetError, DeclinedError
from firmware_sim.devices.links.board_port import BoardPort, Patience
from firmware_sim.devices.links.board_protocol import (
    BootRecord,
    Capability,
    DeclineReason,
    Measurement,
    Result,
    Statistics,
    StoreResult,
)
from firmware_sim.devices.links.faults import Noise, NoisyStream
from firmware_sim.devices.links.framing import BadFrame, Frame, FrameDecoder, encode
from firmware_sim.gbcs.identifiers import EntityId
from tests.board.link_board import LinkBoard
from tests.support.fake_board import FakeBoard, FakeStream
from tests.support.protocol_examples import EXAMPLES

ENTITY = EntityId(bytes(range(0x10, 0x18)))
IDENTITY = StagedRecord(1, 0, b"\x01" + ENTITY + bytes(47))
ECHO = (lambda octets: (octets,),)
QUICK = Patience(sign=0.05, answer=0.5, attempts=9, start=3, reconnect=0)


def frames(octets: bytes) -> list[Frame | BadFrame]:
    return FrameDecoder().feed(octets)


def only(octets: bytes) -> Frame:
    (frame,) = frames(octets)
    assert isinstance(frame, Frame)
    return frame


def greeted(board: LinkBoard | FakeBoard) -> bytes:
    """Power on and greet; everything that the board sent."""
    return board.start() + board.take(encode(Frame(0x01, 249)))


def provisioned(board: LinkBoard | FakeBoard) -> bytes:
    """Power on, greet and provision; everything that the board sent."""
    sent = greeted(board)
    record = bytes((IDENTITY.kind, 0, 0)) + IDENTITY.body
    sent += board.take(encode(Frame(0x05, 250, record)))
    return sent + board.take(encode(Frame(0x06, 251, b"\x00" + ENTITY)))


@pytest.fixture
def device() -> LinkBoard:
    board = LinkBoard()
    provisioned(board)
    return board


@contextmanager
def board_of(board: LinkBoard, *, noise: Noise | None = None, seed: int = 0) -> Iterator[Board]:
    stream = FakeStream(board)
    line = NoisyStream(stream, noise, seed) if noise else stream
    with Board(BoardPort(lambda: line, QUICK)) as opened:
        yield opened


def test_link_starts_with_the_boot_record_of_the_document() -> None:
    fake = FakeBoard()
    assert LinkBoard().start() == fake.start()


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_link_answers_or_passes_over_each_example_of_the_document(example: Frame) -> None:
    board, fake = LinkBoard(), FakeBoard(*ECHO)
    assert provisioned(board) == provisioned(fake)
    assert board.take(encode(example)) == fake.take(encode(example))


def test_a_request_is_carried_out_once_however_often_it_comes(device: LinkBoard) -> None:
    request = encode(Frame(0x02, 9, b"message"))
    first = device.take(request)
    assert [each.type for each in frames(first)] == [0xB2, 0x82]  # type: ignore[union-attr]
    again = device.take(request)
    assert first.endswith(again)
    assert only(again).type == 0x82
    assert device.received == 1


def test_the_same_sequence_with_other_octets_is_another_request(device: LinkBoard) -> None:
    device.take(encode(Frame(0x02, 9, b"one")))
    device.take(encode(Frame(0x02, 9, b"two")))
    assert device.received == 2


def test_hello_is_carried_out_each_time(device: LinkBoard) -> None:
    for _ in range(3):
        assert only(device.take(encode(Frame(0x01, 9)))).type == 0x81
    statistics = Statistics.parse(only(device.take(encode(Frame(0x0B, 10)))).payload)
    assert statistics.repeated_answers == 0


def test_hello_makes_the_board_forget_the_last_request(device: LinkBoard) -> None:
    request = encode(Frame(0x02, 9, b"message"))
    device.take(request)
    device.take(encode(Frame(0x01, 9)))
    device.take(request)
    assert device.received == 2


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"\x00\x05\x01\x02\x00", 1),
        (b"\x00\x05\x01\x02\x03\x04\x00", 2),
        (b"\x00" + b"\x01" * 9000 + b"\x00", 3),
        (b"\x00\x07\x01\x02\x03\x04\x05\x06\x00", 4),
    ],
)
def test_bad_frames_cost_one_reject(device: LinkBoard, octets: bytes, reason: int) -> None:
    assert only(device.take(octets)) == Frame(0xFE, 0, bytes((reason,)))
    assert device.take(octets * 20) == b""
    assert only(device.take(encode(Frame(0x09, 1)))).type == 0x89
    assert only(device.take(octets)).type == 0xFE


def test_a_half_frame_ends_with_the_next_ones_delimiter(device: LinkBoard) -> None:
    whole = encode(Frame(0x02, 7, b"message"))
    first, second, third = frames(device.take(whole[:7] + whole))
    assert first == Frame(0xFE, 0, b"\x01")
    assert (second.type, third.type) == (0xB2, 0x82)  # type: ignore[union-attr]
    assert device.received == 1


@pytest.mark.parametrize("length", [0, 1, 247, 248, 249, 250, 253, 254, 255, 508, 509, 8192])
@pytest.mark.parametrize("octet", [b"\x00", b"\x55"])
def test_messages_of_any_length_come_back_unchanged(length: int, octet: bytes) -> None:
    device = LinkBoard()
    provisioned(device)
    sent = device.take(encode(Frame(0x02, 1, octet * length)))
    answer = frames(sent)[-1]
    assert sent == b"".join(map(encode, frames(sent)))  # type: ignore[arg-type]
    if length == 0:
        assert answer == Frame(0xFF, 1, b"\x02\x02")
        return
    assert isinstance(answer, Frame)
    assert Result.parse(answer.payload).messages == (octet * length,)


@pytest.mark.parametrize("type_", [0x80, 0x81, 0xB0, 0xFE, 0xFF])
def test_frames_that_only_boards_send_are_passed_over(device: LinkBoard, type_: int) -> None:
    assert device.take(encode(Frame(type_, 1, b"x"))) == b""


@st.composite
def _traffic(draw: st.DrawFn) -> bytes:
    """Requests good, bad and half, and noise between them."""
    types = st.sampled_from([1, 2, 3, 4, 5, 6, 7, 9, 0x0A, 0x0D, 0x0E, 0x30, 0x31, 0x82])
    payloads = st.one_of(
        st.binary(max_size=12),
        st.just(b"ERASE"),
        st.just(b"\x00" + ENTITY),
        st.just(b"\x00\x10\x00\x00\x10\x00"),
        st.just(b"\x01\x00\x00" + IDENTITY.body),
        st.builds(lambda n: bytes((n, 2, 0, 9, 0)), st.integers(0, 7)),
    )
    frame = st.builds(Frame, types, st.integers(0, 3), payloads).map(encode)
    part = st.one_of(
        frame,
        frame.map(lambda octets: octets * 2),
        st.builds(lambda octets, at: octets[:at], frame, st.integers(0, 12)),
        st.binary(max_size=20),
    )
    return b"".join(draw(st.lists(part, max_size=12)))


@settings(max_examples=300, deadline=None)
@given(_traffic(), st.booleans())
@example(bytes.fromhex("0002010a4552415345a598742c0000020502080104d529d10100"), True)
def test_both_implementations_answer_any_octets_alike(traffic: bytes, is_greeted: bool) -> None:
    """The example stages a record of kind 8 without a body, which is a bad length."""
    board, fake = LinkBoard.shared(), FakeBoard(*ECHO)
    board.blank()
    start = greeted if is_greeted else (lambda either: either.start())
    assert start(board) == start(fake)
    assert board.take(traffic) == fake.take(traffic)


def test_no_noise_makes_a_storm(device: LinkBoard) -> None:
    noise = random.Random(5).randbytes(100_000)
    answers = frames(device.take(noise))
    assert len([each for each in answers if each.type == 0xFE]) <= 1  # type: ignore[union-attr]
    assert only(device.take(encode(Frame(0x01, 1)))[0:]).type in {0x81, 0xFE}
    assert only(device.take(encode(Frame(0x01, 2)))).type == 0x81


@pytest.mark.parametrize("seed", range(2))
def test_a_host_gets_its_answers_through_noise(seed: int) -> None:
    device = LinkBoard()
    provisioned(device)
    sent = random.Random(seed)
    with board_of(device, noise=Noise(0.0003, 0.0003, 0.0003), seed=seed) as board:
        messages = [sent.randbytes(sent.randrange(1, 400)) for _ in range(30)]
        before = device.received
        answers = [board.message(octets).messages for octets in messages]
        assert device.received - before == len(messages)
        assert board.statistics().bad_frames > 0
    assert answers == [(octets,) for octets in messages]


def test_a_board_is_provisioned_erased_and_refuses_what_it_must() -> None:
    device = LinkBoard()
    with board_of(device) as board:
        assert board.boot.store is StoreResult.NO_AREA
        with pytest.raises(DeclinedError) as declined:
            board.message(b"x")
        assert declined.value.reason is DeclineReason.NOT_RUNNING
        boot = board.provision(1, ENTITY, [IDENTITY])
        assert (boot.entity, boot.device_type, boot.boots) == (ENTITY, 1, 1)
        assert board.message(b"x").messages == (b"x",)
        with pytest.raises(DeclinedError, match="provisioned"):
            board.provision(1, ENTITY, [IDENTITY])
        assert board.reset().boots == 2
        assert board.read_flash().startswith(IDENTITY.body)
        assert board.erase().entity is None
        assert board.read_flash() == b"\xff" * 8192
        assert board.statistics().erases == 8


@pytest.mark.parametrize(("offset", "length"), [(8000, 193), (8193, 0), (0, 4097), (1 << 31, 1)])
def test_nothing_outside_the_flash_is_read(device: LinkBoard, offset: int, length: int) -> None:
    payload = offset.to_bytes(4, "little") + length.to_bytes(2, "little")
    assert only(device.take(encode(Frame(0x0A, 1, payload)))) == Frame(0xFF, 1, b"\x0a\x03")


def test_the_flash_is_read_to_its_last_octet(device: LinkBoard) -> None:
    payload = (8000).to_bytes(4, "little") + (192).to_bytes(2, "little")
    answer = only(device.take(encode(Frame(0x0A, 1, payload))))
    assert answer == Frame(0x8A, 1, device.flash[8000:])


def test_more_records_than_fit_are_declined() -> None:
    device = LinkBoard()
    with board_of(device) as board, pytest.raises(DeclinedError, match="RECORD: no room"):
        board.provision(1, ENTITY, [IDENTITY] * 65)


def test_a_staged_private_key_does_not_stay_in_the_frame_buffer() -> None:
    device = LinkBoard()
    greeted(device)
    secret = bytes(range(100, 204))
    answer = device.take(encode(Frame(0x05, 1, b"\x03\x01\x00" + secret)))
    assert only(answer) == Frame(0x85, 1, b"\x00")
    assert len(device.wiped()) > len(secret)
    assert not any(device.wiped())


def test_requests_are_declined_after_a_failed_self_test() -> None:
    device = LinkBoard()
    device.fail_self_test()
    with board_of(device) as board:
        assert not board.boot.self_test_passed
        assert board.boot.store is StoreResult.FAILED
        with pytest.raises(DeclinedError, match="self test"):
            board.provision(1, ENTITY, [IDENTITY])
        with pytest.raises(DeclinedError, match="not running"):
            board.digest()


@pytest.mark.parametrize("digits", [b"73950067887105178605", b"", b"x" * 64])
def test_what_a_customer_types_in_comes_to_the_machine(device: LinkBoard, digits: bytes) -> None:
    with board_of(device) as board:
        assert board.enter(digits).messages == (digits,)
        with pytest.raises(DeclinedError, match="bad length"):
            board.enter(b"1" * 65)


def test_measurements_are_of_the_operation_alone(device: LinkBoard) -> None:
    with board_of(device) as board:
        for operation in Measurement:
            assert board.measure(operation, 5, 500) == 500
        with pytest.raises(DeclinedError, match="bad value"):
            board.measure(Measurement.SIGN, 1001)


@pytest.mark.parametrize(
    ("flavour", "mask", "word"),
    [
        (CUT_BEFORE, 0, 0xFFFFFFFF),
        (CUT_AFTER, 0, 0x12345678),
        (CUT_TORN, 0x0000FFFF, 0xFFFF5678),
        (CUT_TORN, 0xFFFFFFFF, 0x12345678),
        (CUT_TORN, 0, 0xFFFFFFFF),
    ],
)
def test_armed_cut_falls_on_its_word(device: LinkBoard, flavour: int, mask: int, word: int) -> None:
    with board_of(device) as board:
        board.cut(2, flavour, mask)
    assert device.program(4096, 1) == b""
    assert device.program(4100, 2) == b""
    assert only(device.program(4104, 0x12345678)).type == 0xB0
    assert int.from_bytes(device.flash[4104:4108], "little") == word
    assert device.program(4108, 3) == b""


def test_armed_cut_in_an_erase_leaves_the_bits_of_its_mask(device: LinkBoard) -> None:
    with board_of(device) as board:
        board.cut(1, CUT_TORN, 0x00FF00FF)
        with pytest.raises(BoardResetError) as reset:
            board.erase()
        assert reset.value.boot.store is StoreResult.NO_AREA
    assert device.flash[:1024] == b"\xff" * 1024
    assert device.flash[1024:2048] == b"\x00\xff\x00\xff" * 256
    assert device.flash[2048:] == b"\xff" * 6144


def test_armed_cut_can_be_disarmed(device: LinkBoard) -> None:
    with board_of(device) as board:
        board.cut(0)
        board.cut(0xFFFFFFFF)
        board.erase()


def clock(seconds: int, *, runs: int) -> bytes:
    return encode(Frame(0x04, 77, seconds.to_bytes(8, "little") + bytes((0, runs))))


def test_standing_clock_sends_no_event(device: LinkBoard) -> None:
    device.take(clock(1000, runs=0))
    assert device.passes(60_000, due=1) == b""


def test_a_running_clock_ticks_and_its_event_is_repeated_until_acknowledged(
    device: LinkBoard,
) -> None:
    device.take(clock(1000, runs=1))
    assert device.passes(999, due=2) == b""
    first = only(device.passes(1))
    assert (first.type, first.sequence) == (0xB1, 1)
    assert Result.parse(first.payload).messages == (b"ddd",) * 4
    assert device.passes(999) == b""
    assert only(device.passes(1)) == first
    assert device.take(encode(Frame(0x31, 2))) == b""  # another's
    assert only(device.passes(1000)) == first
    assert device.take(encode(Frame(0x31, 1))) == b""
    second = only(device.passes(1000))
    assert (second.type, second.sequence) == (0xB1, 2)


def test_event_without_acknowledgement_is_lost_after_five_sendings(device: LinkBoard) -> None:
    device.take(clock(1000, runs=1))
    sent = [device.passes(1000, due=int(second == 0)) for second in range(20)]
    assert [bool(octets) for octets in sent] == [True] * 5 + [False] * 15


def test_longest_messages_of_one_tick_fit_into_an_answer(device: LinkBoard) -> None:
    longest = 2816  # LONGEST_ANSWER of machine/output.h
    device.take(clock(1000, runs=1))
    event = only(device.passes(1000, due=1, octets=longest))
    assert Result.parse(event.payload).messages == (b"d" * longest,) * 4
    device.take(encode(Frame(0x31, event.sequence)))
    device.passes(0, due=1, octets=longest)
    answer = frames(device.take(encode(Frame(0x03, 1))))[-1]
    assert isinstance(answer, Frame)
    assert Result.parse(answer.payload).messages == (b"d" * longest,) * 4


def test_a_message_between_an_event_and_its_repetition_changes_neither(device: LinkBoard) -> None:
    device.take(clock(1000, runs=1))
    event = device.passes(1000, due=1)
    answer = frames(device.take(encode(Frame(0x02, 5, b"other"))))[-1]
    assert isinstance(answer, Frame)
    assert Result.parse(answer.payload).messages == (b"other",)
    assert device.passes(1000) == event
    assert only(device.take(encode(Frame(0x02, 5, b"other")))) == answer


def test_clock_runs_on_when_the_milliseconds_wrap(device: LinkBoard) -> None:
    device.passes((1 << 32) - 500)
    device.take(clock(1000, runs=1))
    assert device.passes(999, due=1) == b""
    assert only(device.passes(1)).type == 0xB1


@pytest.mark.parametrize("payload", [bytes(8) + b"\x03\x00", bytes(8) + b"\x00\x02", b"\xff" * 10])
def test_clock_request_with_other_values_is_declined(device: LinkBoard, payload: bytes) -> None:
    assert only(device.take(encode(Frame(0x04, 1, payload)))) == Frame(0xFF, 1, b"\x04\x03")


UNGREETED = [
    (0x02, b"message"), (0x03, b""), (0x04, bytes(10)), (0x07, b"ERASE"), (0x09, b""), (0x2F, b""),
]  # fmt: skip


@pytest.mark.parametrize(("request_type", "payload"), UNGREETED)
def test_after_a_start_nothing_but_hello_is_carried_out(
    device: LinkBoard, request_type: int, payload: bytes
) -> None:
    """What stood on the line when the power was cut belongs to the run before."""
    before = device.received
    device.start()
    answer = only(device.take(encode(Frame(request_type, 7, payload))))
    assert answer == Frame(0xFF, 7, bytes((request_type, DeclineReason.NOT_GREETED)))
    assert device.received == before
    device.take(encode(Frame(0x01, 8)))
    device.take(encode(Frame(0x02, 9, b"message")))
    assert device.received == before + 1


@pytest.mark.parametrize("kind", range(256))
def test_a_record_of_no_kind_has_a_bad_value_and_any_other_a_bad_length(kind: int) -> None:
    """The kinds are those of docs/flash-image.md; each has a body of more than no octets."""
    device = LinkBoard.shared()
    device.blank()
    greeted(device)
    answer = only(device.take(encode(Frame(0x05, 1, bytes((kind, 0, 0))))))
    reason = DeclineReason.BAD_LENGTH if 1 <= kind <= 16 else DeclineReason.BAD_VALUE
    assert answer == Frame(0xFF, 1, bytes((0x05, reason)))


OPEN = [(0x04, bytes(10)), (0x07, b"ERASE"), (0x08, bytes(9)), (0x0A, bytes(6))]
OPEN_CAPABILITIES = Capability.CLOCK | Capability.ERASE | Capability.CUT | Capability.READ


def test_a_closed_build_has_none_of_the_capabilities_that_give_a_board_away() -> None:
    boards = {closed: LinkBoard(closed=closed) for closed in (False, True)}
    told = {
        closed: BootRecord.parse(only(board.start()).payload).capabilities
        for closed, board in boards.items()
    }
    assert told[False] ^ told[True] == OPEN_CAPABILITIES
    assert not told[True] & OPEN_CAPABILITIES


@pytest.mark.parametrize(("request_type", "payload"), OPEN)
def test_a_closed_build_declines_what_gives_a_board_away(request_type: int, payload: bytes) -> None:
    board = LinkBoard(closed=True)
    provisioned(board)
    before = board.flash
    answer = only(board.take(encode(Frame(request_type, 1, payload))))
    assert answer == Frame(0xFF, 1, bytes((request_type, DeclineReason.UNKNOWN_TYPE)))
    assert board.flash == before
    board.take(encode(Frame(0x02, 2, b"message")))
    assert board.received == 1


@pytest.mark.parametrize("name", ["cut_arm", "provision_erase"])
def test_the_code_that_gives_a_board_away_is_not_in_a_closed_build(name: str) -> None:
    assert hasattr(LinkBoard().c, name)
    assert not hasattr(LinkBoard(closed=True).c, name)
