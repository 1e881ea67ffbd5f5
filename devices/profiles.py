"""What each device type has: Trust Anchor Cells with their evidence, and its flash, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from firmware_sim.devices.meter_values import ELECTRICITY, GAS, HUB, MeterValues
from firmware_sim.gbcs.device_duties import Provenance as Provenance
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from firmware_sim.machine.flash.geometry import NRF52840, Geometry


@dataclass(frozen=True, slots=True)
class Profile:
    """One device type.

    Attributes:
        cells: the Trust Anchor Cells it has, with the evidence for each.
        geometry: flash it gets by default.
        values: what else it holds; None for a device that no use of keys reads or changes.
    """

    device_type: DeviceType
    cells: Mapping[TrustAnchorCellId, Provenance]
    geometry: Geometry = NRF52840
    values: MeterValues | None = None


def _cells(shown: str, inferred: str = "") -> Mapping[TrustAnchorCellId, Provenance]:
    cells = {TrustAnchorCellId.parse(name): Provenance.REFERENCE for name in shown.split()}
    cells |= {TrustAnchorCellId.parse(name): Provenance.INFERRED for name in inferred.split()}
    return MappingProxyType(cells)


_SUPPLIER = "supplier.DS supplier.KA supplier.KA.PP"
_NETWORK = "networkOperator.DS networkOperator.KA"
# Devices on the HAN that are no meters: no prepayment and no network operator.
_TYPE_1 = _cells(
    "",
    "root.CS recovery.DS supplier.DS supplier.KA accessControlBroker.KA transitionalCoS.DS",
)

PROFILES: Mapping[DeviceType, Profile] = MappingProxyType(
    {
        profile.device_type: profile
        for profile in (
            Profile(
                DeviceType.ESME,
                _cells(
                    f"root.CS recovery.DS {_SUPPLIER} {_NETWORK}"
                    " accessControlBroker.KA transitionalCoS.DS"
                ),
                values=ELECTRICITY,
            ),
            Profile(
                DeviceType.GSME,
                _cells(
                    "accessControlBroker.KA",
                    f"root.CS recovery.DS {_SUPPLIER} transitionalCoS.DS",
                ),
                values=GAS,
            ),
            Profile(
                DeviceType.GPF,
                _cells(
                    f"{_SUPPLIER} {_NETWORK}",
                    "root.CS recovery.DS accessControlBroker.KA transitionalCoS.DS",
                ),
                values=GAS,
            ),
            Profile(
                DeviceType.CHF,
                _cells(
                    "accessControlBroker.DS accessControlBroker.KA wanProvider.DS",
                    "root.CS recovery.DS",
                ),
                values=HUB,
            ),
            Profile(DeviceType.HCALCS, _TYPE_1),
            Profile(DeviceType.PPMID, _TYPE_1),
        )
    }
)


def profile_of(device_type: DeviceType, policy: Policy) -> Profile:
    """The profile of a device type, with the cells whose existence is a matter of policy.

    Raises:
        KeyError: this project simulates no such device type.
    """
    profile = PROFILES[device_type]
    optional = _optional_cells(device_type, policy)
    if not optional:
        return profile
    return replace(profile, cells=MappingProxyType({**profile.cells, **optional}))


def _optional_cells(
    device_type: DeviceType, policy: Policy
) -> Mapping[TrustAnchorCellId, Provenance]:
    if device_type is DeviceType.ESME and policy.esme_load_controller == "held":
        return _cells("loadController.DS loadController.KA")
    if device_type is DeviceType.CHF and policy.chf_transitional_cos == "held":
        return _cells("", "transitionalCoS.DS")
    if device_type is DeviceType.GPF and policy.gpf_wan_provider == "held":
        return _cells("", "wanProvider.DS")
    return {}
