"""What each device type has: Trust Anchor Cells with their evidence, and its flash, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from firmware_sim.flash.geometry import NRF52840, Geometry
from gbcs.policy import Policy
from gbcs.roles import DeviceType, TrustAnchorCellId


class Evidence(Enum):
    """How a cell of a device type is known."""

    REFERENCE = "reference messages show it"
    INFERRED = "inferred: the device could not do its duties without it"


@dataclass(frozen=True, slots=True)
class Profile:
    """One device type.

    Attributes:
        cells: the Trust Anchor Cells it has, with the evidence for each.
        geometry: flash it is given unless told otherwise.
    """

    device_type: DeviceType
    cells: Mapping[TrustAnchorCellId, Evidence]
    geometry: Geometry = NRF52840


def _cells(shown: str, inferred: str = "") -> Mapping[TrustAnchorCellId, Evidence]:
    cells = {TrustAnchorCellId.parse(name): Evidence.REFERENCE for name in shown.split()}
    cells |= {TrustAnchorCellId.parse(name): Evidence.INFERRED for name in inferred.split()}
    return MappingProxyType(cells)


_SUPPLIER = "supplier.DS supplier.KA supplier.KA.PP"
_NETWORK = "networkOperator.DS networkOperator.KA"

PROFILES: Mapping[DeviceType, Profile] = MappingProxyType(
    {
        DeviceType.ESME: Profile(
            DeviceType.ESME,
            _cells(
                f"root.CS recovery.DS {_SUPPLIER} {_NETWORK}"
                " accessControlBroker.KA transitionalCoS.DS"
            ),
        ),
        DeviceType.GSME: Profile(
            DeviceType.GSME,
            _cells("accessControlBroker.KA", f"root.CS recovery.DS {_SUPPLIER} transitionalCoS.DS"),
        ),
        DeviceType.GPF: Profile(
            DeviceType.GPF,
            _cells(
                f"{_SUPPLIER} {_NETWORK}",
                "root.CS recovery.DS accessControlBroker.KA transitionalCoS.DS",
            ),
        ),
        DeviceType.CHF: Profile(
            DeviceType.CHF,
            _cells(
                "accessControlBroker.DS accessControlBroker.KA wanProvider.DS",
                "root.CS recovery.DS",
            ),
        ),
    }
)


def profile_of(device_type: DeviceType, policy: Policy) -> Profile:
    """The profile of a device type, with the cells whose existence is a matter of policy.

    Raises:
        KeyError: this project simulates no such device type.
    """
    profile = PROFILES[device_type]
    optional = {
        DeviceType.CHF: ("transitionalCoS.DS", policy.chf_transitional_cos),
        DeviceType.GPF: ("wanProvider.DS", policy.gpf_wan_provider),
    }.get(device_type)
    if optional is None or optional[1] == "absent":
        return profile
    cells = {**profile.cells, TrustAnchorCellId.parse(optional[0]): Evidence.INFERRED}
    return Profile(device_type, MappingProxyType(cells), profile.geometry)
