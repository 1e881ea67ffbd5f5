"""A shard: some homes of a fleet, each device taken through its course, and what came of it.

A shard depends on the plan and on its number, and on nothing else: it gives the same summary
wherever it runs, and however often.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from time import process_time
from typing import Final, NamedTuple

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.experiments.fleet.delta import delta_of
from firmware_sim.bench.experiments.fleet.groups import GroupEngine
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard, entities_of
from firmware_sim.gbcs.identifiers import EntityId

JUDGED_OF: Final = 1_000
"""One device in so many is run again by the device in Python, and every one that differs."""


_ERASED: Final = b"\xff" * 1024


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


class KeptDevice(NamedTuple):
    """A device of which everything is kept: it differed, or is of the sample.

    Attributes:
        delta: of its flash at the end, in hexadecimal digits; the template is the flash of its
            course's representative on the same engine.
    """

    device: str
    course: int
    delta: str


class ShardSummary(NamedTuple):
    """What is kept of a shard.

    Attributes:
        courses: devices by number of their course.
        different: devices that did otherwise than their representatives.
        stuck: devices that are not recovered, with their course, where the story updates any.
        digest: SHA-256 over those of the flash of every device at the end, as `image_digest` has
            it, in the order of courses and of devices within each.
        seconds: CPU time.
        kept: the devices of the sample, and those that differed.
        judged: devices that ran again in Python.
        unequal: those of them whose flash was another.
        starting: CPU seconds that its process took to start; None if it was not the first there.
        following: the part of `seconds` in which devices followed their orders.
    """

    number: int
    engine: str
    devices: int
    courses: tuple[tuple[int, int], ...]
    different: tuple[Different, ...]
    digest: str
    seconds: float
    stuck: tuple[tuple[str, int], ...] = ()
    kept: tuple[KeptDevice, ...] = ()
    judged: tuple[str, ...] = ()
    unequal: tuple[str, ...] = ()
    starting: float | None = None
    following: float = 0.0


def run_shard(
    plan: FleetPlan, shard: Shard, engine: GroupEngine, judge: GroupEngine | None
) -> ShardSummary:
    """Run a shard.

    Args:
        judge: runs some devices again; None for none.
    """
    begin, following = process_time(), 0.0
    entities = entities_of(plan, shard)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, course in enumerate(shard.courses):
        places[course].append(place)
    digest, different, kept = sha256(), list[Different](), list[KeptDevice]()
    judged, unequal = list[str](), list[str]()
    for course, members in sorted(places.items()):
        for begin_at in range(0, len(members), engine.most):
            part = members[begin_at : begin_at + engine.most]
            sample = [entities[place] for place in part if _is_sampled(plan, shard, place)]
            found = _run_group(plan, course, [entities[p] for p in part], engine, sample)
            following += found.following
            digest.update(b"".join(found.digests))
            different += found.different
            kept += _kept(plan, course, found.images, engine)
            for entity, image in found.images.items() if judge is not None else ():
                judged.append(str(entity))
                if judge and image_at_end(plan, course, entity, judge) != image:
                    unequal.append(str(entity))
    return ShardSummary(
        shard.number,
        engine.name,
        len(entities),
        tuple((course, len(members)) for course, members in sorted(places.items())),
        tuple(different),
        digest.hexdigest(),
        process_time() - begin,
        tuple(_stuck(plan, shard, entities)),
        tuple(kept),
        tuple(judged),
        tuple(unequal),
        following=following,
    )


def _is_sampled(plan: FleetPlan, shard: Shard, place: int) -> bool:
    return (shard.first * len(plan.size.types) + place) % JUDGED_OF == 0


def _kept(
    plan: FleetPlan, course: int, images: Mapping[EntityId, bytes], engine: GroupEngine
) -> Iterator[KeptDevice]:
    if not images:
        return
    first = plan.courses[course].representative
    template = image_at_end(plan, course, first, engine)
    for entity, image in images.items():
        yield KeptDevice(str(entity), course, delta_of(template, image).hex())


def image_digest(image: bytes) -> bytes:
    """SHA-256 over a flash without the kibibytes at its end that are erased."""
    end = len(image)
    while image.endswith(_ERASED, 0, end):
        end -= len(_ERASED)
    return sha256(image[:end]).digest()


def image_at_end(plan: FleetPlan, course: int, entity: EntityId, engine: GroupEngine) -> bytes:
    """A device's flash at the end, once an engine has run it by itself."""
    return _run_group(plan, course, [entity], engine, [entity]).images[entity]


class _Found(NamedTuple):
    """Digests of all flashes, in order; images of those that are wanted, and that differed.

    Attributes:
        following: CPU seconds in which orders were followed.
    """

    digests: list[bytes]
    images: dict[EntityId, bytes]
    different: list[Different]
    following: float


def _run_group(
    plan: FleetPlan,
    number: int,
    entities: Sequence[EntityId],
    engine: GroupEngine,
    wanted: Collection[EntityId],
) -> _Found:
    course = plan.courses[number]
    group = engine.make(plan.kinds[course.kind], entities)
    wrong: dict[EntityId, Different] = {}
    begin = process_time()
    for order in course.orders:
        for entity, problem in zip(entities, group.follow(order), strict=True):
            if problem and entity not in wrong:
                wrong[entity] = Different(str(entity), number, order.step, problem)
    following = process_time() - begin
    digests, images = list[bytes](), dict[EntityId, bytes]()
    for place, entity in enumerate(entities):
        image = group.image(place)
        digests.append(image_digest(image))
        if entity in wrong or entity in wanted:
            images[entity] = image
    return _Found(digests, images, list(wrong.values()), following)


def _stuck(
    plan: FleetPlan, shard: Shard, entities: Sequence[EntityId]
) -> Iterator[tuple[str, int]]:
    for entity, number in zip(entities, shard.courses, strict=True):
        course = plan.courses[number]
        if course.updates and course.fate != DeviceFate.RECOVERED:
            yield str(entity), number
