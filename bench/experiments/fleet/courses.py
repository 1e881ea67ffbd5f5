"""Courses: devices to which the same happens, message by message, follow one representative.

What a device gets, and when, depends on its kind, on what was drawn for it, on its waves, and on
what the links do to each of its messages. Devices that have all of that in common get the same
commands at the same times, but for addressee, signature and MAC.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from firmware_sim.bench.drills.conditions import AtSize, DrillConditions
from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.link_chance import LinkChance, Passage
from firmware_sim.bench.drills.planned_faults import BadCertificate, PlannedCut, PlannedCuts
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.victims import Victim
from firmware_sim.bench.drills.wave_terms import sizes
from firmware_sim.bench.experiments.fleet.census import Census
from firmware_sim.gbcs.identifiers import EntityId

Value = TypeVar("Value")

_MORE: Final = 4
"""So many further messages may follow one that a link loses, delays or doubles."""


class DrawnFate(NamedTuple):
    """What was drawn for a device.

    Attributes:
        attackers: the numbers of those that come to it.
    """

    is_unreachable: bool = False
    cut: PlannedCut | None = None
    bad: BadCertificate | None = None
    attackers: tuple[int, ...] = ()


_ORDINARY: Final = DrawnFate()


class Course(NamedTuple):
    """What decides all that happens to a device.

    Attributes:
        kind: its number in the census.
        waves: in which wave of each step with waves it stands; -1 for none.
        links: what happens to each of its messages, and whether it is doubled.
    """

    kind: int
    fate: DrawnFate = _ORDINARY
    waves: tuple[int, ...] = ()
    links: tuple[tuple[Passage, bool], ...] = ()


class Courses:
    """The courses of a fleet.

    Args:
        key_of: the course of the device of a number, in the order of the estate.

    Attributes:
        of: for each device, the number of its course.
        all: the courses by their numbers.
        first: of each course, the number of the device that stands for it.
        devices: how many each course has.
    """

    def __init__(self, census: Census, key_of: Callable[[int, EntityId], Course]) -> None:
        numbers: dict[Course, int] = {}
        self.of = array("I")
        self.all: list[Course] = []
        self.first: list[EntityId] = []
        for index, device in enumerate(census.estate):
            key = key_of(index, device.entity_id)
            number = numbers.setdefault(key, len(numbers))
            if number == len(self.all):
                self.all.append(key)
                self.first.append(device.entity_id)
            self.of.append(number)
        counted = Counter(self.of)
        self.devices = [counted[number] for number in range(len(self.all))]

    @property
    def at_size(self) -> Mapping[EntityId, int]:
        """How many devices each representative stands for."""
        return dict(zip(self.first, self.devices, strict=True))


class Drawn:
    """What chance gave a fleet, as courses are told apart by it."""

    def __init__(self, census: Census, conditions: DrillConditions) -> None:
        self.census = census
        self._conditions = conditions
        special = {*conditions.unreachable, *conditions.cuts.to_come, *conditions.bad}
        for victims in conditions.victims.values():
            special.update(victims)
        self._fates = {entity: self._fate(entity) for entity in special}

    def without_links(self) -> Courses:
        """The courses if no message is lost and every step is one wave."""
        kind_of, fates = self.census.kind_of, self._fates
        ordinary = [Course(kind) for kind in range(len(self.census.kinds))]

        def key(index: int, entity: EntityId) -> Course:
            fate = fates.get(entity)
            return ordinary[kind_of[index]] if fate is None else Course(kind_of[index], fate)

        return Courses(self.census, key)

    def with_links(self, before: Courses, told: "Survey") -> Courses:
        """The courses as they are.

        Args:
            before: those without links.
            told: what their representatives did.
        """
        waves = self._waves(before, told)
        links = self._links(told)

        def key(index: int, entity: EntityId) -> Course:
            number = before.of[index]
            course = before.all[number]
            stands = tuple(each[index] for each in waves)
            if course.fate.is_unreachable or links is None:
                return course._replace(waves=stands)
            return course._replace(waves=stands, links=links(entity, told.messages[number]))

        return Courses(self.census, key)

    def conditions_of(self, courses: Courses) -> DrillConditions:
        """The drill's conditions for the representatives alone."""
        conditions, chosen = self._conditions, frozenset(courses.first)
        steps = _steps_with_waves(self.census.story)
        waves = {
            name: {
                entity: course.waves[place]
                for entity, course in zip(courses.first, courses.all, strict=True)
                if course.waves
            }
            for place, name in enumerate(step.name for step in steps)
        }
        return DrillConditions(
            seed=conditions.seed,
            taken=set(conditions.taken),
            unreachable=conditions.unreachable & chosen,
            cuts=PlannedCuts(_only(conditions.cuts.to_come, chosen)),
            bad=_only(conditions.bad, chosen),
            victims={
                number: {entity: Victim() for entity in victims if entity in chosen}
                for number, victims in conditions.victims.items()
            },
            at_size=AtSize(courses.at_size, waves),
        )

    def _fate(self, entity: EntityId) -> DrawnFate:
        conditions = self._conditions
        attackers = tuple(
            number for number, victims in conditions.victims.items() if entity in victims
        )
        cut, bad = conditions.cuts.to_come.get(entity), conditions.bad.get(entity)
        return DrawnFate(entity in conditions.unreachable, cut, bad, attackers)

    def _waves(self, before: Courses, told: "Survey") -> list["array[int]"]:
        """Of each step with waves, the wave of every device; the draw is the drill's own."""
        found = []
        for step in _steps_with_waves(self.census.story):
            asked = told.asked[step.name]
            entities = [
                device.entity_id
                for device, number in zip(self.census.estate, before.of, strict=True)
                if number in asked
            ]
            wave_of: dict[EntityId, int] = {}
            begin, order = 0, self._conditions.order(entities, f"waves of {step.name}")
            for number, size in enumerate(sizes(step.waves, len(order))):
                wave_of.update(dict.fromkeys(order[begin : begin + size], number))
                begin += size
            found.append(array("b", (wave_of.get(e.entity_id, -1) for e in self.census.estate)))
        return found

    def _links(
        self, told: "Survey"
    ) -> Callable[[EntityId, int], tuple[tuple[Passage, bool], ...]] | None:
        terms = self.census.story.links
        if terms is None or not (terms.loss or terms.duplicate or terms.late):
            return None
        draws, most = (
            LinkChance(terms, frozenset(), self._conditions.seed),
            _most_sends(self.census.story),
        )
        smooth = {number: ((Passage.SMOOTH, False),) * number for number in set(told.messages)}

        def links(entity: EntityId, messages: int) -> tuple[tuple[Passage, bool], ...]:
            found: list[tuple[Passage, bool]] = []
            last = messages
            while len(found) < last:
                number = len(found)
                found.append((draws.passage(entity, number), draws.is_doubled(entity, number)))
                if found[-1] != (Passage.SMOOTH, False):
                    last = min(last + _MORE, messages * most)
            return smooth[messages] if last == messages else tuple(found)

        return links


class Survey(NamedTuple):
    """What representatives did while no message was lost.

    Attributes:
        asked: of each update, the numbers of the courses that were sent it.
        messages: of each course, how many messages were sent to it.
    """

    asked: Mapping[str, frozenset[int]]
    messages: Sequence[int]


def _most_sends(story: Story) -> int:
    """Of one message: each attempt, and a reading that shows what came of it."""
    retries = (step.retry for step in story.steps if isinstance(step, UpdateStep))
    attempts = [Waits().attempts, *(retry.attempts for retry in retries if retry is not None)]
    return 2 * max(attempts)


def _steps_with_waves(story: Story) -> list[UpdateStep]:
    return [step for step in story.steps if isinstance(step, UpdateStep) and step.waves]


def _only(found: Mapping[EntityId, Value], chosen: Collection[EntityId]) -> dict[EntityId, Value]:
    return {entity: found[entity] for entity in found if entity in chosen}
