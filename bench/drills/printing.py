"""An attacker with a prepayment key prints money: tokens that nobody has paid for.

A meter takes them as long as its cell holds that key: nothing in a token tells who made it.
"""

from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.attack_points import AttackStep
from firmware_sim.bench.drills.attacker_terms import AttackerTerm
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.key_users import new_token
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import PREPAYMENT_CELL, TOP_UP
from firmware_sim.bench.drills.using import use_at
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId
from firmware_sim.machine.refusals import RefusalReason

PENCE: Final = 8191
"""The most that a token in pence is worth."""

_AGREEMENT: Final = TrustAnchorCellId(PREPAYMENT_CELL.role, KeyUsage.KEY_AGREEMENT)


async def print_tokens(
    state: DrillState,
    attack: AttackStep,
    log: StepLog,
    term: AttackerTerm,
    contacts: list[DeviceContact],
) -> None:
    """One token for each meter that the attacker comes to, at one of its points.

    Raises:
        BenchError: no step has given it the key that it holds.
    """
    steps = {each.entity_id: _top_up(state, attack, term, each) for each in contacts}
    # In the order of devices, so that the counters of tokens are the same in every run.
    tokens = {each.entity_id: new_token(state, steps[each.entity_id], each) for each in contacts}
    state.tokens.sold[attack.name] = tokens

    async def top_up(contact: DeviceContact) -> None:
        entity = contact.entity_id
        await use_at(state, steps[entity], log, [contact])
        victim, fate = state.conditions.victims[attack.attacker][entity], tokens[entity].fate
        victim.tries += 1
        if fate == "spent":
            victim.credited.append((state.clock.time, PENCE))
        elif fate == "refused" or steps[entity].expect != "accepted":
            victim.refused += 1  # in its answer, or in silence

    await for_each(contacts, top_up, state.progress, attack.title)


def _top_up(
    state: DrillState, attack: AttackStep, term: AttackerTerm, contact: DeviceContact
) -> UseStep:
    """What a step of a story would say, if the attacker's acts were steps."""
    owner = term.organisation or state.ownership.names.get(term.role, ("",))[0]
    wrong = _refusal(state, contact, Credential(PREPAYMENT_CELL, term.generation, owner))
    said = {
        "name": attack.name,
        "title": attack.title,
        "do": "use",
        "what": TOP_UP,
        "by": term.role.label,
        "party": owner or None,
        "credentials": term.generation,
        "stolen": True,
        "pence": PENCE,
        "token": attack.name,
        "expect": "accepted" if wrong is None else {"refused": [wrong.label]},
    }
    return UseStep.model_validate(said)


def _refusal(state: DrillState, contact: DeviceContact, copied: Credential) -> RefusalReason | None:
    """Why the meter must refuse a token by the copied key; None if it must credit it."""
    held, people = state.held[contact.entity_id], state.participants
    asked, owner = held[_AGREEMENT], people.entity_id(PREPAYMENT_CELL.role, copied.organisation)
    if people.entity_id(asked.issued_for.role, asked.organisation) != owner:
        return RefusalReason.NO_AUTHORITY
    is_open = people.public_key(held[PREPAYMENT_CELL]) == people.public_key(copied)
    return None if is_open else RefusalReason.TOP_UP_NOT_AUTHENTIC
