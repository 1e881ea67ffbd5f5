"""Floors for exactly the roles that get new keys, as the reference messages list them."""

from firmware_sim.bench.commands.requests import Floors, floors_at
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId

ROLE = RemotePartyRole
ZERO = (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 0),)


def cells(*names: str) -> list[TrustAnchorCellId]:
    return [TrustAnchorCellId.parse(name) for name in names]


def test_a_suppliers_own_update_has_its_floor_and_the_top_up_floor() -> None:
    replaced = cells("supplier.DS", "supplier.KA", "supplier.KA.PP")
    assert floors_at(0, authorising=ROLE.SUPPLIER, cells=replaced) == Floors(0, ZERO, None)


def test_recoverys_update_lists_the_other_roles_in_order() -> None:
    """As in the reference set's recovery command: own floor, then roles 2, 3, 4 and 5."""
    replaced = cells(
        "transitionalCoS.DS",
        "recovery.DS",
        "supplier.DS",
        "supplier.KA",
        "supplier.KA.PP",
        "networkOperator.DS",
        "networkOperator.KA",
        "accessControlBroker.KA",
    )
    others = (
        FloorChange(ROLE.SUPPLIER, 0, ZERO),
        FloorChange(ROLE.NETWORK_OPERATOR, 0),
        FloorChange(ROLE.ACCESS_CONTROL_BROKER, 0),
        FloorChange(ROLE.TRANSITIONAL_COS, 0),
    )
    assert floors_at(0, authorising=ROLE.RECOVERY, cells=replaced) == Floors(0, None, others)


def test_a_root_has_no_floor_but_as_the_authorising_role() -> None:
    assert floors_at(5, authorising=ROLE.SUPPLIER, cells=cells("root.CS")) == Floors(5)
    assert floors_at(5, authorising=ROLE.ROOT, cells=cells("root.CS")) == Floors(5)
