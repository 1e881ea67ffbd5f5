"""The devices of a drill as an estate, and the Relevant Devices of its built-in stories."""

import pytest

from firmware_sim.bench.commands.contact import contact_of
from firmware_sim.bench.drills.drill_estate import credentials_of, estate_now
from firmware_sim.bench.drills.setup import DrillSetup, set_up
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.bench.governance.relevant_devices import relevant_devices
from firmware_sim.bench.population.estate import Estate, HeldData
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId

DS = TrustAnchorCellId.parse("supplier.DS")
SUPPLIER = FallenKey(RelevantKeyKind.DEVICE_CREDENTIAL, "supplier", cell=DS)
ROOT = FallenKey(RelevantKeyKind.ISSUER, "dcc", cell=ROOT_CELL)


def start_of(name: str) -> DrillSetup:
    return set_up(load_story(name), premises=2, seed=1, policy=Policy())


def estate(setup: DrillSetup, **changed: Credential) -> Estate:
    held = {each.entity_id: credentials_of(each.holds) for each in setup.estate}
    for cells in held.values():
        cells.update({cell: changed[str(cell)] for cell in cells if str(cell) in changed})
    return estate_now(setup.estate, held, held)


@pytest.mark.parametrize(
    ("story", "key", "number"),
    [
        ("supplier-compromise-recovery", SUPPLIER, 6),
        ("root-compromise-contingency", ROOT, 8),
    ],
)
def test_the_relevant_devices_of_a_story_are_those_with_the_fallen_keys_data(
    story: str, key: FallenKey, number: int
) -> None:
    """Two homes: three devices each have a supplier's cells, all four a root."""
    setup = start_of(story)
    found = relevant_devices(estate(setup), key, setup.clock.time)
    assert found.summary()["total"] == found.summary()["populated"] == number


def test_what_is_certified_under_a_new_root_does_not_fall_with_the_old_one() -> None:
    setup = start_of("root-compromise-contingency")
    new = {str(cell): Credential(cell, 2) for each in setup.contacts for cell in each.cells}
    found = relevant_devices(estate(setup, **new), ROOT, setup.clock.time)
    assert len(found) == 0


def test_a_new_key_under_the_old_root_falls_with_it() -> None:
    setup = start_of("supplier-compromise-recovery")
    changed = estate(setup, **{"supplier.DS": Credential(DS, 2)})
    data = next(iter(changed)).holds[DS]
    assert data == HeldData("supplier", DS, 2, 1)
    assert len(relevant_devices(changed, ROOT, setup.clock.time)) == 6
    assert len(relevant_devices(changed, SUPPLIER, setup.clock.time)) == 0


def test_before_a_handover_the_brokers_data_stand_in_the_suppliers_cells() -> None:
    setup = start_of("gpf-handover")
    broker = TrustAnchorCellId.parse("accessControlBroker.DS")
    key = FallenKey(RelevantKeyKind.DEVICE_CREDENTIAL, "dcc", cell=broker)
    found = relevant_devices(estate(setup), key, setup.clock.time)
    assert {DS} <= {cell for each in found for cell in each.cells}
    assert len(relevant_devices(estate(setup), SUPPLIER, setup.clock.time)) == 0


def test_parties_know_each_device_as_the_certificates_of_the_pki_show_it() -> None:
    found = start_of("gpf-handover")
    assert found.contacts
    for contact in found.contacts:
        assert contact == contact_of(
            found.pki, contact.device_type, contact.entity_id, contact.cells
        )
