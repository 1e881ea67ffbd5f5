"""A story in a few words: what falls, how it is mended, on which devices, and how it must end."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.authoring.timeline import Moment, timeline
from firmware_sim.bench.drills.ceremony_steps import AskCustodyStep
from firmware_sim.bench.drills.compromise_steps import CompromiseStep
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.governance.scope import RecoveryMethod
from firmware_sim.bench.outcome import DevicesVerdict, ProcedureVerdict
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole

CONTINGENCY: Final = "Contingency"
_BROKER: Final = RemotePartyRole.ACCESS_CONTROL_BROKER


class Outline(NamedTuple):
    """What a story is about.

    Attributes:
        falls: the keys that fall, in words.
        methods: ``1``, ``2``, ``3`` or ``Contingency``: how credentials are replaced afterwards.
        devices: types that a command goes to.
        ends: when the last step begins, on the drill's clock.
        positives: steps in which a device or the people must be able to do something.
        negatives: steps in which they must not.
        procedure, devices_verdict: both verdicts of a run that goes as the story tells: as it
            declares them, or else as its steps let expect.
    """

    story: Story
    falls: tuple[str, ...]
    methods: tuple[str, ...]
    devices: tuple[DeviceType, ...]
    ends: datetime
    positives: int
    negatives: int
    procedure: ProcedureVerdict
    devices_verdict: DevicesVerdict


def outline(story: Story, policy: Policy | None = None) -> Outline:
    """The outline of a sound story."""
    moments = tuple(timeline(story, policy or Policy()))
    return outline_of(story, moments)


def outline_of(story: Story, moments: tuple[Moment, ...]) -> Outline:
    """The same from a timeline that is there already."""
    steps = story.steps
    falls = [each for each in steps if isinstance(each, CompromiseStep)]
    addressed = [each for each in moments if isinstance(each.step, SendingStep)]
    kinds = dict.fromkeys(kind for each in addressed for kind in each.cells)
    checked = [each for each in moments if each.expected]
    negatives = sum(each.must_fail for each in checked)
    declared = story.verdicts.values
    acted = falls or any(_asks_custody(step) for step in steps)
    usual = ProcedureVerdict.FOLLOWED if acted else ProcedureVerdict.NOTHING_TO_FOLLOW
    return Outline(
        story=story,
        falls=tuple(_key(each) for each in falls),
        methods=tuple(dict.fromkeys(_methods(steps))),
        devices=tuple(kinds),
        ends=moments[-1].at,
        positives=len(checked) - negatives,
        negatives=negatives,
        procedure=declared.procedure or usual,
        devices_verdict=declared.devices or _devices(story, is_asked=bool(kinds)),
    )


def _devices(story: Story, *, is_asked: bool) -> DevicesVerdict:
    if not is_asked:
        return DevicesVerdict.NOT_ASKED
    is_cut_off = story.links is not None and story.links.unreachable is not None
    return DevicesVerdict.OUTSTANDING if is_cut_off else DevicesVerdict.RIGHT


def _key(step: CompromiseStep) -> str:
    return words.fallen_key(step.fallen, step.generation, step.party or "")


def _asks_custody(step: Step) -> bool:
    if isinstance(step, SendingStep):
        return step.role in IN_CUSTODY and not step.stolen
    return isinstance(step, AskCustodyStep)


def _methods(steps: tuple[Step, ...]) -> Iterator[str]:
    """In order; a party's own key is Method 1 only where no protected key came first."""
    fallen: set[RemotePartyRole | None] = set()
    was_protected = False
    for step in steps:
        if isinstance(step, CompromiseStep):
            fallen.add(step.fallen.role)
        if not isinstance(step, UpdateStep) or step.stolen or step.expect != "accepted":
            continue
        if step.role is RemotePartyRole.ROOT:
            yield CONTINGENCY
        elif step.role is RemotePartyRole.RECOVERY:
            is_broker = step.holder is _BROKER
            yield f"{RecoveryMethod.BROKER if is_broker else RecoveryMethod.NEW:d}"
        elif step.role in fallen and not was_protected:
            yield f"{RecoveryMethod.OWN_KEY:d}"
        was_protected |= step.role in IN_CUSTODY
