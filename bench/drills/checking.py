"""What no single line of a story shows: whether its steps can be taken, one after the other.

Each mistake is an author's, found before anything runs. What only a run can show, such as whether
a device obeys, is no mistake.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Final

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.checking_cells import (
    provision_mistakes,
    read_back_mistakes,
    update_mistakes,
)
from firmware_sim.bench.drills.checking_issued import IssuedSoFar
from firmware_sim.bench.drills.checking_organisations import (
    estate_mistakes,
    organisation_mistakes,
)
from firmware_sim.bench.drills.earning import rule_mistakes
from firmware_sim.bench.drills.execute_terms import execution_mistakes
from firmware_sim.bench.drills.fallen_keys import FallenName, keys_to_act_as
from firmware_sim.bench.drills.fault_terms import fault_mistakes
from firmware_sim.bench.drills.faults import faulty_updates
from firmware_sim.bench.drills.participants import IN_CUSTODY, SPEAKERS
from firmware_sim.bench.drills.people_steps import (
    CaseStep,
    CeremonyStep,
    CloseMeetingStep,
    CompromiseStep,
    DecideStep,
    LeaveStep,
    MeetStep,
    ReportStep,
)
from firmware_sim.bench.drills.repeating import again_mistakes
from firmware_sim.bench.drills.step_length import longest
from firmware_sim.bench.drills.story import (
    ReadBackStep,
    RefusalExpected,
    ReplayStep,
    SendingStep,
    Step,
    Story,
    UpdateStep,
)
from firmware_sim.bench.drills.wave_terms import wave_mistakes
from firmware_sim.bench.files.yaml_mistakes import Location, suggestion
from firmware_sim.bench.governance.committee import Office
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.parties.party import MODES_OF
from firmware_sim.bench.smki.custody import PERMITS
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.shares import Custodians
from firmware_sim.gbcs.policy import Policy

Found = tuple[Location, str]
"""The path of keys to a value, and what is wrong with it."""

_VALIDITY: Final = Parameters()


def mistakes_of(story: Story, policy: Policy) -> Iterator[Found]:
    """Every mistake that an author can make between the lines.

    Args:
        policy: decides with others which cells devices have.
    """
    yield from _time_mistakes(story)
    yield from estate_mistakes(story, policy)
    yield from provision_mistakes(story, policy)
    yield from rule_mistakes(story)
    yield from _assumption_mistakes(story)
    updates = {name: (step.cells, step.install) for name, step in faulty_updates(story).items()}
    yield from fault_mistakes(story.faults, updates)
    yield from again_mistakes(story)
    so_far = _SoFar(Custodians(total=story.assumptions.custodians).names)
    issued = IssuedSoFar(story)
    for number, step in enumerate(story.steps):
        found = chain(
            so_far.mistakes(step),
            organisation_mistakes(story, step),
            issued.mistakes(step),
            _cell_mistakes(story, step, policy),
        )
        yield from ((("steps", number, *path), text) for path, text in found)
        so_far.take(step)
        issued.take(step)


def _time_mistakes(story: Story) -> Iterator[Found]:
    """A drill whose certificates are not valid yet, or expire on the way, shows nothing."""
    first, last = _VALIDITY.not_before, _VALIDITY.party_not_after
    span = f"the drill's certificates are valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    if not first <= story.start <= last:
        yield ("start",), f"{span}; start within"
    elif sum(map(longest, story.steps[:-1]), timedelta()) > last - story.start:
        yield ("start",), f"{span}, and the last step begins later; start earlier"


def _assumption_mistakes(story: Story) -> Iterator[Found]:
    chosen = story.assumptions
    if chosen.needed > chosen.custodians:
        text = f"{chosen.needed} of {chosen.custodians} custodians cannot come together"
        yield ("assumptions", "needed"), text


def _cell_mistakes(story: Story, step: Step, policy: Policy) -> Iterator[Found]:
    if isinstance(step, UpdateStep):
        yield from update_mistakes(story, step, policy)
        has_statuses = isinstance(step.expect, dict)
        yield from execution_mistakes(step.execute, story.start, has_statuses=has_statuses)
        is_refused = isinstance(step.expect, RefusalExpected)
        yield from wave_mistakes(step.waves, step.stop, is_refused=is_refused)
    elif isinstance(step, ReadBackStep):
        yield from read_back_mistakes(story, step, policy)


class _SoFar:
    """What the steps before have brought about."""

    def __init__(self, custodians: Collection[str]) -> None:
        self._custodians = custodians
        self._cases: list[str] = []
        self._names: set[str] = set()
        self._kept: set[str] = set()
        self._stolen: set[tuple[FallenName, int, str | None]] = set()
        self._has_met = False
        self._present: set[Office] = set()
        self._outcome: DecisionOutcome | None = None

    def take(self, step: Step) -> None:
        """Add what a step brings about."""
        self._names.add(step.name)
        if isinstance(step, CompromiseStep):
            self._cases.append(step.name)
            if step.copied is not False:
                self._stolen.add((step.fallen, step.generation, step.party))
        elif isinstance(step, MeetStep):
            self._has_met = True
            self._present = {seat.office for seat in step.present}
        elif isinstance(step, LeaveStep):
            self._present -= set(step.offices)
        elif isinstance(step, DecideStep) and step.expect == "decided":
            self._outcome = step.outcome
        elif isinstance(step, SendingStep) and step.keep is not None:
            self._kept.add(step.keep)

    def mistakes(self, step: Step) -> Iterator[Found]:
        """What a step needs and the steps before do not give."""
        if step.name in self._names:
            yield ("name",), f"two steps are named {step.name!r}"
        yield from self._kept_mistakes(step)
        yield from self._case_mistakes(step)
        if isinstance(step, DecideStep | LeaveStep | CloseMeetingStep) and not self._has_met:
            yield ("do",), "no meeting has been called before it; put a meet step first"
        elif isinstance(step, LeaveStep):
            for number, office in enumerate(step.offices):
                if office not in self._present:
                    near = suggestion(office, self._present)
                    yield ("offices", number), f"{office} is not there and cannot leave{near}"
        if isinstance(step, CeremonyStep):
            for number, name in enumerate(step.present):
                if name not in self._custodians:
                    near = suggestion(name, self._custodians)
                    yield ("present", number), f"there is no Key Custodian {name!r}{near}"
        if isinstance(step, SendingStep):
            yield from self._sender_mistakes(step)

    def _case_mistakes(self, step: Step) -> Iterator[Found]:
        if not isinstance(step, CaseStep):
            return
        # An early report or meeting is no mistake of the author's: the procedure verdict tells.
        may_be_early = isinstance(step, MeetStep | ReportStep)
        if step.about is not None and step.about not in self._cases:
            near = suggestion(step.about, self._cases)
            yield ("about",), f"no compromise step before it is named {step.about!r}{near}"
        elif not self._cases and not may_be_early:
            yield ("do",), "nothing is compromised before it; put a compromise step first"

    def _kept_mistakes(self, step: Step) -> Iterator[Found]:
        key = "kept" if isinstance(step, ReplayStep) else "overheard"
        name = getattr(step, key, None)
        if name is not None and name not in self._kept:
            near = suggestion(name, self._kept)
            yield (key,), f"step {step.name!r} uses {name!r}, not kept before it{near}"

    def _sender_mistakes(self, step: SendingStep) -> Iterator[Found]:
        if step.acting is not None and not IN_CUSTODY.keys().isdisjoint((step.acting, step.by)):
            yield ("as",), f"{step.by.label} does not act as {step.acting.label}"
        elif step.stolen:
            yield from self._thief_mistakes(step)
        elif step.role not in SPEAKERS or step.by not in SPEAKERS:
            key = "by" if step.by not in SPEAKERS else "as"
            known = ", ".join(role.label for role in SPEAKERS)
            wrong = (step.by if key == "by" else step.role).label
            yield (key,), f"no party of a drill acts as {wrong}; use one of {known}"
        else:
            yield from self._custody_mistakes(step)
            yield from _mode_mistakes(step)

    def _thief_mistakes(self, step: SendingStep) -> Iterator[Found]:
        acting = {(name, step.credentials) for name in keys_to_act_as(step.by)}
        # Without a name it is the one organisation of the role; another name is a mistake itself.
        fitting = {
            (name, generation)
            for name, generation, whose in self._stolen
            if None in (whose, step.party) or whose == step.party
        }
        if acting.isdisjoint(fitting):
            key = words.role_key(step.by, step.credentials, step.party or "")
            yield ("stolen",), f"no step before it stole {key}; put a compromise step first"

    def _custody_mistakes(self, step: SendingStep) -> Iterator[Found]:
        key = IN_CUSTODY.get(step.role)
        if key is None or (self._outcome is not None and key in PERMITS[self._outcome]):
            return
        wanted = next(outcome for outcome, opened in PERMITS.items() if key in opened)
        text = f"no decision before it opens the {key} key; put a decide step {wanted} first"
        yield ("by",), text


def _mode_mistakes(step: SendingStep) -> Iterable[Found]:
    if isinstance(step, UpdateStep) and step.mode not in MODES_OF[step.role]:
        allowed = ", ".join(sorted(mode.label for mode in MODES_OF[step.role]))
        text = f"{step.role.label} does not use {step.mode.label}; it uses {allowed}"
        return [(("mode",), text)]
    return []
