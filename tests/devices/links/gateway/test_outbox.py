"""What waits for a broker: in order, within its window, and again after a loss."""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import mqtt5
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.devices.links.gateway.outbox import WINDOW, Letter, Outbox
from firmware_sim.devices.links.gateway.packets import PacketStream


class Sent(NamedTuple):
    octets: bytes
    number: int
    is_duplicate: bool


def read(packets: Iterable[bytes]) -> list[Sent]:
    found = PacketStream().feed(b"".join(packets))
    return [
        Sent(each.payload, each.packet_id or 0, each.duplicate)
        for each in found
        if isinstance(each, mqtt5.PublishPacket)
    ]


def _keep(taken: list[int], number: int, _: int) -> None:
    taken.append(number)


def filled(count: int) -> tuple[Outbox, list[int]]:
    """An outbox with letters 0, 1, …, and the numbers of those that the broker took."""
    outbox, taken = Outbox(), list[int]()
    for number in range(count):
        outbox.add(Letter("t", bytes([number])), partial(_keep, taken, number))
    return outbox, taken


def test_nothing_is_due_without_a_connection() -> None:
    outbox, _ = filled(3)
    assert list(outbox.due()) == []
    outbox.resume(10, is_resumed=False)
    outbox.stop()
    assert list(outbox.due()) == []
    assert outbox.pending == 3


def test_no_more_is_in_flight_than_the_broker_takes() -> None:
    outbox, taken = filled(5)
    outbox.resume(2, is_resumed=False)
    first, second = read(outbox.due())
    assert list(outbox.due()) == []
    assert outbox.answered(second.number, 0)
    (third,) = read(outbox.due())
    assert [each.octets for each in (first, second, third)] == [b"\0", b"\1", b"\2"]
    assert taken == [1]


def test_a_window_without_a_bound_is_bounded_here() -> None:
    outbox = Outbox()
    for _ in range(WINDOW + 1):
        outbox.add(Letter("t", b""), lambda _: None)
    outbox.resume(65_535, is_resumed=False)
    assert len(list(outbox.due())) == WINDOW


def test_what_was_in_flight_comes_first_again_under_its_number_and_as_a_duplicate() -> None:
    outbox, _ = filled(3)
    outbox.resume(2, is_resumed=False)
    before = read(outbox.due())
    outbox.stop()
    outbox.resume(3, is_resumed=True)
    *again, new = read(outbox.due())
    assert again == [each._replace(is_duplicate=True) for each in before]
    assert (new.octets, new.is_duplicate) == (b"\2", False)


def test_a_broker_that_has_forgotten_gets_no_duplicate() -> None:
    outbox, _ = filled(1)
    outbox.resume(1, is_resumed=False)
    list(outbox.due())
    outbox.resume(1, is_resumed=False)
    assert [each.is_duplicate for each in read(outbox.due())] == [False]


def test_what_a_broker_had_taken_returns_to_its_old_place() -> None:
    outbox, taken = filled(3)
    outbox.resume(2, is_resumed=False)
    first, _ = read(outbox.due())
    outbox.answered(first.number, 0)
    outbox.stop()
    outbox.add_again(1, Letter("t", b"\0"), lambda _: None)
    outbox.resume(10, is_resumed=False)
    assert [each.octets for each in read(outbox.due())] == [b"\0", b"\1", b"\2"]
    assert taken == [0]


def test_an_answer_to_nothing_is_none() -> None:
    outbox, taken = filled(1)
    outbox.resume(1, is_resumed=False)
    (letter,) = read(outbox.due())
    assert not outbox.answered(letter.number + 1, 0)
    assert outbox.answered(letter.number, 0)
    assert not outbox.answered(letter.number, 0)
    assert taken == [0]


@given(st.lists(st.sampled_from(["answer", "lose", "forget", "send"]), max_size=60))
def test_nothing_is_lost_and_order_is_kept_over_any_losses(events: list[str]) -> None:
    """The broker gets every letter, the first copies in order, and each is taken once."""
    outbox, taken = filled(20)
    outbox.resume(3, is_resumed=False)
    arrived: list[Sent] = []
    unanswered: list[Sent] = []
    for event in [*events, *["send", "answer"] * 40]:
        if event in ("lose", "forget"):
            outbox.stop()
            outbox.resume(3, is_resumed=event == "lose")
            unanswered = []
        elif event == "send":
            new = read(outbox.due())
            arrived += new
            unanswered += new
            assert len(unanswered) <= 3
        elif unanswered:
            assert outbox.answered(unanswered.pop(0).number, 0)
    first_copies = list(dict.fromkeys(each.octets[0] for each in arrived))
    assert first_copies == list(range(20))
    assert sorted(taken) == list(range(20))
    assert outbox.pending == 0
