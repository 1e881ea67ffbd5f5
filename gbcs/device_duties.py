"""Which Device type executes which use case, and who may replace its certificates.

Update Security Credentials (CS02b) is not listed: a Device executes a mode if it holds the
cell that authorises it (see `firmware_sim.gbcs.replacement`).
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import (
    CCS05,
    CS01A,
    CS01B,
    CS02A,
    CS02C,
    CS02D,
    CS02E,
    CS02F,
    CS02G,
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


class Provenance(Enum):
    """How a cell or use case of a Device type is known."""

    REFERENCE = "reference messages show it"
    INFERRED = "inferred: the device could not do its duties without it"


_SHOWN, _INFERRED = Provenance.REFERENCE, Provenance.INFERRED
_ALL_INFERRED = dict.fromkeys(
    (
        DeviceType.ESME,
        DeviceType.GSME,
        DeviceType.GPF,
        DeviceType.CHF,
        DeviceType.HCALCS,
        DeviceType.PPMID,
    ),
    _INFERRED,
)
_OWN_CERTIFICATES = {**_ALL_INFERRED, DeviceType.ESME: _SHOWN}

EXECUTED_BY: Mapping[MessageCode, Mapping[DeviceType, Provenance]] = MappingProxyType(
    {
        CS02A: {
            **_ALL_INFERRED,
            DeviceType.ESME: _SHOWN,
            DeviceType.GSME: _SHOWN,
            DeviceType.CHF: _SHOWN,
        },
        CS02C: _OWN_CERTIFICATES,
        CS02D: _OWN_CERTIFICATES,
        CS02E: _OWN_CERTIFICATES,
        CS02F: {DeviceType.ESME: _SHOWN},
        **{code: {DeviceType.ESME: _SHOWN} for code in CS02G},
        CS01A: {DeviceType.ESME: _SHOWN},
        CS01B: {DeviceType.GSME: _SHOWN},
        CS06: {
            DeviceType.ESME: _SHOWN,
            DeviceType.GSME: _INFERRED,
            DeviceType.CHF: _INFERRED,
        },
        ECS52: {DeviceType.ESME: _SHOWN},
        ECS17B: {DeviceType.ESME: _SHOWN},
        ECS17C: {DeviceType.ESME: _SHOWN},
        GCS38: {DeviceType.GSME: _SHOWN},
        GCS13A: {DeviceType.GSME: _SHOWN, DeviceType.GPF: _SHOWN},
        GCS39: {DeviceType.GSME: _SHOWN},
        GCS61: {DeviceType.GPF: _SHOWN},
        GCS09: {DeviceType.GPF: _SHOWN},
        CCS05: {DeviceType.CHF: _SHOWN},
    }
)
"""Use cases that some Device types execute, by message code."""

_OWN_CERTIFICATES_BY = {
    **dict.fromkeys(_ALL_INFERRED, RemotePartyRole.SUPPLIER),
    DeviceType.CHF: RemotePartyRole.WAN_PROVIDER,
}


def executes(device_type: DeviceType, code: MessageCode) -> bool:
    """Whether such Devices execute a use case; True where the cells alone decide."""
    return code not in EXECUTED_BY or device_type in EXECUTED_BY[code]


def certificate_authority(device_type: DeviceType, policy: Policy) -> TrustAnchorCellId:
    """The cell that authorises CS02c, CS02d and CS02e.

    Reference messages show it for an Electricity Meter only: the supplier's, with the MAC that
    every such command carries besides.

    Raises:
        KeyError: no such Device executes them.
    """
    role = _OWN_CERTIFICATES_BY[device_type]
    is_hub = device_type is DeviceType.CHF
    if is_hub and policy.hub_certificate_authority == "access-control-broker":
        role = RemotePartyRole.ACCESS_CONTROL_BROKER
    return TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE)
