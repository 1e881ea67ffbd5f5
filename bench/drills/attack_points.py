"""Where in a story an attacker acts, and what an author can get wrong about that."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.attacker_terms import AttackAct, AttackerTerm, AttackPoint
from firmware_sim.bench.drills.checking_rules import Found
from firmware_sim.bench.drills.compromise_steps import CompromiseStep, NotifyStep
from firmware_sim.bench.drills.meeting_steps import DecideStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_terms import PREPAYMENT_CELL
from firmware_sim.bench.evidence.run_info import attack_step
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.gbcs.policy import Policy


class AttackStep(NamedTuple):
    """The step that no story writes down: an attacker acts, at one of its points.

    Attributes:
        attacker: its number in the story, from 0.
    """

    attacker: int
    point: AttackPoint

    @property
    def do(self) -> str:
        """What it does, as a step of a story says it."""
        return "attack"

    @property
    def name(self) -> str:
        """By which the record names it."""
        return attack_step(self.attacker + 1, self.point.value)

    @property
    def title(self) -> str:
        """In one line for people."""
        return f"The attacker acts, {self.point.value}"


def attacks_before(story: Story, number: int) -> Iterator[AttackStep]:
    """What attackers do just before a step, by its place from 0; the number of steps is the end."""
    for attacker, term in enumerate(story.attacker):
        for point in AttackPoint:
            if point in term.at and place_of(story.steps, term, point) == number:
                yield AttackStep(attacker, point)


def place_of(steps: tuple[Step, ...], term: AttackerTerm, point: AttackPoint) -> int | None:
    """The step before which a point lies; None if the story does not come to it."""
    falls = (at for at, step in enumerate(steps) if _gives_key(step, term))
    begin = next(falls, None)
    if begin is None:
        return None
    later = list(enumerate(steps))[begin + 1 :]
    if point is AttackPoint.BEFORE_NOTICE:
        return next((at for at, step in later if isinstance(step, NotifyStep)), None)
    updates = [at for at, step in later if is_partys_update(step)]
    if point is AttackPoint.AFTER:
        return updates[-1] + 1 if updates else None
    decisions = (
        at for at, step in later if isinstance(step, DecideStep) and step.expect == "decided"
    )
    decided = next(decisions, len(steps))
    return next((at for at in updates if at > decided), None)


def attacker_mistakes(story: Story, _policy: Policy) -> Iterator[Found]:
    """What is wrong between attackers and steps."""
    for number, term in enumerate(story.attacker):
        place = ("attacker", number)
        names = [step.name for step in story.steps if isinstance(step, CompromiseStep)]
        step = next((step for step in story.steps if step.name == term.since), None)
        if not isinstance(step, CompromiseStep):
            yield (*place, "from"), no_compromise(term.since, names)
            continue
        if why := _not_given(story, step, term):
            yield (*place, "holds"), why
            continue
        yield from (((*place, key), why) for key, why in _not_by_that_key(term))
        for point in term.at:
            if place_of(story.steps, term, point) is None:
                yield (*place, "at"), f"after {term.since} the story comes to no {point.value!r}"
        if bool(term.does) != bool(term.at):
            lacks = "at" if term.does else "does"
            yield (*place, lacks), "say what it does and when, or neither"


def no_compromise(since: str, names: Collection[str]) -> str:
    """What is wrong with the name of a step that gives an attacker its key."""
    return f"no compromise step is named {since!r}{suggestion(since, names)}"


def _not_by_that_key(term: AttackerTerm) -> Iterator[tuple[str, str]]:
    """What the key that it holds is not good for, by the key of the story that says it."""
    if not term.prints:
        if AttackAct.PRINT in term.does:
            yield "does", f"tokens are made with {PREPAYMENT_CELL}, which it does not hold"
        return
    others = [act.value for act in term.does if act is not AttackAct.PRINT]
    if others:
        yield "does", f"a prepayment key makes tokens, and nothing else: no {', '.join(others)}"
    if term.does and term.via is None:
        yield "via", "no meter takes a top-up without the Broker's MAC; add via: broker"
    if term.own_certificate is not None:
        yield "own certificate", "a prepayment key puts no certificate into a cell; leave it out"


def _not_given(story: Story, step: CompromiseStep, term: AttackerTerm) -> str:
    """Why a step does not give an attacker what it holds; empty if it does."""
    if step.fallen is not term.key or step.generation != term.generation:
        return f"{step.name} gives it {step.fallen} of generation {step.generation}, not this key"
    role = term.key.owners
    names = () if role is None else story.effective_population.organisations.get(role, ())
    owner = step.party or (names[0] if len(names) == 1 else "")
    if term.organisation and term.organisation != owner:
        return f"{step.name} gives it the key of {owner or 'another'}, not of {term.organisation}"
    if step.copied is False:
        return f"{step.name} gives nobody a copy of the key"
    return ""


def _gives_key(step: Step, term: AttackerTerm) -> bool:
    return isinstance(step, CompromiseStep) and step.name == term.since


def is_partys_update(step: Step) -> bool:
    """Whether a party, and no attacker with its key, sends updates in a step."""
    return isinstance(step, UpdateAgainStep) or (isinstance(step, UpdateStep) and not step.stolen)
