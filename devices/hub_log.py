"""The device log of a Communications Hub Function: which devices are on its HAN (CCS05).

An entry has the form of those in the published reference answer. Its first field is the Entity
Identifier of the device; when it was last heard is not said, and the others are as published.
"""

from collections.abc import Iterable
from typing import Final

from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import ENTITY_ID_OCTETS, EntityId
from firmware_sim.machine.image.layout import MAX_REGISTER_OCTETS

_ARRAY: Final = 0x01
_HEAD: Final = bytes.fromhex("020e 0908")
_NO_TIME: Final = bytes.fromhex("090c ffffffffff ffffffff 8000ff")
_SIGNAL: Final = bytes.fromhex("0408c8 0fdd 0fce 0f9c 1102 1127 11f7")
_REST: Final = bytes.fromhex("1101 1100 1164 1101 1101")
_ENTRY_OCTETS: Final = len(_HEAD) + ENTITY_ID_OCTETS + len(_SIGNAL) + len(_NO_TIME) + len(_REST)


def device_log(devices: Iterable[EntityId]) -> bytes:
    """A log with these devices, as a DLMS data value.

    Raises:
        LocalError: it is longer than the 138 octets that a device stores of a value.
    """
    entries = [_HEAD + entity + _SIGNAL + _NO_TIME + _REST for entity in devices]
    log = bytes((_ARRAY, len(entries))) + b"".join(entries)
    if len(log) > MAX_REGISTER_OCTETS:
        raise LocalError(f"a log of {len(entries)} devices is over {MAX_REGISTER_OCTETS} octets")
    return log


def devices_in_log(log: bytes) -> tuple[EntityId, ...]:
    """The devices that a log of `device_log` names.

    Raises:
        RemoteError: it has another form.
    """
    entries = [log[at : at + _ENTRY_OCTETS] for at in range(2, len(log), _ENTRY_OCTETS)]
    is_whole = all(each.startswith(_HEAD) and len(each) == _ENTRY_OCTETS for each in entries)
    if log[:2] != bytes((_ARRAY, len(entries))) or not is_whole:
        raise RemoteError("the device log has another form", clause="GBCS CCS05", octets=log)
    at = len(_HEAD)
    return tuple(EntityId(each[at : at + ENTITY_ID_OCTETS]) for each in entries)
