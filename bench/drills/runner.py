"""Plays a story: sets everything up, takes the steps one by one, and says how it went."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple

from firmware_sim.bench.drills.custody_log import CustodyLog
from firmware_sim.bench.drills.delivery import CommandSender, Waits
from firmware_sim.bench.drills.governing import (
    play_ask_custody,
    play_compromise,
    play_decide,
    play_meet,
    play_notify,
    play_report,
)
from firmware_sim.bench.drills.participants import IN_CUSTODY
from firmware_sim.bench.drills.presence import (
    STEP_NAME,
    STEP_TITLE,
    ask_devices_elsewhere,
    devices_elsewhere,
)
from firmware_sim.bench.drills.reading import play_read_back
from firmware_sim.bench.drills.refusing import play_replay
from firmware_sim.bench.drills.setup import DrillSetup, setting_up
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.story import (
    AskCustodyStep,
    CompromiseStep,
    DecideStep,
    MeetStep,
    NotifyStep,
    ReadBackStep,
    ReplayStep,
    ReportStep,
    SendingStep,
    Step,
    Story,
    UpdateStep,
)
from firmware_sim.bench.drills.updating import play_update
from firmware_sim.bench.dut.opening import named_target, open_target
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.ledger import Phase, RunLedger
from firmware_sim.bench.outcome import Outcome, RunVerdicts, Verdict
from firmware_sim.bench.progress import Progress
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.policy import Policy

_log = logging.getLogger(__name__)


class _Presence(NamedTuple):
    """The step that no story has: it comes first where other programs serve devices."""

    name: str = STEP_NAME
    title: str = STEP_TITLE


async def _play_presence(state: DrillState, _step: _Presence, log: StepLog) -> None:
    await ask_devices_elsewhere(state, log)


_MANY = 50
"""Fewer homes are made before a bar would be seen."""

_PLAYERS: dict[type[Any], Callable[[DrillState, Any, StepLog], Awaitable[None]]] = {
    CompromiseStep: play_compromise,
    NotifyStep: play_notify,
    MeetStep: play_meet,
    DecideStep: play_decide,
    AskCustodyStep: play_ask_custody,
    ReportStep: play_report,
    ReadBackStep: play_read_back,
    UpdateStep: play_update,
    ReplayStep: play_replay,
    _Presence: _play_presence,
}


async def run_drill(  # noqa: PLR0913 - one parameter a choice of the user
    story: Story,
    *,
    target: str,
    premises: int,
    seed: int,
    ledger: RunLedger,
    progress: Progress,
    policy: Policy | None = None,
    waits: Waits | None = None,
    strict: bool = False,
) -> Outcome:
    """Play a story; everything it saw is in the ledger, which stays open.

    Args:
        target: as `firmware_sim.bench.dut.opening.open_target` has it.
        premises: how many homes of four devices each.
        strict: an answer that is not DER fails its device, instead of a warning.
        seed: the same seed gives the same keys, certificates and messages.

    Returns:
        The outcome. FAILED means that a device did wrong; ERROR that the bench could not go
        on, at a step whose reason says why; NOTHING_RAN that a step, or the whole story,
        addressed no device.

    Raises:
        UsageError: no such target, or a number of premises that cannot be.
        BenchError: the broker or board is not there. Nothing has been played then.
    """
    chosen = policy or Policy()
    named = named_target(target)
    named.check_policy(chosen)
    present = named.device_types()
    work = setting_up(story, premises=premises, seed=seed, policy=chosen, present=present)
    setup = await _made(work, premises, progress)
    ledger.follow(lambda: setup.clock.time)
    for contact in setup.contacts:
        home = setup.home_of[contact.entity_id]
        ledger.device(contact.entity_id, contact.device_type.name, home)
        await asyncio.sleep(0)
    async with open_target(target, setup.premises) as connected:
        await _record_images(setup, connected, ledger, "before")
        state = setup.state(connected, ledger, progress, waits or Waits())
        state.strict = strict
        verdicts = await _play(story, state)
        outcome = _outcome(ledger, verdicts)
        try:
            await _record_images(setup, connected, ledger, "after")
        except (BenchError, LinkError) as error:
            # A board that hangs, or is gone, cannot be read either: the step has said so.
            if outcome not in (Outcome.FAILED, Outcome.ERROR):
                raise
            _log.info("no image at the end: %s", error)
    return outcome


async def _made(
    work: Generator[int, None, DrillSetup], premises: int, progress: Progress
) -> DrillSetup:
    """The setup; between two homes, an interruption ends it."""
    if premises >= _MANY:
        progress.start(premises, "Making the homes")
    while True:
        try:
            next(work)
        except StopIteration as end:
            setup: DrillSetup = end.value
            return setup
        progress.advance()
        await asyncio.sleep(0)


async def _record_images(
    setup: DrillSetup, target: Target, ledger: RunLedger, phase: Phase
) -> None:
    for entity in setup.devices:
        await asyncio.sleep(0)
        image = await target.image(entity)
        if image is not None:
            ledger.image(entity, phase, image, target.wear(entity))


async def _play(story: Story, state: DrillState) -> list[Verdict]:
    verdicts = []
    custody = CustodyLog(state.custody, state.ledger)
    if devices_elsewhere(state):
        verdict, goes_on = await _play_step(_Presence(), state)
        verdicts.append(verdict)
        if not goes_on:
            return verdicts
    for step in story.steps:
        state.progress.start(1, step.title)
        verdict, goes_on = await _play_step(step, state)
        state.progress.advance()
        custody.write()
        verdicts.append(verdict)
        if not goes_on:
            break
        state.clock.advance(step.minutes)
    return verdicts


async def _play_step(step: "Step | _Presence", state: DrillState) -> tuple[Verdict, bool]:
    """The step's verdict, and whether the next one can be played."""
    number = state.ledger.step(step.name, step.title, at=state.clock.time)
    log = StepLog(state.ledger, number, state.clock, strict=state.strict)
    if isinstance(step, SendingStep) and step.role in IN_CUSTODY and not step.stolen:
        state.under_custody.append((number, state.participants.entity_id(step.by)))
    try:
        await _PLAYERS[type(step)](state, step, log)
        await _close(state, log)
    except DeviceFaultError as error:
        verdict, reason, goes_on = Verdict.FAILED, str(error), False
    except (BenchError, GbcsError, LinkError) as error:
        verdict, reason, goes_on = Verdict.ERROR, str(error), False
    except Exception as error:
        reason = f"the bench broke: {type(error).__name__}"
        state.ledger.finish_step(number, Verdict.ERROR, reason, at=state.clock.time)
        raise
    else:
        verdict, reason = log.verdict()
        goes_on = verdict is not Verdict.ERROR
    state.ledger.finish_step(number, verdict, reason, at=state.clock.time)
    return verdict, goes_on


async def _close(state: DrillState, log: StepLog) -> None:
    """Record what devices have sent besides: at the step, and the time, that it belongs to."""
    sender = CommandSender(state.target, state.waits, log)
    for contact in state.contacts:
        await sender.close(contact)


def _outcome(ledger: RunLedger, verdicts: list[Verdict]) -> Outcome:
    idle = Verdict.SKIPPED in verdicts
    return RunVerdicts(None, ledger.devices_verdict(), step_without_device=idle).outcome
