"""Each cost belongs under one paragraph of SEC L10.17, or under none, for a reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.costs import (
    Allocation,
    Claimable,
    CostCause,
    CostFacts,
    CostHead,
    KeyUse,
    PartyCost,
    allocate,
    claimable,
    totals,
)
from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.bench.governance.relevant_devices import RelevantDeviceSet, relevant_devices
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId
from tests.bench.population.homes import estate, small

EVENT = datetime(2027, 2, 1, 8, tzinfo=UTC)
ALPHA = FallenKey(
    RelevantKeyKind.DEVICE_CREDENTIAL, "alpha", cell=TrustAnchorCellId.parse("supplier.DS")
)
RELEVANT: RelevantDeviceSet = relevant_devices(estate(small()), ALPHA, EVENT)
DEVICE = next(iter(RELEVANT)).entity_id
STRANGER = EntityId(bytes(8))


def facts(use: KeyUse = KeyUse.NOT_USED, *, required: bool = True) -> CostFacts:
    return CostFacts(EVENT, required, RELEVANT, {DEVICE: use})


def cost(cause: CostCause, device: EntityId | None = DEVICE) -> PartyCost:
    return PartyCost("alpha", cause, 1000, EVENT + timedelta(days=1), device)


@pytest.mark.parametrize("use", [KeyUse.NOT_USED, KeyUse.FAILED])
@pytest.mark.parametrize(
    ("cause", "head"),
    [(CostCause.NEW_DEVICE, CostHead.DEVICE), (CostCause.NEW_DATA, CostHead.DATA)],
)
def test_replacing_a_device_or_its_data_without_a_working_key_is_the_suppliers_cost(
    use: KeyUse, cause: CostCause, head: CostHead
) -> None:
    found = allocate(cost(cause), facts(use))
    assert (found.head, found.instead) == (head, "")
    assert use.value in found.reason


def test_use_of_the_required_key_is_a_cost_whether_it_worked_or_not() -> None:
    for use in KeyUse:
        assert allocate(cost(CostCause.KEY_USE), facts(use)).head is CostHead.KEY_USE


def test_a_key_used_in_vain_and_the_new_device_are_two_costs_under_two_paragraphs() -> None:
    found = [
        allocate(cost(cause), facts(KeyUse.FAILED))
        for cause in (CostCause.KEY_USE, CostCause.NEW_DEVICE)
    ]
    assert [each.head for each in found] == [CostHead.KEY_USE, CostHead.DEVICE]
    assert totals(found) == {
        CostHead.KEY_USE: 1000,
        CostHead.DEVICE: 1000,
        CostHead.DATA: 0,
        CostHead.NONE: 0,
    }


NONE: Mapping[str, tuple[PartyCost, CostFacts, str, str]] = {
    "the key worked": (cost(CostCause.NEW_DATA), facts(KeyUse.SUCCEEDED), "with success", ""),
    "no key was required": (
        cost(CostCause.KEY_USE), facts(required=False), "required no key", "",
    ),
    "not its Responsible Supplier": (
        replace(cost(CostCause.NEW_DEVICE), party="beta"), facts(), "Supplier is alpha", "",
    ),
    "no Relevant Device": (
        cost(CostCause.NEW_DEVICE, STRANGER), facts(), "about no Relevant Device", "",
    ),
    "no device": (cost(CostCause.NEW_DATA, None), facts(), "about no Relevant Device", ""),
    "before the Event": (
        replace(cost(CostCause.KEY_USE), at=EVENT - timedelta(seconds=1)),
        facts(), "before the Event", "",
    ),
    "not reasonable": (
        replace(cost(CostCause.KEY_USE), reasonable=False), facts(), "not reasonably", "",
    ),
    "incurred anyway": (replace(cost(CostCause.KEY_USE), anyway=True), facts(), "otherwise", ""),
    "something else": (cost(CostCause.OTHER), facts(), "neither key", ""),
    "no Event": (
        cost(CostCause.NEW_DEVICE), CostFacts(None, False, None), "no Recovery Event", "",
    ),
    "support is L10.6, Event or not": (
        cost(CostCause.SUPPORT, None), CostFacts(None, False, None), "L10.6", "L10.6",
    ),
    "assistance is L10.12": (cost(CostCause.ASSISTANCE, None), facts(), "L10.12", "L10.12"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "known", "said", "instead"), NONE.values(), ids=NONE.keys())
def test_what_is_no_recovery_cost_has_a_reason(
    one: PartyCost, known: CostFacts, said: str, instead: str
) -> None:
    found: Allocation = allocate(one, known)
    assert found.head is CostHead.NONE
    assert said in found.reason
    assert found.instead == instead


def test_the_claimable_devices_are_those_where_the_key_did_not_succeed() -> None:
    first, second, third, *others = (each.entity_id for each in RELEVANT)
    use = dict.fromkeys(others, KeyUse.SUCCEEDED) | {
        first: KeyUse.FAILED,
        third: KeyUse.SUCCEEDED,
    }
    assert claimable(RELEVANT, CostFacts(EVENT, True, RELEVANT, use)) == (
        Claimable(first, "alpha", KeyUse.FAILED),
        Claimable(second, "alpha", KeyUse.NOT_USED),
    )


def test_without_an_event_no_device_can_be_claimed_for() -> None:
    assert claimable(RELEVANT, CostFacts(None, False, RELEVANT)) == ()
