"""Plays a story: sets everything up, takes the steps one by one, and says how it went."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple

from firmware_sim.bench.drills.claim_steps import ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.claiming import play_claim, play_refer_breach
from firmware_sim.bench.drills.custody_log import CustodyLog
from firmware_sim.bench.drills.custody_steps import (
    play_ask_custody,
    play_ceremony,
    play_coordinate,
    play_issue,
    play_report,
)
from firmware_sim.bench.drills.deciding import (
    play_ask_information,
    play_close_meeting,
    play_decide,
    play_inform,
    play_meet,
)
from firmware_sim.bench.drills.delivery import CommandSender, Waits
from firmware_sim.bench.drills.following import Following
from firmware_sim.bench.drills.governing import (
    play_compromise,
    play_confirm,
    play_evidence,
    play_notify,
    play_prepare,
)
from firmware_sim.bench.drills.participants import IN_CUSTODY
from firmware_sim.bench.drills.people_steps import (
    AskCustodyStep,
    AskInformationStep,
    CeremonyStep,
    CloseMeetingStep,
    CompromiseStep,
    ConfirmStep,
    CoordinateStep,
    DecideStep,
    EvidenceStep,
    InformStep,
    IssueStep,
    MeetStep,
    NotifyStep,
    PrepareStep,
    ReportStep,
)
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
    ReadBackStep,
    ReplayStep,
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
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.committee import GateError
from firmware_sim.bench.governance.guidance import Guidance
from firmware_sim.bench.outcome import DevicesVerdict, ProcedureVerdict, RunVerdicts, Verdict
from firmware_sim.bench.progress import Progress
from firmware_sim.bench.smki.custody import CustodyError
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


_BY_CUSTODY = "the command is signed with the protected key"

_MANY = 50
"""Fewer homes are made before a bar would be seen."""

_PLAYERS: dict[type[Any], Callable[[DrillState, Any, StepLog], Awaitable[None]]] = {
    CompromiseStep: play_compromise,
    NotifyStep: play_notify,
    ConfirmStep: play_confirm,
    PrepareStep: play_prepare,
    MeetStep: play_meet,
    CloseMeetingStep: play_close_meeting,
    AskInformationStep: play_ask_information,
    InformStep: play_inform,
    DecideStep: play_decide,
    EvidenceStep: play_evidence,
    CeremonyStep: play_ceremony,
    CoordinateStep: play_coordinate,
    IssueStep: play_issue,
    ClaimActStep: play_claim,
    ReferBreachStep: play_refer_breach,
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
    guidance: Guidance | None = None,
) -> RunVerdicts:
    """Play a story; everything it saw is in the ledger, which stays open.

    Args:
        target: as `firmware_sim.bench.dut.opening.open_target` has it.
        premises: how many homes of four devices each.
        strict: an answer that is not DER fails its device, instead of a warning.
        seed: the same seed gives the same keys, certificates and messages.
        guidance: the SMKI Recovery Key Guidance; None for the one that comes with the project.

    Returns:
        Both verdicts. Devices are UNKNOWN if the bench could not go on, at a step whose reason says
        why, and NOT_ASKED if the story, as far as it was played, sent no device anything.

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
        state = setup.state(connected, ledger, progress, waits or Waits(), guidance)
        state.strict = strict
        verdicts = await _play(story, state)
        try:
            await _record_images(setup, connected, ledger, "after")
        except (BenchError, LinkError) as error:
            # A board that hangs, or is gone, cannot be read either: the step has said so.
            if verdicts.devices not in (DevicesVerdict.WRONG, DevicesVerdict.UNKNOWN):
                raise
            _log.info("no image at the end: %s", error)
    return verdicts


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


