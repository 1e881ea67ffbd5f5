"""Plays a story: sets everything up, takes the steps one by one, and says how it went."""

import logging
from collections.abc import Generator, Iterable
from typing import NamedTuple

from firmware_sim.bench.drills.attack_points import attacks_before
from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.custody_log import tell_custody
from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.device_clocks import check_clocks
from firmware_sim.bench.drills.faults import check_target
from firmware_sim.bench.drills.following import Following
from firmware_sim.bench.drills.hub_exchange import check_exchange
from firmware_sim.bench.drills.issued import GENERATIONS_RULE
from firmware_sim.bench.drills.lots import has_shares, prepare
from firmware_sim.bench.drills.playing import PresenceStep, StepPlayer
from firmware_sim.bench.drills.presence import devices_elsewhere
from firmware_sim.bench.drills.rehearsals import tell_rehearsal
from firmware_sim.bench.drills.repeating import as_played
from firmware_sim.bench.drills.safe_point import safe_point
from firmware_sim.bench.drills.setup import DrillSetup, setting_up
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.taking_part import tell_device
from firmware_sim.bench.drills.verdict_terms import VerdictTerms
from firmware_sim.bench.dut.opening import named_target, open_target
from firmware_sim.bench.dut.target import Reach, Target
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.accounts.procedure import DeclaredVerdicts, ProcedureFault
from firmware_sim.bench.evidence.database import iso
from firmware_sim.bench.evidence.ledger import Phase, RunLedger
from firmware_sim.bench.evidence.run_info import GovernanceEvent, InputText
from firmware_sim.bench.evidence.wording import sentence
from firmware_sim.bench.governance.guidance import Guidance
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict, RunVerdicts
from firmware_sim.bench.population.shares import ROUNDING
from firmware_sim.bench.progress import Progress, StepProgress
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

_log = logging.getLogger(__name__)


_MANY = 50
"""Fewer homes are made before a bar would be seen."""


