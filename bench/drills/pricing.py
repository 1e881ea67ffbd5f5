"""What each device that the key did not put right would cost, at the prices of the story."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.outcomes import fate_of
from firmware_sim.bench.drills.recovery_event import relevant_now
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.accounts.claims import AssumedPrice, PricedDevice
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance.costs import Allocation, CostHead
from firmware_sim.bench.governance.prices import pounds, price_of
from firmware_sim.gbcs.identifiers import EntityId

NO_PRICES_ASSUMED = "the story assumes no prices: costs are counted, and no sums are given"
ONCE_RULE = (
    "a device that two Recovery Events are about is paid for once, and where it has to be "
    "replaced, nothing is paid for its data"
)
"""An assumption, to be printed where prices are."""
NO_EVENT_RULE = (
    "there is no Recovery Event, so that nothing is a Recovery Cost; at the prices assumed it is "
    "told what it would cost to replace the devices that still hold data of the key that fell, or "
    "an attacker's [SEC L10.14, L10.17]"
)
"""The same, where a party recovers its devices by itself."""
NO_COMPROMISE_RULE = "no key fell, so that the prices that the story assumes have no effect"

_PAID = (CostHead.DEVICE, CostHead.DATA)


def tell_prices(state: DrillState, found: Iterable[Allocation]) -> None:
    """What is assumed, each device with its price, and the sums.

    Args:
        found: every cost of every Recovery Event, in their order.
    """
    prices = state.procedure.assumptions.prices
    if not prices:
        state.record(GovernanceEvent.ASSUMPTION, NO_PRICES_ASSUMED)
        return
    state.record(GovernanceEvent.ASSUMPTION, ONCE_RULE)
    _tell_assumed(state)
    priced = [
        _priced(state, entity, each.cost.party, each.head)
        for entity, each in paid_once(found).items()
    ]
    with state.ledger.together():
        for device in priced:
            state.ledger.account(device)
    _tell_sums(state, priced)


def tell_prices_without_event(state: DrillState) -> None:
    """What is assumed, and what is left to put right, where no Recovery Event occurred.

    The devices are those that would be the Relevant Devices if an Event occurred now, and those
    that an attacker holds. No provision of the Code pays for them.
    """
    prices = state.procedure.assumptions.prices
    if not prices:
        return
    if not state.procedure.cases:
        state.record(GovernanceEvent.ASSUMPTION, NO_COMPROMISE_RULE)
        return
    state.record(GovernanceEvent.ASSUMPTION, NO_EVENT_RULE)
    _tell_assumed(state)
    priced = [
        _priced(state, entity, state.estate[entity].responsible_supplier, CostHead.NONE)
        for entity in _left(state)
    ]
    with state.ledger.together():
        for device in priced:
            state.ledger.account(device)
    _tell_sums(state, priced, " to replace, none of which is a Recovery Cost")


def _left(state: DrillState) -> list[EntityId]:
    """In the order of the estate."""
    cases = [case for case in state.procedure.cases if case.key is not None]
    found = {each.entity_id for case in cases for each in relevant_now(state, case)}
    return [
        each.entity_id
        for each in state.estate
        if each.entity_id in found or fate_of(state, each.entity_id) is DeviceFate.LOST
    ]


def paid_once(found: Iterable[Allocation]) -> Mapping[EntityId, Allocation]:
    """The first cost under L10.17(b) of each device, one of replacing it before any other."""
    chosen: dict[EntityId, Allocation] = {}
    for each in sorted(found, key=lambda each: each.head is not CostHead.DEVICE):
        if each.head in _PAID and each.cost.device is not None:
            chosen.setdefault(each.cost.device, each)
    return chosen


def _tell_assumed(state: DrillState) -> None:
    for device_type, price in sorted(state.procedure.assumptions.prices.items()):
        state.ledger.account(AssumedPrice(type=device_type.name, **price._asdict()))


def _priced(state: DrillState, entity: EntityId, supplier: str, head: CostHead) -> PricedDevice:
    prices = state.procedure.assumptions.prices
    # What no provision pays for has to be replaced all the same.
    paid = CostHead.DEVICE if head is CostHead.NONE else head
    return PricedDevice(
        device=str(entity),
        responsible_supplier=supplier,
        outcome=fate_of(state, entity).value,
        provision=head.value,
        pence=price_of(prices, state.estate[entity].device_type, paid),
    )


def _tell_sums(state: DrillState, priced: Iterable[PricedDevice], why: str = "") -> None:
    by_party: defaultdict[str, list[PricedDevice]] = defaultdict(list)
    for each in priced:
        by_party[each.responsible_supplier].append(each)
    for party, theirs in sorted(by_party.items()):
        known = [each.pence for each in theirs if each.pence is not None]
        text = (
            f"at the prices assumed {count(len(known), 'device')} of {party} would cost "
            f"{pounds(sum(known))}"
        )
        without = len(theirs) - len(known)
        rest = f"; {count(without, 'more device')} of it without an assumed price"
        clause = "" if why else "SEC L10.17(b)"
        state.record(GovernanceEvent.COSTS, f"{text}{why}{rest if without else ''}", clause=clause)
