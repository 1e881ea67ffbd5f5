"""What each device that the key did not put right would cost, at the prices of the story."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from firmware_sim.bench.drills.outcomes import fate_of
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
    for device_type, price in sorted(prices.items()):
        state.ledger.account(AssumedPrice(type=device_type.name, **price._asdict()))
    priced = [_priced(state, entity, each) for entity, each in paid_once(found).items()]
    with state.ledger.together():
        for device in priced:
            state.ledger.account(device)
    _tell_sums(state, priced)


def paid_once(found: Iterable[Allocation]) -> Mapping[EntityId, Allocation]:
    """The first cost under L10.17(b) of each device, one of replacing it before any other."""
    chosen: dict[EntityId, Allocation] = {}
    for each in sorted(found, key=lambda each: each.head is not CostHead.DEVICE):
        if each.head in _PAID and each.cost.device is not None:
            chosen.setdefault(each.cost.device, each)
    return chosen


def _priced(state: DrillState, entity: EntityId, allocation: Allocation) -> PricedDevice:
    prices, head = state.procedure.assumptions.prices, allocation.head
    return PricedDevice(
        device=str(entity),
        responsible_supplier=allocation.cost.party,
        outcome=fate_of(state, entity).value,
        provision=head.value,
        pence=price_of(prices, state.estate[entity].device_type, head),
    )


def _tell_sums(state: DrillState, priced: Iterable[PricedDevice]) -> None:
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
        state.record(
            GovernanceEvent.COSTS, text + (rest if without else ""), clause="SEC L10.17(b)"
        )
