"""At the end of a drill: what its attackers tried, what they changed, and what was won back."""

from firmware_sim.bench.drills.selection import cell_order
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.victims import Victim
from firmware_sim.bench.evidence.accounts.attacks import Attack, DeviceAttack
from firmware_sim.bench.evidence.database import iso
from firmware_sim.gbcs.identifiers import EntityId


def tell_attacks(state: DrillState) -> None:
    """Of a drill in which the attacker had a key; also that it tried nothing with it."""
    conditions = state.conditions
    victims = [
        (number, device, victim)
        for number, devices in conditions.victims.items()
        for device, victim in devices.items()
    ]
    if not conditions.has_stolen and not victims:
        return
    tries = conditions.stolen_tries + sum(victim.tries for _, _, victim in victims)
    with state.ledger.together():
        idle = dict.fromkeys(term.idle for term in state.attackers if term.idle)
        uses = conditions.stolen_uses
        state.ledger.account(Attack(tries=tries, openings=uses.openings, idle=tuple(idle)))
        for use in uses.told():
            state.ledger.account(use)
        for number, device, victim in victims:
            holds = state.attackers[number].holds
            state.ledger.account(_told(device, holds, victim))


def _told(device: EntityId, holds: str, victim: Victim) -> DeviceAttack:
    cells = tuple(map(str, sorted(victim.cells, key=cell_order)))
    return DeviceAttack(
        device=str(device),
        holds=holds,
        tries=victim.tries,
        cells=cells,
        since=None if victim.since is None else iso(victim.since),
        until=None if victim.until is None else iso(victim.until),
        lost=tuple(map(str, sorted(victim.standing, key=cell_order))),
        tokens_credited=len(victim.credited),
        tokens_refused=victim.refused,
        credited_pence=sum(pence for _, pence in victim.credited),
        first_credit=iso(victim.credited[0][0]) if victim.credited else None,
        last_credit=iso(victim.credited[-1][0]) if victim.credited else None,
    )
