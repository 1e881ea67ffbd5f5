"""The waves of one update step: who is sent the command when, and when no further wave begins."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.command_result import CommandResult
from firmware_sim.bench.drills.conditions import DeviceResult
from firmware_sim.bench.drills.custody_log import tell_custody
from firmware_sim.bench.drills.exposed import attacker_replaced
from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.rounds import NOT_SIGNED, Attempted, at_once, in_rounds
from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.wave_terms import STOP_RULE, WAVES_RULE, parts
from firmware_sim.bench.evidence.accounts.devices import Wave
from firmware_sim.bench.evidence.database import iso
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wave_words import STOPS_AFTER
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.outcome import Verdict

NOT_ASKED: Final = "asked"
"""The check of a device that a stopped step did not come to."""


class WorkAtDevice(Attempted, Protocol):
    """The update of one device."""

    contact: DeviceContact
    result: CommandResult | None
    outcome: DeviceResult | None


Planned = Callable[[Sequence[DeviceContact]], Awaitable[Sequence[WorkAtDevice]]]
"""Builds the commands of some devices, in their order."""


async def send_in_waves(
    state: DrillState,
    step: UpdateStep,
    log: StepLog,
    contacts: Sequence[DeviceContact],
    planned: Planned,
) -> None:
    """Send every device its command: in waves if the step has some, else all in one go."""
    if not step.waves or not contacts:
        await _send(state, step, await planned(contacts))
        return
    _tell_rules(state, step)
    waves = _waves(state, step, contacts)
    for number, (name, devices) in enumerate(waves, 1):
        begin, works = state.clock.time, list[WorkAtDevice]()
        try:
            works += await planned(devices)
            await _send(state, step, works)
        except NOT_SIGNED as error:
            # E.g. the decision has expired meanwhile: what was not sent will not be sent.
            _end_wave(state, step, (name, devices), begin, works)
            _leave_out(state, step, log, waves[number if works else number - 1 :], str(error))
            raise
        _end_wave(state, step, (name, devices), begin, works)
        stopped = _reason_to_stop(state, step, name, works)
        if stopped:
            state.record(GovernanceEvent.WAVES, stopped)
            _leave_out(state, step, log, waves[number:], stopped)
            break


def _end_wave(
    state: DrillState,
    step: UpdateStep,
    wave: tuple[str, Sequence[DeviceContact]],
    begin: datetime,
    works: Sequence[WorkAtDevice],
) -> None:
    name, devices = wave
    tell_custody(state)
    if works:
        times = begin, state.clock.time
        state.ledger.account(_told(state, step, name, times, devices, works))


def _waves(
    state: DrillState, step: UpdateStep, contacts: Sequence[DeviceContact]
) -> list[tuple[str, list[DeviceContact]]]:
    """Name and devices of each wave; of a fleet's representatives, as the fleet's draw put them."""
    at_size = state.conditions.at_size
    if at_size is None:
        return list(parts(step.waves, _drawn_order(state, step, contacts)))
    numbers = at_size.waves[step.name]
    return [
        (wave.title(number + 1), [each for each in contacts if numbers[each.entity_id] == number])
        for number, wave in enumerate(step.waves)
    ]


def _drawn_order(
    state: DrillState, step: UpdateStep, contacts: Sequence[DeviceContact]
) -> list[DeviceContact]:
    by_entity = {each.entity_id: each for each in contacts}
    order = state.conditions.order(by_entity, f"waves of {step.name}")
    return [by_entity[entity] for entity in order]


async def _send(state: DrillState, step: UpdateStep, works: Sequence[WorkAtDevice]) -> None:
    try:
        if step.retry is None:
            await at_once(works, state.progress, step.title)
        else:
            pause = partial(_pause, state, step.retry.minutes)
            await in_rounds(works, step.retry, pause, state.progress, step.title)
    finally:
        _tell(state, step, works)


def _pause(state: DrillState, minutes: int) -> None:
    """What custody has signed until now is told with the time that it was until now."""
    tell_custody(state)
    state.clock.advance(minutes)


def _tell(state: DrillState, step: UpdateStep, works: Sequence[WorkAtDevice]) -> None:
    for each in works:
        if each.outcome is not None and step.stolen:
            attacker_replaced(state, each.contact.entity_id, each.outcome.replaced)
        elif each.outcome is not None:
            state.conditions.tell(step.name, each.contact.entity_id, each.outcome)


def _tell_rules(state: DrillState, step: UpdateStep) -> None:
    state.record(GovernanceEvent.WAVES, WAVES_RULE)
    if step.stop is not None:
        state.record(GovernanceEvent.WAVES, STOP_RULE)


def _reason_to_stop(
    state: DrillState, step: UpdateStep, name: str, works: Sequence[WorkAtDevice]
) -> str:
    """Why no further wave begins; empty if one does."""
    counted = Counter[DeviceFate]()
    for each in works:
        if each.outcome is not None and each.result is not None and each.result.attempts == 1:
            counted[each.outcome.fate] += state.conditions.stands_for(each.contact.entity_id)
    failed = counted[DeviceFate.FAILED]
    that_count = counted.total() - counted[DeviceFate.UNREACHABLE]
    if step.stop is None or not step.stop.stops(failed, that_count):
        return ""
    of = count(that_count, "device")
    why = f"{failed:,} of {of} that count failed ({step.stop})"
    return f"{step.name}{STOPS_AFTER}{name}: {why}"


def _leave_out(
    state: DrillState,
    step: UpdateStep,
    log: StepLog,
    waves: Sequence[tuple[str, Sequence[DeviceContact]]],
    why: str,
) -> None:
    for name, devices in waves:
        times = state.clock.time, None
        state.ledger.account(_told(state, step, name, times, devices, ()))
    for contact in (contact for _, devices in waves for contact in devices):
        log.check(contact, NOT_ASKED, Verdict.SKIPPED, reason=f"not asked: {why}")
        missed = frozenset(selected_cells(step.cells, contact.cells))
        result = DeviceResult(DeviceFate.NOT_ASKED, frozenset(), missed, is_excused=True)
        state.conditions.tell(step.name, contact.entity_id, result)


def _told(
    state: DrillState,
    step: UpdateStep,
    name: str,
    times: tuple[datetime, datetime | None],
    devices: Sequence[DeviceContact],
    works: Sequence[WorkAtDevice],
) -> Wave:
    begin, end = times
    stands_for = state.conditions.stands_for
    fates, retried = Counter[DeviceFate](), 0
    for each in works:
        number = stands_for(each.contact.entity_id)
        if each.outcome is not None:
            fates[each.outcome.fate] += number
        if each.result is not None and each.result.attempts > 1:
            retried += number
    whole = sum(stands_for(each.entity_id) for each in devices)
    return Wave(
        name=name,
        step=step.name,
        started=iso(begin),
        finished=None if end is None else iso(end),
        devices=whole,
        recovered=fates[DeviceFate.RECOVERED],
        failed=fates[DeviceFate.FAILED],
        unreachable=fates[DeviceFate.UNREACHABLE],
        retried=retried,
        not_asked=whole - sum(stands_for(each.contact.entity_id) for each in works),
    )