class DrillEnding(NamedTuple):
    """How a drill ended.

    Attributes:
        departures: where the procedure was not followed, a sentence each, in order.
    """

    verdicts: RunVerdicts
    departures: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Both verdicts in one word."""
        return self.verdicts.outcome

    @property
    def reason(self) -> str:
        """Why the procedure was not followed; empty if it was, or if something outweighs that."""
        if self.outcome is Outcome.NOT_AS_DECLARED:
            return _not_as_declared(self.verdicts)
        if self.outcome is not Outcome.PROCEDURE_NOT_FOLLOWED:
            return ""
        first, *others = self.departures
        more = f" (and {len(others)} more)" if others else ""
        return f"{sentence(first)}{more}."


def _not_as_declared(verdicts: RunVerdicts) -> str:
    words = zip(("procedure", "devices"), verdicts.declared, verdicts[:2], strict=True)
    told = (f"{what}: {said} declared, and {came}" for what, said, came in words
            if said not in (None, came))  # fmt: skip
    return f"{sentence('; '.join(told))}."


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
    inventory: InputText | None = None,
    only: frozenset[DeviceType] | None = None,
) -> DrillEnding:
    """Play a story; everything it saw is in the ledger, which stays open.

    Args:
        target: as `firmware_sim.bench.dut.opening.open_target` has it.
        premises: how many homes of four devices each.
        strict: an answer that is not DER fails its device, instead of a warning.
        seed: the same seed gives the same keys, certificates and messages.
        guidance: the SMKI Recovery Key Guidance; None for the one that comes with the project.
        inventory: the text of the file that the story names as its inventory.
        only: the device types that take part, of those that the target has; None for all.

    Returns:
        Both verdicts, and why the procedure was not followed. Devices are UNKNOWN if the bench
        could not go on, at a step whose reason says why, and NOT_ASKED if the story, as far as it
        was played, sent no device anything.

    Raises:
        UsageError: no such target, or a number of premises that cannot be.
        BenchError: the broker or board is not there. Nothing has been played then.
    """
    chosen = policy or Policy()
    named = named_target(target)
    named.check_policy(chosen)
    check_target(story, target, cuts_power=named.cuts_power)
    present = named.device_types() if only is None else only
    work = setting_up(
        story, premises=premises, seed=seed, policy=chosen, present=present, inventory=inventory
    )
    setup = await _made(work, premises, progress)
    ledger.follow(lambda: setup.clock.time)
    for contact in setup.contacts:
        device = setup.estate[contact.entity_id]
        tell_device(ledger, device, has_owner=story.names_organisations)
        await safe_point()
    async with open_target(target, setup.premises) as connected:
        check_exchange(setup, target, connected)
        if all(connected.reach(each) is Reach.INSIDE for each in setup.devices):
            ledger.let_rows_wait()
        state = setup.state(connected, ledger, progress, waits or Waits(), guidance)
        state.strict = strict
        check_clocks(story, state)
        prepare(state, story, seed)
        await _record_images(setup.devices, connected, ledger, "before")
        ending = await play_story(story, state)
        try:
            every = [*setup.devices, *state.hubs.old]
            await _record_images(every, connected, ledger, "after")
        except (BenchError, LinkError) as error:
            # A board that hangs, or is gone, cannot be read either: the step has said so.
            devices = ending.verdicts.devices
            if not devices.is_bad and devices is not DevicesVerdict.UNKNOWN:
                raise
            _log.info("no image at the end: %s", error)
    return ending


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
        await safe_point()


async def _record_images(
    devices: Iterable[EntityId], target: Target, ledger: RunLedger, phase: Phase
) -> None:
    for entity in devices:
        await safe_point()
        image = await target.image(entity)
        if image is not None:
            ledger.image(entity, phase, image, target.wear(entity))


async def play_story(story: Story, state: DrillState) -> DrillEnding:
    """Play every step, with all that it needs in place; the ledger stays open."""
    following, playing = Following(state), StepPlayer(state, story.verdicts.values)
    _begin(story, state)
    state.custody_told = len(state.custody.events)
    state.progress = steps = StepProgress(state.progress, len(story.steps))
    goes_on = True
    if devices_elsewhere(state):
        goes_on = await playing.play(PresenceStep())
    for number, written in enumerate(story.steps if goes_on else ()):
        await safe_point()
        if not await _attack(story, number, playing):
            goes_on = False
            break
        step = as_played(story, written)
        if number == _first_of_people(story):
            for sentence in state.procedure.assumptions.sentences():
                state.record(GovernanceEvent.ASSUMPTION, sentence)
        steps.begin(number + 1)
        steps.start(1, step.title)
        state.procedure.begin(step.name, state.clock.time)
        if number == 0 and story.rehearsal is not None:
            tell_rehearsal(state, story.rehearsal)
        following.begin(step)
        goes_on = await playing.play(step)
        state.progress.advance()
        tell_custody(state)
        following.end(step, playing.log)
        if not goes_on:
            break
        state.clock.advance(step.minutes)
    else:
        goes_on = goes_on and await _attack(story, len(story.steps), playing)
    return _end(state, following, playing)


async def _attack(story: Story, number: int, playing: StepPlayer) -> bool:
    """What attackers do just before a step; returns whether it can be played."""
    for attack in attacks_before(story, number):
        if not await playing.play(attack):
            return False
    return True


def _begin(story: Story, state: DrillState) -> None:
    if story.verdicts != VerdictTerms():
        state.ledger.account(DeclaredVerdicts(**story.verdicts.values._asdict()))
    if state.has_population:
        state.record(GovernanceEvent.ASSUMPTION, GENERATIONS_RULE)
    if has_shares(story):
        state.conditions.told_rounding = True
        state.record(GovernanceEvent.ASSUMPTION, ROUNDING)


def _end(state: DrillState, following: Following, playing: StepPlayer) -> DrillEnding:
    if not playing.was_broken:
        following.finish(is_whole=not playing.is_cut_short)
    if playing.was_broken or playing.is_cut_short:
        # What people would have done after that is not known.
        followed = state.procedure.verdict is not ProcedureVerdict.NOT_FOLLOWED
        verdict = None if followed else ProcedureVerdict.NOT_FOLLOWED
    else:
        verdict = state.procedure.verdict
    for each in state.procedure.departures:
        rule, clause = each.invariant or "order", f"SEC {each.clause}"
        fault = ProcedureFault(rule=rule, clause=clause, reason=each.text, at=iso(each.at))
        state.ledger.account(fault)
    departures = tuple(map(str, state.procedure.departures))
    return DrillEnding(playing.verdicts(verdict), departures)


def _first_of_people(story: Story) -> int | None:
    """Number of the first step about a Compromise; None in a story without one."""
    numbers = (at for at, step in enumerate(story.steps) if isinstance(step, CompromiseStep))
    return next(numbers, None)