async def _play(story: Story, state: DrillState) -> RunVerdicts:
    following, playing = Following(state), _Playing(state)
    custody = CustodyLog(state)
    goes_on = True
    if devices_elsewhere(state):
        goes_on = await playing.play(_Presence())
    for number, step in enumerate(story.steps if goes_on else ()):
        if number == _first_of_people(story):
            for sentence in state.procedure.assumptions.sentences():
                state.record(GovernanceEvent.ASSUMPTION, sentence)
        state.progress.start(1, step.title)
        state.procedure.begin(step.name, state.clock.time)
        following.begin(step)
        goes_on = await playing.play(step)
        state.progress.advance()
        custody.write()
        following.end(step, playing.log)
        if not goes_on:
            break
        state.clock.advance(step.minutes)
    if playing.was_broken:
        # What people would have done after that is not known.
        followed = state.procedure.verdict is not ProcedureVerdict.NOT_FOLLOWED
        return playing.verdicts(None if followed else ProcedureVerdict.NOT_FOLLOWED)
    following.finish()
    return playing.verdicts(state.procedure.verdict)


def _first_of_people(story: Story) -> int | None:
    """Number of the first step about a Compromise; None in a story without one."""
    numbers = (at for at, step in enumerate(story.steps) if isinstance(step, CompromiseStep))
    return next(numbers, None)


class _Playing:
    """Plays steps one by one, and keeps what was found of devices.

    Attributes:
        was_broken: a step ended in an error, or with a device that cannot go on.
    """

    def __init__(self, state: DrillState) -> None:
        self._state = state
        self._of_devices: set[Verdict] = set()
        self._without_device = False
        self.was_broken = False
        self.log = StepLog(state.ledger, 0, state.clock)

    async def play(self, step: "Step | _Presence") -> bool:
        """Play a step; returns whether the next one can be played."""
        state = self._state
        number = state.ledger.step(step.name, step.title, at=state.clock.time)
        self.log = log = StepLog(state.ledger, number, state.clock, strict=state.strict)
        if isinstance(step, SendingStep) and step.role in IN_CUSTODY and not step.stolen:
            state.under_custody.append((number, state.participants.entity_id(step.by)))
        goes_on = False
        try:
            await _PLAYERS[type(step)](state, step, log)
            await _close(state, log)
        except DeviceFaultError as error:
            verdict, reason, self.was_broken = Verdict.FAILED, str(error), True
        except (CustodyError, GateError) as error:
            # People asked for what they may not have: it says nothing of a device, nor of us.
            verdict, reason = Verdict.SKIPPED, f"not sent: {error}"
            log.check(None, _BY_CUSTODY, verdict, "signed", "refused", str(error))
        except (BenchError, GbcsError, LinkError) as error:
            verdict, reason, self.was_broken = Verdict.ERROR, str(error), True
        except Exception as error:
            reason = f"the bench broke: {type(error).__name__}"
            state.ledger.finish_step(number, Verdict.ERROR, reason, at=state.clock.time)
            raise
        else:
            verdict, reason = log.verdict()
            goes_on = verdict is not Verdict.ERROR
            self.was_broken = not goes_on
            self._without_device |= not log.verdicts
        self._count(verdict)
        state.ledger.finish_step(number, verdict, reason, at=state.clock.time)
        return goes_on

    def verdicts(self, procedure: ProcedureVerdict | None) -> RunVerdicts:
        """Both, of all steps so far."""
        devices = DevicesVerdict.of(self._of_devices)
        return RunVerdicts(procedure, devices, self._without_device)

    def _count(self, step: Verdict) -> None:
        """A step may go wrong beside its checks; one that went well says nothing of a device."""
        if step in (Verdict.FAILED, Verdict.ERROR):
            self._of_devices.add(step)
        for contact, verdict, _ in self.log.verdicts:
            if contact is not None or verdict is Verdict.ERROR:
                self._of_devices.add(verdict)


async def _close(state: DrillState, log: StepLog) -> None:
    """Record what devices have sent besides: at the step, and the time, that it belongs to."""
    sender = CommandSender(state.target, state.waits, log)
    for contact in state.contacts:
        await sender.close(contact)
