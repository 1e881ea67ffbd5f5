"""Payloads of the uses that show or change one thing: versions, logs, supply, tenancy, firmware.

Top-ups and the readings that come back encrypted are in `firmware_sim.bench.commands.uses`.
"""

from datetime import datetime

from firmware_sim.bench.commands.compose import Content
from firmware_sim.bench.commands.uses import read_attributes, read_registers
from firmware_sim.gbcs.dlms_access import AccessItem, AccessKind, request_for
from firmware_sim.gbcs.dlms_protection import Titles
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.payloads.activation import ActivationCommand
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.use_cases import (
    CCS05,
    CS06,
    ECS17B,
    ECS17C,
    ECS52,
    GCS09,
    GCS13A,
    GCS38,
    GCS39,
    GCS61,
)
from firmware_sim.gbcs.uses import (
    CHANGE_OF_TENANCY,
    CHANGE_SUPPLY,
    GAS_FIRMWARE,
    GET_SAMPLED_DATA,
    USES,
    ObjectName,
)
from firmware_sim.gbcs.zcl import CLUSTER_TO_CLIENT, CLUSTER_TO_SERVER, ZclFrame, build_frames

ARMED = 1
"""The supply may be switched on at the meter (ZSE Supply Status)."""

_CHANGES_SUPPLY = bytes(16)
_DAY = bytes.fromhex("020001000000002900")


def reading(
    code: MessageCode, sender: RemotePartyRole, titles: Titles, device_type: DeviceType
) -> Content:
    """Any use case that only reads.

    Args:
        titles: of the header that the command gets.

    Raises:
        LocalError: the use case does more than read.
    """
    if code in (ECS17B, GCS13A):
        return read_registers(device_type, titles, sender)
    if code in (ECS52, ECS17C, CCS05):
        items = [AccessItem(AccessKind.GET, name) for name in USES[code].objects]
        payload = request_for(titles.counter, items).encode()
    elif code == GCS38:
        payload = read_attributes((GAS_FIRMWARE,))
    elif code == GCS61:
        payload = _cluster_command(GET_SAMPLED_DATA, CLUSTER_TO_SERVER, _DAY)
    else:
        raise LocalError(f"message code {code:04x} does not read")
    return Content(code, payload, sender, is_signed=False)


def arm_supply(state: int = ARMED) -> Content:
    """GCS39: the gas valve may be opened at the meter."""
    content = _CHANGES_SUPPLY + bytes((state, 0))
    payload = _cluster_command(CHANGE_SUPPLY, CLUSTER_TO_SERVER, content)
    return Content(GCS39, payload, RemotePartyRole.SUPPLIER)


def change_tenancy(start: int) -> Content:
    """GCS09: a tenancy begins; seconds since 2000-01-01 UTC."""
    content = bytes(9) + start.to_bytes(4, "little") + bytes(4)
    payload = _cluster_command(CHANGE_OF_TENANCY, CLUSTER_TO_CLIENT, content)
    return Content(GCS09, payload, RemotePartyRole.SUPPLIER, is_signed=False)


def activate_firmware(
    device_type: DeviceType, image_hash: bytes, counter: int, execution: datetime | None = None
) -> Content:
    """CS06, by the party that is responsible for such a device."""
    is_hub = device_type is DeviceType.CHF
    sender = RemotePartyRole.WAN_PROVIDER if is_hub else RemotePartyRole.SUPPLIER
    return Content(CS06, ActivationCommand(image_hash, counter, execution).encode(), sender)


def _cluster_command(name: ObjectName, control: int, content: bytes) -> bytes:
    return build_frames((ZclFrame(name.interface, control, name.attribute, content),))
