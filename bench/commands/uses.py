"""Payloads of the uses of a device's keys, as a party sends them: top-ups and readings."""

from collections.abc import Iterable

from firmware_sim.bench.commands.compose import Content
from firmware_sim.gbcs.dlms_access import AccessItem, AccessKind, request_for
from firmware_sim.gbcs.dlms_data import octet_string
from firmware_sim.gbcs.dlms_protection import Titles, protected_call
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.use_cases import CS01A, CS01B, ECS17B, GCS13A
from firmware_sim.gbcs.uses import (
    CONSUMER_TOP_UP,
    DATA_PROTECTION,
    GAS_REGISTERS,
    IMPORT_REGISTERS,
    TOKEN_GATEWAY,
    ObjectName,
)
from firmware_sim.gbcs.zcl import (
    CLUSTER_TO_SERVER,
    GLOBAL_TO_SERVER,
    READ_ATTRIBUTES,
    ZclFrame,
    build_frames,
)

_SUPPLIER = RemotePartyRole.SUPPLIER
_FROM_REMOTE = 0


def top_up(
    device_type: DeviceType, counter: int, digits: bytes, source: int = _FROM_REMOTE
) -> Content:
    """CS01a or CS01b, by the type of the meter.

    Args:
        counter: the Originator Counter, which is the token's.
        digits: of the token; whatever is given is sent.
        source: which device brings it, in CS01b: 0 for none in the premises.

    Raises:
        LocalError: a device of that type takes no top-ups, or there are more than 255 digits.
    """
    if device_type is DeviceType.ESME:
        item = AccessItem(AccessKind.ACTION, TOKEN_GATEWAY, octet_string(digits))
        payload = request_for(counter, [item]).encode()
        return Content(CS01A, payload, _SUPPLIER, is_signed=False)
    if device_type is not DeviceType.GSME or len(digits) > 0xFF:
        raise LocalError(f"no top-up with {len(digits)} digits for a {device_type.name}")
    frame = ZclFrame(
        CONSUMER_TOP_UP.interface,
        CLUSTER_TO_SERVER,
        CONSUMER_TOP_UP.attribute,
        bytes((source, len(digits))) + digits,
    )
    return Content(CS01B, build_frames((frame,)), _SUPPLIER, is_signed=False)


def read_registers(device_type: DeviceType, titles: Titles, sender: RemotePartyRole) -> Content:
    """ECS17b or GCS13a: a reading whose values come back encrypted."""
    if device_type is DeviceType.ESME:
        return protected_reading((IMPORT_REGISTERS,), titles, sender)
    return Content(GCS13A, read_attributes(GAS_REGISTERS), sender, is_signed=False)


def protected_reading(
    names: tuple[ObjectName, ...], titles: Titles, sender: RemotePartyRole
) -> Content:
    """ECS17b for some objects; `titles` are those of the header that it gets."""
    item = AccessItem(AccessKind.ACTION, DATA_PROTECTION, protected_call(names, titles))
    payload = request_for(titles.counter, [item]).encode()
    return Content(ECS17B, payload, sender, is_signed=False)


def read_attributes(names: Iterable[ObjectName]) -> bytes:
    """The payload that reads attributes of one cluster."""
    names = tuple(names)
    content = b"".join(name.attribute.to_bytes(2, "little") for name in names)
    frame = ZclFrame(names[0].interface, GLOBAL_TO_SERVER, READ_ATTRIBUTES, content)
    return build_frames((frame,))
