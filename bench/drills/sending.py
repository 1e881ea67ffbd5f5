"""What all steps that send messages share, and the step that only sends messages again.

Who is the sender, who are the recipients, and what must a refusal show?
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.checks import check_refused, compare_holdings, image_holdings
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.state import NO_IMAGE, Cells, DrillState, Kept
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.story import ReadBackStep, RefusalExpected, ReplayStep, UpdateStep
from firmware_sim.bench.dut.target import Seen
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand


@dataclass(frozen=True, slots=True)
class Plan:
    """One command for one device, built before any is sent.

    Building in the order of devices, not of answers, keeps Originator Counters the same in
    every run.
    """

    contact: DeviceContact
    party: Party
    first: Message


async def plans(
    state: DrillState,
    step: ReadBackStep | UpdateStep,
    is_addressed: Callable[[DeviceContact], bool],
    build: Callable[[Party, DeviceContact], Message],
) -> list[Plan]:
    """The commands of a step, for every device that it addresses; kept if the step says so."""
    made = []
    for contact in state.contacts:
        await asyncio.sleep(0)  # so that an interruption ends it
        is_wanted = not step.devices or contact.device_type in step.devices
        if is_wanted and is_addressed(contact):
            party = speaker(state, step, contact)
            made.append(Plan(contact, party, build(party, contact)))
            state.keep(step.keep, contact, made[-1].first.build())
    return made


def speaker(state: DrillState, step: ReadBackStep | UpdateStep, contact: DeviceContact) -> Party:
    """Who sends the step's command to that device."""
    broker = step.broker or state.broker_generation(contact)
    if step.stolen:
        return state.participants.attacker(
            step.by,
            step.credentials,
            broker=broker,
            symmetric_key=_overheard(state, step),
            acting=step.acting,
        )
    return state.participants.party(
        step.by,
        step.credentials,
        broker=broker,
        decision=state.decision,
        acting=step.acting,
    )


def _overheard(state: DrillState, step: ReadBackStep | UpdateStep) -> bytes | None:
    """The symmetric key, which travels in clear: an attacker who listens to the link reads it."""
    if not isinstance(step, UpdateStep) or step.overheard is None:
        return None
    keys = (
        UpdateCommand.decode(parse_message(kept.octets).payload).control.symmetric_key
        for kept in state.kept.get(step.overheard, {}).values()
    )
    return next(filter(None, keys), None)


async def send_all_for_refusal(
    state: DrillState, messages: list[Kept], expected: RefusalExpected, log: StepLog, title: str
) -> None:
    """Send messages that devices must refuse, with no cell changed by it."""
    sender = CommandSender(state.target, state.waits, log)

    async def send(kept: Kept) -> None:
        before = await state.image_cells(kept.contact)
        seen = await sender.send_for_refusal(kept.contact, kept.octets)
        after = await state.image_cells(kept.contact)
        with log.together():
            _judge_refusal(log, kept.contact, seen, expected)
            _judge_change(log, kept.contact, before, after)

    await for_each(messages, send, state.progress, title)


async def play_replay(state: DrillState, step: ReplayStep, log: StepLog) -> None:
    """Every message that was kept under the step's name, octet by octet."""
    captured = list(state.kept.get(step.kept, {}).values())
    await send_all_for_refusal(state, captured, step.expect, log, step.title)


def _judge_change(
    log: StepLog, contact: DeviceContact, before: Cells | None, after: Cells | None
) -> None:
    name = "no cell changed"
    if before is None or after is None:
        log.check(contact, name, Verdict.SKIPPED, reason=NO_IMAGE)
        return
    held, holds = image_holdings(before), image_holdings(after)
    log.find(contact, compare_holdings(name, held, holds, "as before"))


def _judge_refusal(
    log: StepLog, contact: DeviceContact, seen: Seen, expected: RefusalExpected
) -> None:
    finding = check_refused(seen, expected.refused)
    if seen != Seen():
        log.find(contact, finding)
        return
    # Without a sign that the message arrived, nothing can be said of the device.
    reason = f"{finding.reason}, nor that it arrived"
    log.check(contact, finding.name, Verdict.ERROR, finding.expected, "silence", reason)
