"""The governance drill of a fleet: the story, played by the drill's own code, at representatives.

People act once, as in any drill, and the record of that is a record of a drill. Every device in it
stands for those of its course.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from firmware_sim.bench.drills.conditions import DeliveryEffort, DrillConditions
from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.lots import lay_links
from firmware_sim.bench.drills.outcomes import fate_of, recovered_at
from firmware_sim.bench.drills.participants import Participants
from firmware_sim.bench.drills.runner import DrillEnding, play_story
from firmware_sim.bench.drills.setup import DrillSetup, set_up
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.taking_part import tell_device
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.wan import Wan
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.experiments.fleet.census import Census
from firmware_sim.bench.experiments.fleet.courses import Courses, Drawn, Survey
from firmware_sim.bench.experiments.fleet.recorded import Received, RecordedDevices
from firmware_sim.bench.progress import Progress
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy


class GovernanceLedger(RunLedger):
    """A ledger that knows which step is written."""

    present = 0
    names: tuple[str, ...] = ()

    def step(self, name: str, title: str, *, at: datetime | None = None) -> int:
        """A step of the story begins; returns its number."""
        self.present = super().step(name, title, at=at)
        self.names = (*self.names, name)
        return self.present


class UpdateTold(NamedTuple):
    """What became of a representative in one update of a party.

    Attributes:
        attempts: how often its command was sent; 0 if it was not.
        settled: when it was known to be done, in seconds since 1970; None if that is not known.
    """

    step: str
    fate: str
    attempts: int
    settled: int | None


class AtDevice(NamedTuple):
    """What became of a representative.

    Attributes:
        received: everything that reached it.
        fate: what became of it in all updates.
        updates: what became of it in each.
        messages: how many messages were sent to it, lost ones among them.
        image: its flash at the end.
        recovered: when it was after a Compromise, in seconds since 1970; None if it was not.
    """

    received: tuple[Received, ...]
    fate: str
    updates: tuple[UpdateTold, ...]
    messages: int
    image: bytes
    recovered: int | None


@dataclass(frozen=True, slots=True)
class Played:
    """A governance drill that is over.

    Attributes:
        steps: their names, in the order of their numbers, from 1.
        devices: the representatives.
        asked: of each update, the devices that were sent it.
    """

    ending: DrillEnding
    setup: DrillSetup
    steps: tuple[str, ...]
    devices: Mapping[EntityId, AtDevice]
    asked: Mapping[str, frozenset[EntityId]]

    @property
    def participants(self) -> Participants:
        """The parties, and the keys that were stolen from them."""
        return self.setup.participants

    def survey(self, courses: Courses) -> Survey:
        """What it tells of courses without links."""
        number = {entity: place for place, entity in enumerate(courses.first)}
        asked = {step: frozenset(number[e] for e in them) for step, them in self.asked.items()}
        return Survey(asked, [self.devices[entity].messages for entity in courses.first])


def without_links(story: Story) -> Story:
    """The story if no message were lost and every step were one wave."""
    steps = tuple(
        step.model_copy(update={"waves": (), "stop": None, "retry": None})
        if isinstance(step, UpdateStep)
        else step
        for step in story.steps
    )
    return story.model_copy(update={"links": None, "steps": steps})


async def play_governance(
    story: Story,
    census: Census,
    drawn: Drawn,
    courses: Courses,
    ledger: GovernanceLedger,
    progress: Progress,
) -> Played:
    """Play a story at the representatives of courses.

    Raises:
        BenchError: it cannot be played, or a device was sent more than its links were drawn for.
    """
    chosen = frozenset(courses.first)
    setup = set_up(
        story,
        premises=census.size.premises,
        seed=census.seed,
        policy=Policy(),
        some=census.estate.only(chosen),
    )
    ledger.follow(lambda: setup.clock.time)
    ledger.let_rows_wait()
    for contact in setup.contacts:
        device = setup.estate[contact.entity_id]
        tell_device(ledger, device, has_owner=story.names_organisations)
    devices = RecordedDevices(setup.premises, lambda: ledger.present, lambda: setup.clock.time)
    state = setup.state(devices, ledger, progress, Waits())
    state.conditions = drawn.conditions_of(courses)
    lay_links(state, story)
    ending = await play_story(story, state)
    found = {}
    for course, entity in zip(courses.all, courses.first, strict=True):
        messages = _sent(state, devices, entity)
        if course.links and messages > len(course.links):
            text = f"{entity} was sent {messages} messages, and {len(course.links)} were foreseen"
            raise BenchError(text, "report it: a course is longer than the fleet allows for")
        found[entity] = await _at_device(state, devices, entity, messages)
    asked = {step: frozenset(them) for step, them in state.conditions.results.items()}
    return Played(ending, setup, ledger.names, found, asked)


def _sent(state: DrillState, devices: RecordedDevices, entity: EntityId) -> int:
    if isinstance(state.target, Wan):
        return state.target.sent(entity)
    return sum(each.octets is not None for each in devices.received[entity])


async def _at_device(
    state: DrillState, devices: RecordedDevices, entity: EntityId, messages: int
) -> AtDevice:
    recovered = recovered_at(state, entity)
    return AtDevice(
        tuple(devices.received[entity]),
        fate_of(state, entity).value,
        tuple(_updates(state.conditions, entity)),
        messages,
        await devices.image(entity) or b"",
        None if recovered is None else int(recovered.timestamp()),
    )


def _updates(conditions: DrillConditions, entity: EntityId) -> Iterator[UpdateTold]:
    for step, results in conditions.results.items():
        if entity in results:
            effort = conditions.efforts.get(step, {}).get(entity, DeliveryEffort(0, None))
            settled = None if effort.settled is None else int(effort.settled.timestamp())
            yield UpdateTold(step, results[entity].fate.value, effort.attempts, settled)
