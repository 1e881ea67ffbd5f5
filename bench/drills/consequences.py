"""What follows from a Recovery Event, at the end of a drill: costs, claims, breach.

Costs are counted: one for each use of a key at a device, one for each device that its Responsible
Supplier has to see to. They are added up only at prices that the story assumes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from firmware_sim.bench.drills.breaches import tell_breaches
from firmware_sim.bench.drills.drill_estate import data_of
from firmware_sim.bench.drills.fallen_keys import XML_KEYS_RULE
from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.outcomes import fate_of
from firmware_sim.bench.drills.pricing import tell_prices, tell_prices_without_event
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.accounts.claims import Claim, Costs
from firmware_sim.bench.evidence.database import iso
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance.account import ASSUMPTIONS, tell_claim, tell_claimable
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.costs import (
    REHEARSAL_RULE,
    Allocation,
    CostCause,
    CostFacts,
    CostHead,
    KeyUse,
    PartyCost,
    allocate,
    claimable,
)
from firmware_sim.bench.governance.periods import three_months_after
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.population.shares import ROUNDING
from firmware_sim.gbcs.identifiers import EntityId

COUNTING_RULE: Final = (
    "costs are counted by device: one under (a) for each at which the key was used; where that did "
    "not serve, one under (b)(ii) if ordinary commands have replaced the data by the end of the "
    "drill, else one under (b)(i), as the device has to be replaced"
)
"""An assumption, to be printed: what a Party pays for is not known in a drill."""

_ANY: Final = "any Party"
_HEADS: Final = (CostHead.KEY_USE, CostHead.DEVICE, CostHead.DATA)


def tell_consequences(state: DrillState) -> None:
    """Once, when the last step is over. Little without a Compromise or without an Event."""
    if not state.procedure.cases:
        tell_prices_without_event(state)
        return
    cases = [case for case in state.procedure.cases if case.event is not None]
    if cases:
        _tell_assumptions(state, cases)
        found = [each for case in cases for each in _tell_costs(state, case)]
        heads = Counter(each.head for each in found)
        a, b_i, b_ii = (heads[head] for head in _HEADS)
        state.ledger.account(Costs(a=a, b_i=b_i, b_ii=b_ii))
        tell_prices(state, found)
    else:
        tell_prices_without_event(state)
    for case in cases:
        _tell_claims(state, case)
        tell_breaches(state, case)
    now, threshold = state.clock.time, state.procedure.assumptions.threshold
    for claim, review in state.claims.reviewed(now, threshold):
        for sentence in tell_claim(claim, review, now):
            state.record(GovernanceEvent.CLAIM, sentence)
    state.record(GovernanceEvent.COSTS, REHEARSAL_RULE, clause="SEC L10.6")


def _tell_assumptions(state: DrillState, cases: Iterable[Case]) -> None:
    is_xml = any(each.key and each.key.kind is RelevantKeyKind.XML_SIGNING for each in cases)
    for sentence in (*ASSUMPTIONS, COUNTING_RULE, *((XML_KEYS_RULE,) if is_xml else ())):
        if sentence != ROUNDING or not state.conditions.told_rounding:
            state.record(GovernanceEvent.ASSUMPTION, sentence)


def cost_facts(state: DrillState, case: Case) -> CostFacts:
    """What costs after the Event of a case are judged by, as devices stand now."""
    outcome = {
        entity: KeyUse.FAILED if _did_not_serve(state, case, entity) else KeyUse.SUCCEEDED
        for entity in case.commanded
    }
    event = case.event
    return CostFacts(
        event_at=None if event is None else event.at,
        key_required=event is not None and event.type == "A",
        relevant=case.relevant,
        key_use=outcome,
    )


def _did_not_serve(state: DrillState, case: Case, entity: EntityId) -> bool:
    """Whether the use of the key has not made a device good again in every cell."""
    not_good = (DeviceFate.FAILED, DeviceFate.LOST, DeviceFate.UNREACHABLE)
    return _still_holds(state, case, entity) or fate_of(state, entity) in not_good


def _still_holds(state: DrillState, case: Case, entity: EntityId) -> bool:
    """Whether a device holds, or may hold, data of a certificate that fell."""
    believed = data_of(state.believed[entity]).values()
    return case.key is not None and any(map(case.key.compromises, believed))


def _tell_costs(state: DrillState, case: Case) -> list[Allocation]:
    facts = cost_facts(state, case)
    found = [allocate(cost, facts) for cost in _costs(state, case, facts)]
    for head in _HEADS:
        number = sum(each.head is head for each in found)
        if number:
            text = f"Recovery Costs of {case.name}: {count(number, 'cost')} under {head}"
            state.record(GovernanceEvent.COSTS, text, clause=f"SEC {head}")
    return found


def _costs(state: DrillState, case: Case, facts: CostFacts) -> Iterator[PartyCost]:
    at, relevant = state.clock.time, case.relevant
    if relevant is None:
        return
    for each in relevant:
        entity, supplier = each.entity_id, each.responsible_supplier
        if facts.used(entity) is not KeyUse.NOT_USED:
            yield PartyCost(supplier, CostCause.KEY_USE, 0, at, entity)
        if facts.used(entity) is not KeyUse.SUCCEEDED:
            # What an attacker has taken over obeys no party, and ordinary commands mend nothing.
            is_lost = fate_of(state, entity) is DeviceFate.LOST
            holds = is_lost or _still_holds(state, case, entity)
            cause = CostCause.NEW_DEVICE if holds else CostCause.NEW_DATA
            yield PartyCost(supplier, cause, 0, at, entity)


def _tell_claims(state: DrillState, case: Case) -> None:
    facts, relevant = cost_facts(state, case), case.relevant
    if relevant is None or facts.event_at is None:
        return
    until = three_months_after(facts.event_at)
    used = sum(facts.used(each.entity_id) is not KeyUse.NOT_USED for each in relevant)
    theirs = claimable(relevant, facts)
    claims = [(_ANY, "SEC L10.17(a)", used)] if used else []
    numbers = Counter(each.responsible_supplier for each in theirs)
    claims += [(supplier, "SEC L10.17(b)", number) for supplier, number in sorted(numbers.items())]
    for party, provision, devices in claims:
        claim = Claim(party=party, provision=provision, devices=devices, until=iso(until))
        state.ledger.account(claim)
    for sentence in tell_claimable(theirs):
        state.record(GovernanceEvent.COSTS, sentence, clause="SEC L10.18")
    if claims:
        text = f"notice of a claim about {case.name} is due by {until:%Y-%m-%d} [SEC L10.19(a)]"
        state.record(GovernanceEvent.COSTS, text, clause="SEC L10.18")
