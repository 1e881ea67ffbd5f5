"""With any octets a device neither raises nor changes a credential without authority."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from tests.gbcs.messages import messages
from tests.support.commands import (
    MODE,
    by_contingency,
    by_recovery,
    query,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import Meter, durable, meter
from tests.support.uses import STEP, activation, read_version, token, top_up

Make = Callable[[Meter], Message]

COMMANDS: list[Make] = [
    query,
    lambda esme: query(esme, "supplier.DS"),
    supplier_by_supplier,
    by_recovery,
    by_contingency,
    lambda esme: update(esme, MODE.ACB_BY_ACB, replacements(["accessControlBroker.KA"])),
    read_version,
    lambda esme: top_up(esme, token(esme, 5 * STEP), 5 * STEP),
    lambda esme: activation(esme, bytes(32)),
]
ESME = meter()
VALID = [make(ESME).build() for make in COMMANDS]


def unharmed(esme: Meter, octets: bytes, spends: RemotePartyRole | None = None) -> None:
    """Refused, without an exception and without a change; nothing is left to accept it.

    Args:
        spends: the role whose counter moves up to the message's, if the message is authentic.
    """
    before = durable(esme.device)
    effects = esme.device.receive(octets)
    assert effects.refusal is not None
    after = durable(esme.device)
    if spends is not None and after != before:
        moved = before.counters[spends]._replace(execution=effects.refusal.counter)
        before = before._replace(counters=before.counters | {spends: moved})
    assert after == before


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda tail: b"\xdf\x09\x01" + tail))
def test_random_octets_leave_the_device_unharmed(octets: bytes) -> None:
    unharmed(meter(), octets)


@settings(max_examples=100, deadline=None)
@given(messages())
def test_any_envelope_from_an_unknown_party_leaves_the_device_unharmed(message: Message) -> None:
    unharmed(meter(), message.build())


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_valid_command_with_one_altered_octet_leaves_the_device_unharmed(
    octets: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(octets) - 1))
    change = data.draw(st.integers(1, 255))
    altered = octets[:place] + bytes((octets[place] ^ change,)) + octets[place + 1 :]
    unharmed(meter(), altered)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_valid_command_cut_short_or_extended_leaves_the_device_unharmed(
    octets: bytes, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, len(octets) - 1))
    tail = data.draw(st.binary(min_size=1, max_size=40))
    unharmed(meter(), octets[:length])
    unharmed(meter(), octets + tail)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_valid_command_with_a_slice_moved_or_repeated_leaves_the_device_unharmed(
    octets: bytes, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(octets) - 1))
    stop = data.draw(st.integers(start + 1, len(octets)))
    at = data.draw(st.integers(0, len(octets)))
    moved = octets[:at] + octets[start:stop] + octets[at:]
    unharmed(meter(), moved)


def test_message_over_the_size_limit_is_not_read() -> None:
    for length in (MAX_MESSAGE_OCTETS + 1, 100_000):
        unharmed(meter(), VALID[0] + bytes(length))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([2, 3, 4]), st.binary(max_size=200), st.data())
def test_authentic_random_payload_of_a_known_party_leaves_the_device_unharmed(
    kind: int, payload: bytes, data: st.DataObject
) -> None:
    """Authenticated or not, a payload that is no command's is refused, and at most spent."""
    esme = meter(data.draw(st.sampled_from([DeviceType.ESME, DeviceType.CHF])))
    message = COMMANDS[kind](esme, payload=payload)  # type: ignore[call-arg]
    unharmed(esme, message.build(), RULES_BY_CODE[message.code].authorising_role)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(range(len(VALID))), min_size=2, max_size=8))
def test_captured_commands_in_any_order_run_at_most_once_each(order: list[int]) -> None:
    esme = meter()
    accepted = [number for number in order if esme.device.receive(VALID[number]).refusal is None]
    assert len(set(accepted)) == len(accepted)
