"""What all steps that send messages share: who is the sender, and who are the recipients?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.addressing import wanted_devices
from firmware_sim.bench.drills.installing import sender_at
from firmware_sim.bench.drills.safe_point import safe_point
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.served import served
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.governance.decision import VerifiedDecision
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand

Build = Callable[[Party, DeviceContact], Message]
"""Builds a step's command for one device."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One command for one device, built before any is sent.

    Building in the order of devices, not of answers, keeps Originator Counters the same in
    every run.
    """

    contact: DeviceContact
    party: Party
    first: Message


def addressed(
    state: DrillState,
    step: SendingStep,
    log: StepLog,
    has_cells: Callable[[DeviceContact], bool],
) -> list[DeviceContact]:
    """The devices that a step is about; the log is told which lack the cells.

    Without those to which the DCC does not pass it on, in the name of a supplier that has failed.
    """
    wanted = wanted_devices(state, step)
    log.left_out.extend(contact for contact in wanted if not has_cells(contact))
    return served(state, step, log, [contact for contact in wanted if has_cells(contact)])


async def plans(
    state: DrillState,
    step: SendingStep,
    contacts: Iterable[DeviceContact],
    build: Build,
) -> list[Plan]:
    """The commands of a step, one a device; kept if the step says so."""
    made = []
    for contact in contacts:
        await safe_point()
        party = speaker(state, step, contact)
        made.append(Plan(contact, party, build(party, contact)))
        state.keep(step.keep, contact, made[-1].first.build())
    return made


def speaker(
    state: DrillState,
    step: SendingStep,
    contact: DeviceContact,
    decision: VerifiedDecision | None = None,
) -> Party:
    """Who sends the step's command to that device.

    Args:
        decision: what custody is shown, if not the latest.
    """
    broker = step.broker or state.broker_generation(contact)
    organisation, generation = sender_at(state, step, contact.entity_id)
    if step.stolen:
        return state.participants.attacker(
            step.by,
            generation,
            broker=broker,
            symmetric_key=_overheard(state, step),
            acting=step.acting,
            organisation=organisation,
        )
    return state.participants.party(
        step.by,
        generation,
        broker=broker,
        decision=decision or state.decision,
        acting=step.acting,
        organisation=organisation,
    )


def _overheard(state: DrillState, step: SendingStep) -> bytes | None:
    """The symmetric key, which travels in clear: an attacker who listens to the link reads it."""
    if not isinstance(step, UpdateStep) or step.overheard is None:
        return None
    keys = (
        UpdateCommand.decode(parse_message(kept.octets).payload).control.symmetric_key
        for kept in state.kept.get(step.overheard, {}).values()
    )
    return next(filter(None, keys), None)
