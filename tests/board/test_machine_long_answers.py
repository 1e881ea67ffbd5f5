"""Answers about as long as a message may be: both twins give them, or refuse the command."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.devices.meter_values import MeterValues
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.devices.provision import provision
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, parse_message
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, RemotePartyRole
from firmware_sim.gbcs.use_cases import ECS17B
from firmware_sim.gbcs.uses import IMPORT_REGISTERS
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from tests.support.meter import Clock, Meter, credentials, entity_of
from tests.support.pki import FIRST, SUITE, cell, entity
from tests.support.shadow import Shadow, shadowed
from tests.support.uses import use

COUNTER = 900_000
SUPPLIER = "supplier.KA"
_NAME = bytes.fromhex("0205 12 0001 0906 00005e2c220a 0f02 12 0000 0202 1600 00")
_ITEM = bytes.fromhex("03 001e 00002b0208ff 01")


@pytest.fixture
def shadow() -> Iterator[Shadow]:
    with shadowed() as shadow:
        yield shadow
    assert shadow.counts["left alone"] == 0
    assert shadow.counts["receive"] > 0


def holding(register: bytes) -> Meter:
    """An electricity meter whose import registers read as this DLMS value."""
    kind, clock = DeviceType.ESME, Clock()
    profile = PROFILES[kind]
    cells = {each: FIRST.leaf(each).certificate for each in profile.cells if each != ROOT_CELL}
    held = credentials(kind, cells, root=FIRST.root().certificate)
    values = MeterValues(registers={IMPORT_REGISTERS: register})
    flash = provision(profile, entity_of(kind), replace(held, values=values))
    return Meter(Device(flash, clock=clock, suite=SUITE), clock)


def text(octets: int) -> bytes:
    """A DLMS octet-string that has so many octets in all, up to 129."""
    return bytes((9, octets - 2)) + bytes(octets - 2)


def read(meter: Meter, counts: list[int], counter: int = COUNTER) -> Effects:
    """Ask for the import registers, so many times in each item."""
    titles = b"\x09\x08" + entity(cell(SUPPLIER).role) + b"\x09\x08" + meter.entity_id
    behind = bytes.fromhex("0101 0202 1602 0205 0909 04") + counter.to_bytes(8, "big") + titles
    behind += bytes.fromhex("0900 0202 1602 0202 0901 02 0900")
    calls = (bytes.fromhex("0202 01") + bytes((each,)) + _NAME * each + behind for each in counts)
    number = bytes((len(counts),))
    head = bytes.fromhex("d920") + (counter & 0xFFFFFF).to_bytes(3, "big") + b"\x00"
    payload = head + number + _ITEM * len(counts) + number + b"".join(calls)
    command = use(meter, ECS17B, payload, SUPPLIER, counter=counter).build()
    assert len(command) <= MAX_MESSAGE_OCTETS
    return meter.device.receive(command)


def octets_of_answer(register: int, counts: list[int]) -> int:
    """Of the payload, by hand: 8 before the items, 1 and two results for each item behind them.

    An item has its parameters (54), and an octet string of 17 octets more than a structure of its
    values.
    """
    items = (17 + 2 + each * register for each in counts)
    return 9 + sum(54 + 1 + (1 if each < 128 else 2 if each < 256 else 3) + each + 2
                   for each in items)  # fmt: skip


ELECTRICITY = PROFILES[DeviceType.ESME].values
assert ELECTRICITY is not None
SAMPLE = ELECTRICITY.registers[IMPORT_REGISTERS]
REFUSED = {
    "one octet too long": (text(115), [8] * 8),
    "32 items of 8 samples": (SAMPLE, [8] * 32),
    "more than the firmware's output": (text(129), [8] * 32),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_whose_answer_no_message_can_bring_is_malformed_for_both(
    shadow: Shadow, name: str
) -> None:
    register, counts = REFUSED[name]
    meter = holding(register)
    effects = read(meter, counts)
    assert effects.refusal is not None
    assert (effects.refusal.reason, effects.messages) == (RefusalReason.MALFORMED, ())
    assert meter.counter(RemotePartyRole.SUPPLIER) == COUNTER
    assert read(meter, [1], COUNTER + 1).messages


def test_the_longest_answer_that_may_be_is_given_by_both(shadow: Shadow) -> None:
    counts = [8] * 8 + [6]
    assert octets_of_answer(104, counts) == 8000
    assert octets_of_answer(115, [8] * 8) == 8001
    [octets] = read(holding(text(104)), counts).messages
    answer = parse_message(octets)
    assert len(answer.payload) == 8000
