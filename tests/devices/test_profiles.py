"""What each device type has: the cells that the reference messages show, and what is inferred."""

import pytest

from firmware_sim.devices.profiles import PROFILES, Provenance, profile_of
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, KeyUsage, RemotePartyRole

SHOWN = {  # cells in the existing ids and CS02a answers of the reference messages
    DeviceType.ESME: "root.CS recovery.DS supplier.DS supplier.KA supplier.KA.PP "
    "networkOperator.DS networkOperator.KA accessControlBroker.KA transitionalCoS.DS",
    DeviceType.GSME: "accessControlBroker.KA",
    DeviceType.GPF: "supplier.DS supplier.KA supplier.KA.PP networkOperator.DS networkOperator.KA",
    DeviceType.CHF: "accessControlBroker.DS accessControlBroker.KA wanProvider.DS",
}


@pytest.mark.parametrize("device_type", SHOWN, ids=lambda item: item.name)
def test_cells_shown_by_reference_messages_are_marked_so(device_type: DeviceType) -> None:
    cells = PROFILES[device_type].cells
    shown = {str(cell) for cell, evidence in cells.items() if evidence is Provenance.REFERENCE}
    assert shown == set(SHOWN[device_type].split())


@pytest.mark.parametrize("device_type", PROFILES, ids=lambda item: item.name)
def test_every_device_can_be_recovered(device_type: DeviceType) -> None:
    cells = PROFILES[device_type].cells
    names = {str(cell) for cell in cells}
    assert {"root.CS", "recovery.DS", "accessControlBroker.KA"} <= names
    assert [cell for cell in cells if cell.key_usage is KeyUsage.KEY_CERT_SIGN] == [ROOT_CELL]


def test_a_gas_meter_knows_no_network_operator() -> None:
    roles = {cell.role for cell in PROFILES[DeviceType.GSME].cells}
    assert RemotePartyRole.NETWORK_OPERATOR not in roles


def test_cells_that_are_a_matter_of_policy_are_marked_as_inferred() -> None:
    held = profile_of(DeviceType.CHF, Policy(chf_transitional_cos="held"))
    absent = profile_of(DeviceType.CHF, Policy(chf_transitional_cos="absent"))
    (added,) = set(held.cells) - set(absent.cells)
    assert str(added) == "transitionalCoS.DS"
    assert held.cells[added] is Provenance.INFERRED
    gas = profile_of(DeviceType.GPF, Policy(gpf_wan_provider="held"))
    assert {str(cell) for cell in gas.cells} > {"wanProvider.DS"}


def test_policy_leaves_the_other_types_alone() -> None:
    policy = Policy(chf_transitional_cos="held", gpf_wan_provider="held")
    for device_type in (DeviceType.ESME, DeviceType.GSME):
        assert profile_of(device_type, policy) is PROFILES[device_type]


def test_an_electricity_meter_may_have_the_load_controllers_cells_as_shown() -> None:
    held = profile_of(DeviceType.ESME, Policy(esme_load_controller="held"))
    added = set(held.cells) - set(PROFILES[DeviceType.ESME].cells)
    assert {str(cell) for cell in added} == {"loadController.DS", "loadController.KA"}
    assert {held.cells[cell] for cell in added} == {Provenance.REFERENCE}


@pytest.mark.parametrize("device_type", [DeviceType.HCALCS, DeviceType.PPMID])
def test_devices_that_are_no_meters_are_inferred_throughout(device_type: DeviceType) -> None:
    cells = PROFILES[device_type].cells
    assert set(cells.values()) == {Provenance.INFERRED}
    assert {str(cell) for cell in cells} == {
        "root.CS",
        "recovery.DS",
        "supplier.DS",
        "supplier.KA",
        "accessControlBroker.KA",
        "transitionalCoS.DS",
    }


def test_a_type_that_is_not_simulated_has_no_profile() -> None:
    with pytest.raises(KeyError):
        profile_of(DeviceType.TYPE_2, Policy())
