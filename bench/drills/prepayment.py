"""At the end of a drill: what prepayment customers lost, and what a thief could print."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from firmware_sim.bench.drills.tokens import Token
from firmware_sim.bench.drills.use_terms import PREPAYMENT_CELL, TOP_UP, USE_CASES
from firmware_sim.bench.evidence.accounts.uses import Prepayment
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.image.use_soundness import MAX_BALANCE

if TYPE_CHECKING:
    from firmware_sim.bench.drills.state import DrillState

MAX_PENCE: Final = MAX_BALANCE // 1000
"""The most that the balance of one meter takes: a balance counts thousandths of a penny."""


def prepayment_key_fell(state: "DrillState", generation: int, organisation: str) -> None:
    """From here on the thief can print money for every meter that holds this key."""
    first = state.ownership.names.get(PREPAYMENT_CELL.role, ("",))[0]
    for contact in state.contacts:
        held = state.held[contact.entity_id].get(PREPAYMENT_CELL)
        if held is None or contact.device_type not in USE_CASES[TOP_UP]:
            continue  # a Gas Proxy Function has the cell, and takes no top-ups
        whose = held.organisation or first, held.issued_for.role
        fallen = organisation or first, PREPAYMENT_CELL.role
        if held.generation == generation and whose == fallen:
            since = state.clock.time, held
            state.tokens.open_to_thief.setdefault(contact.entity_id, since)


def tell_prepayment(state: "DrillState") -> None:
    """Of every drill in which tokens were made, or a prepayment key fell."""
    tokens = state.tokens
    if not tokens.made and not tokens.open_to_thief:
        return
    bought = [each for each in tokens.made if not each.by_thief]
    printed = [each for each in tokens.made if each.by_thief and each.fate == "spent"]
    lost = [each for each in bought if each.fate == "refused"]
    spans = [_seconds(state, entity, since) for entity, (since, _) in tokens.open_to_thief.items()]
    state.ledger.account(
        Prepayment(
            sold=len(bought),
            sold_pence=_pence(bought),
            spent=sum(each.fate == "spent" for each in bought),
            lost=len(lost),
            lost_pence=_pence(lost),
            unspent=sum(each.fate in ("unspent", "missed") for each in bought),
            unknown=sum(each.fate == "unknown" for each in bought),
            printed=len(printed),
            printed_pence=_pence(printed),
            thief_seconds=int(max(spans)) if spans else None,
            thief_meters=len(spans),
            thief_has_still=sum(map(tokens.is_open(state.held), tokens.open_to_thief)),
            thief_limit_pence=len(spans) * MAX_PENCE,
        )
    )


def _pence(tokens: list[Token]) -> int:
    return sum(each.pence for each in tokens)


def _seconds(state: "DrillState", entity: EntityId, since: datetime) -> float:
    is_open = state.tokens.is_open(state.held)(entity)
    end = state.clock.time if is_open else state.tokens.replaced.get(entity, state.clock.time)
    return (end - since).total_seconds()
