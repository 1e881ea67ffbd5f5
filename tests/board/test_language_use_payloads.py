"""Payloads of the uses of keys, whole and damaged: read as the device in Python reads them."""

from collections.abc import Callable
from random import Random
from typing import TypeVar

import pytest

from firmware_sim.gbcs.dlms_access import read_request
from firmware_sim.gbcs.dlms_protection import Titles, asked_objects, protected_call
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.activation import ActivationCommand
from firmware_sim.gbcs.uses import IMPORT_REGISTERS
from firmware_sim.gbcs.utrn import Utrn
from firmware_sim.machine.commands.zcl_uses import only_frame
from tests.board.mutations import mutated
from tests.board.uses_in_c import UsesInC

T = TypeVar("T")

DEVICE_TITLES = Titles(
    0x03E8,
    EntityId(bytes.fromhex("90b3d51f30010000")),
    EntityId(bytes.fromhex("00db1234567890a0")),
)
TOKEN = b"73950067887105178605"
_ACTIVATION = "3037 0420" + "ab" * 32 + "020203e8 180f32303330303131353039303030305a"
_NULLS = "02 82 0fff" + "00" * 4095
_USES = {
    "a reading": "d920 0003e8 00 01 01 0001 0000000201ff 02 01 00",
    "four items": "d920 0003e8 00 04" + "01 0001 0000000201ff 02" * 4 + "04" + "00" * 4,
    "a selection": "d920 0003e8 00 01 04 0001 0000000201ff 02 01 0202 1100 0f01 01 00",
    "an action": "d920 0003e8 00 01 03 0073 0000132800ff 01 01 0914" + TOKEN.hex(),
    "deep data": "d920 0003e8 00 01 03 0073 0000132800ff 01 01" + "0201" * 8 + "00",
    "too deep": "d920 0003e8 00 01 03 0073 0000132800ff 01 01" + "0201" * 9 + "00",
    "empty at the bottom": "d920 0003e8 00 01 03 0073 0000132800ff 01 01" + "0201" * 8 + "0200",
    "many values": "d920 0003e8 00 01 03 0073 0000132800ff 01 01" + _NULLS,
    "too many values": "d920 0003e8 00 01 03 0073 0000132800ff 01 01 0202" + _NULLS + "00",
    "a compact array": "d920 0003e8 00 01 03 0073 0000132800ff 01 01 13 0202 0f 01000211 03 010203",
    "every type": "d920 0003e8 00 01 03 0073 0000132800ff 01 01 0211 00 0301 0405f8"
    "0500000001 0600000001 0a0161 0c0161 0d12 0f01 100001 1101 120001 140000000000000001"
    "150000000000000001 1601 1700000000 1a0102030405",
    "a frame": "0109 01 01 0705 0019 01 00 04 00 14" + TOKEN.hex(),
    "attributes": "0109 01 01 0702 000b 00 00 00 0203 0103 0003 0000",
    "two frames": "0109 02 00 0702 0003 00 00 00 01 0702 0003 00 00 00",
    "an activation": _ACTIVATION,
    "a token": TOKEN.hex(),
    "a protected read": protected_call((IMPORT_REGISTERS,) * 2, DEVICE_TITLES).hex(),
}
USES = {name: bytes.fromhex(octets) for name, octets in _USES.items()}
"""Payloads; the fuzzer begins with them too."""


def _or_none(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except RemoteError:
        return None


def read_alike(uses: UsesInC, octets: bytes) -> bool:
    """Whether it is any payload; both must read it alike, as each of them."""
    counter = int.from_bytes(octets[2:5], "big")
    request = _or_none(lambda: read_request(octets, counter))
    items = uses.access_items(octets, counter)
    expected = request and [(int(item.kind), item.name, item.data) for item in request.items]
    assert items == expected, octets.hex()
    frame = _or_none(lambda: only_frame(octets))
    said = frame and (frame.cluster, frame.frame_control, frame.command, frame.content)
    assert uses.frame(octets) == said, octets.hex()
    asked = _or_none(lambda: asked_objects(octets, DEVICE_TITLES))
    named = uses.asked_objects(octets, DEVICE_TITLES)
    assert (named and tuple(named)) == asked, octets.hex()
    command = _or_none(lambda: ActivationCommand.decode(octets))
    activation = uses.activation(octets)
    assert (activation and activation[:2]) == (command and command[:2]), octets.hex()
    token = _or_none(lambda: Utrn.parse(octets.decode("latin-1"))) if len(octets) == 20 else None
    if len(octets) == 20:
        digits = uses.token(octets)
        assert (digits and (*digits[:3], digits.mac)) == (token and tuple(token)), octets.hex()
    return any(each is not None for each in (items, frame, asked, command, token))


@pytest.mark.parametrize("name", USES)
def test_payloads_of_uses_are_read_alike(uses: UsesInC, name: str) -> None:
    refused = ("too deep", "too many values", "two frames")
    assert read_alike(uses, USES[name]) == (name not in refused)


@pytest.mark.parametrize("name", [name for name in USES if "many" not in name])
def test_damaged_payloads_of_uses_are_read_or_refused_alike(uses: UsesInC, name: str) -> None:
    random = Random(name)
    accepted = sum(read_alike(uses, mutated(USES[name], random)) for _ in range(300))
    assert accepted < 300
