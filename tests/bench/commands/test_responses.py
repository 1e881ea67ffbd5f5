"""A response that is not quite the answer is not taken for one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.parties.party import Originator, Party
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER
from firmware_sim.gbcs.protection import with_signature
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId
from tests.bench.parties.still_clock import StillClock

SUITE = P256Suite()
PARTY_KEY, DEVICE_KEY, OTHER_KEY = (bytes((number,)) * 32 for number in (1, 2, 3))
PARTY_ID, DEVICE_ID, OTHER_ID = (EntityId(bytes((number,)) * 8) for number in (1, 2, 3))
CONTACT = DeviceContact(
    DEVICE_ID,
    DeviceType.ESME,
    frozenset({TrustAnchorCellId.parse("supplier.DS"), TrustAnchorCellId.parse("root.CS")}),
    SUITE.public_key(DEVICE_KEY),
    SUITE.public_key(DEVICE_KEY),
)


@pytest.fixture
def supplier() -> Party:
    originator = Originator(RemotePartyRole.SUPPLIER, PARTY_ID)
    return Party(originator, KeySigner(PARTY_KEY, SUITE), OriginatorCounters(StillClock()), SUITE)


def answer(command: Message, key: bytes = DEVICE_KEY) -> Message:
    response = Message(
        CraFlag.RESPONSE, command.counter, command.target, command.originator, command.code, b"ok"
    )
    return with_signature(response, key, SUITE)


def test_the_devices_signed_answer_is_accepted(supplier: Party) -> None:
    command = supplier.read_back(CONTACT)
    response = answer(command)
    assert supplier.check(response.build(), command, CONTACT) == response


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda message: replace(message, cra=CraFlag.ALERT), "CRA flag"),
        (lambda message: replace(message, counter=message.counter + 1), "Originator Counter"),
        (lambda message: replace(message, code=MessageCode(0x0102)), "message code"),
        (lambda message: replace(message, originator=OTHER_ID), "originator"),
        (lambda message: replace(message, target=OTHER_ID), "target"),
        (lambda message: replace(message, payload=b"no"), "signature .* does not verify"),
        (lambda message: replace(message, signature=b""), "is not signed"),
        (lambda message: replace(message, signature=None), "is not signed"),
        (lambda message: replace(message, signature=b"", mac=bytes(12)), "is not signed"),
        (lambda message: replace(message, date_time=b"\xff" * 12), "not a date"),
    ],
)
def test_any_field_that_differs_is_noticed(
    alter: Callable[[Message], Message], words: str, supplier: Party
) -> None:
    command = supplier.read_back(CONTACT)
    with pytest.raises(RemoteError, match=words):
        supplier.check(alter(answer(command)).build(), command, CONTACT)


def test_another_devices_signature_is_not_accepted(supplier: Party) -> None:
    command = supplier.read_back(CONTACT)
    with pytest.raises(RemoteError, match="does not verify"):
        supplier.check(answer(command, OTHER_KEY).build(), command, CONTACT)


def test_what_is_no_message_is_not_accepted(supplier: Party) -> None:
    command = supplier.read_back(CONTACT)
    with pytest.raises(RemoteError):
        supplier.check(b"\xdf", command, CONTACT)


def test_counters_rise_even_while_the_clock_stands_still() -> None:
    counters = OriginatorCounters(StillClock())
    first = counters.next()
    assert first == 1_772_442_000_000  # 2026-03-02T09:00:00Z in milliseconds
    assert [counters.next(), counters.next()] == [first + 1, first + 2]


def test_counters_end_where_the_specification_ends_them() -> None:
    counters = OriginatorCounters(StillClock())
    counters._last = MAX_SEQ_NUMBER - 1
    assert counters.next() == MAX_SEQ_NUMBER
    with pytest.raises(LocalError):
        counters.next()


def test_keys_stay_out_of_representations() -> None:
    shown = repr(KeySigner(PARTY_KEY, SUITE))
    assert PARTY_KEY.hex() not in shown
    assert repr(PARTY_KEY) not in shown
