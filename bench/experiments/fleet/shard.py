"""A shard: some homes of a fleet, each device taken through its course, and what came of it.

A shard depends on the plan and on its number, and on nothing else: it gives the same summary
wherever it runs, and however often.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from time import process_time
from typing import Final, NamedTuple

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.experiments.fleet.groups import GroupEngine
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard, entities_of
from firmware_sim.gbcs.identifiers import EntityId

JUDGED_OF: Final = 1_000
"""One device in so many is run again by the device in Python, and every one that differs."""


class Different(NamedTuple):
    """A device that did otherwise than its representative.

    Attributes:
        step: number of the step, from 1.
        problem: what it did.
    """

    device: str
    course: int
    step: int
    problem: str


class ShardSummary(NamedTuple):
    """What is kept of a shard.

    Attributes:
        courses: devices by number of their course.
        different: devices that did otherwise than their representatives.
        stuck: devices that are not recovered, with their course, where the story updates any.
        digest: SHA-256 over the flash of every device at the end, in the order of courses and of
            devices within each.
        seconds: CPU time.
        judged: devices that ran again in Python.
        unequal: those of them whose flash was another.
    """

    number: int
    engine: str
    devices: int
    courses: tuple[tuple[int, int], ...]
    different: tuple[Different, ...]
    digest: str
    seconds: float
    stuck: tuple[tuple[str, int], ...] = ()
    judged: tuple[str, ...] = ()
    unequal: tuple[str, ...] = ()


def run_shard(
    plan: FleetPlan, shard: Shard, engine: GroupEngine, judge: GroupEngine | None
) -> ShardSummary:
    """Run a shard.

    Args:
        judge: runs some devices again; None for none.
    """
    begin = process_time()
    entities = entities_of(plan, shard)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, course in enumerate(shard.courses):
        places[course].append(place)
    digest, different = sha256(), list[Different]()
    judged, unequal = list[str](), list[str]()
    first = shard.first * len(plan.size.types)
    for course in sorted(places):
        members = places[course]
        for begin_at in range(0, len(members), engine.most):
            part = members[begin_at : begin_at + engine.most]
            found = _run_group(plan, course, [entities[place] for place in part], engine)
            digest.update(b"".join(found.digests))
            different += found.different
            if judge is None:
                continue
            wrong = {each.device for each in found.different}
            for place, image in zip(part, found.digests, strict=True):
                entity = entities[place]
                if (first + place) % JUDGED_OF == 0 or str(entity) in wrong:
                    judged.append(str(entity))
                    if judged_image(plan, course, entity, judge) != image:
                        unequal.append(str(entity))
    counts = tuple((course, len(members)) for course, members in sorted(places.items()))
    return ShardSummary(
        shard.number,
        engine.name,
        len(entities),
        counts,
        tuple(different),
        digest.hexdigest(),
        process_time() - begin,
        tuple(_stuck(plan, shard, entities)),
        tuple(judged),
        tuple(unequal),
    )


def judged_image(plan: FleetPlan, course: int, entity: EntityId, judge: GroupEngine) -> bytes:
    """The digest of a device's flash, SHA-256, once the judge has run it."""
    return _run_group(plan, course, [entity], judge).digests[0]


class _Found(NamedTuple):
    digests: list[bytes]
    different: list[Different]


def _run_group(
    plan: FleetPlan, number: int, entities: Sequence[EntityId], engine: GroupEngine
) -> _Found:
    course = plan.courses[number]
    group = engine.make(plan.kinds[course.kind], entities)
    wrong: dict[EntityId, Different] = {}
    for order in course.orders:
        for entity, problem in zip(entities, group.follow(order), strict=True):
            if problem and entity not in wrong:
                wrong[entity] = Different(str(entity), number, order.step, problem)
    digests = [sha256(group.image(place)).digest() for place in range(len(entities))]
    return _Found(digests, list(wrong.values()))


def _stuck(
    plan: FleetPlan, shard: Shard, entities: Sequence[EntityId]
) -> Iterator[tuple[str, int]]:
    for entity, number in zip(entities, shard.courses, strict=True):
        course = plan.courses[number]
        if course.updates and course.fate != DeviceFate.RECOVERED:
            yield str(entity), number
