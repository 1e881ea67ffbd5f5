"""What an object of a device reads as: its firmware version, or what it was manufactured with."""

from firmware_sim.gbcs.dlms_access import AccessOutcome, AccessResult
from firmware_sim.gbcs.dlms_data import octet_string
from firmware_sim.gbcs.uses import ELECTRICITY_FIRMWARE, GAS_FIRMWARE, ObjectName
from firmware_sim.gbcs.zcl import ZclStatus
from firmware_sim.machine.state import DeviceState

_ZCL_OCTET_STRING = 0x41


def dlms_value(state: DeviceState, name: ObjectName) -> AccessOutcome:
    """A DLMS object's value; object-undefined if the device holds none."""
    held = state.registers.get(name)
    if held is not None and held.result:
        return AccessOutcome(held.result)
    if name == ELECTRICITY_FIRMWARE:
        return AccessOutcome(AccessResult.SUCCESS, octet_string(state.meter.firmware_version))
    if held is None:
        return AccessOutcome(AccessResult.OBJECT_UNDEFINED)
    return AccessOutcome(AccessResult.SUCCESS, held.data)


def zcl_value(state: DeviceState, name: ObjectName) -> tuple[int, bytes]:
    """Status, type and value of a ZCL attribute; unsupported if the device holds none."""
    held = state.registers.get(name)
    if held is not None and held.result:
        return held.result, b""
    if name == GAS_FIRMWARE:
        version = state.meter.firmware_version
        return ZclStatus.SUCCESS, bytes((_ZCL_OCTET_STRING, len(version))) + version
    if held is None:
        return ZclStatus.UNSUPPORTED_ATTRIBUTE, b""
    return ZclStatus.SUCCESS, held.data
