"""Who has devices use their keys in a step: with which keys, and with which tokens."""

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.installing import sender_at
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.tokens import Token
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import stolen_cell, token_cell
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.key_user import KeyUser


def key_user(state: DrillState, step: UseStep, contact: DeviceContact) -> KeyUser:
    """The party of the step, or the attacker in its name.

    Raises:
        BenchError: no step gave the attacker the key on which it depends.
    """
    organisation, generation = sender_at(state, step, contact.entity_id)
    if step.stolen:  # raises if the key on which it depends was not stolen
        cell = stolen_cell(step.what, step.by)
        state.participants.agreement(cell, generation, organisation, stolen=True)
    return state.participants.user(
        step.by,
        generation,
        broker=step.broker or state.broker_generation(contact),
        acting=step.acting,
        organisation=organisation,
        stolen=step.stolen,
    )


def new_token(state: DrillState, step: UseStep, contact: DeviceContact) -> Token:
    """One that the step makes for a meter."""
    organisation, generation = sender_at(state, step, contact.entity_id)
    people = state.participants
    key = people.agreement(token_cell(step.by), generation, organisation, stolen=step.stolen)
    supplier = people.entity_id(step.by, organisation)
    at = state.clock.time
    return state.tokens.make(supplier, contact, key, step.pence, at, by_thief=step.stolen)


def token_brought(state: DrillState, step: UseStep, contact: DeviceContact) -> Token:
    """A new one, or the one that the customer bought.

    Raises:
        BenchError: nothing was sold under that name for this meter.
    """
    if step.token is None:
        return new_token(state, step, contact)
    token = state.tokens.sold.get(step.token, {}).get(contact.entity_id)
    if token is None:
        raise BenchError(
            f"no token {step.token} was sold for {contact}",
            "put a use step before it that sells them",
        )
    return token


def sell_tokens(
    state: DrillState, step: UseStep, log: StepLog, contacts: list[DeviceContact]
) -> None:
    """A token for each customer. It is with the customer, and the meter knows nothing of it."""
    sold = {contact.entity_id: new_token(state, step, contact) for contact in contacts}
    state.tokens.sold.setdefault(step.token or "", {}).update(sold)
    pence = sum(token.pence for token in sold.values())
    log.check(None, "tokens made", Verdict.PASSED, "", f"{len(sold)} tokens, {pence} pence in all")
