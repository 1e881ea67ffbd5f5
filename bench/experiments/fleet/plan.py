"""The plan of a fleet: all that shards need, worked out once from story, size and seed.

The same story, size and seed give the same plan everywhere. It holds simulation keys, as every run
does; it goes to the workers and into no file.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.home_seed import SEED_OCTETS, home_seed_of
from firmware_sim.bench.drills.replay_step import ReplayStep
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.dut.simulated.estate_cells import CellCertificates, certificates_of_estate
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.experiments.fleet.census import Census, Size
from firmware_sim.bench.experiments.fleet.courses import Course, Courses
from firmware_sim.bench.experiments.fleet.governance import AtDevice, Played, UpdateTold
from firmware_sim.bench.experiments.fleet.keys import FleetKeys
from firmware_sim.bench.experiments.fleet.orders import CourseOrder, orders_of
from firmware_sim.bench.population.estate import Estate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.drbg import HmacDrbg

SHARD_DEVICES: Final = 5_000
"""About so many devices make a shard: a second or two of work."""


class FleetKind(NamedTuple):
    """What devices of one kind are made from.

    Attributes:
        certificates: what their cells hold at first, but for the root's.
    """

    device_type: DeviceType
    supplier: str
    network_operator: str
    certificates: CellCertificates


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """One course, as a shard follows it.

    Attributes:
        representative: the device that the governance drill was played at.
        image: digest of its flash at the end, SHA-256; empty if it got what no other device gets.
        recovered: as `AtDevice` has it.
    """

    kind: int
    representative: EntityId
    orders: tuple[CourseOrder, ...] = field(repr=False)
    fate: str
    updates: tuple[UpdateTold, ...]
    image: bytes
    recovered: int | None


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """A fleet before its shards run.

    Attributes:
        seed: of the fleet.
        courses: by their numbers.
        digest: of all that decides results, SHA-256.
        beside: names of steps that only representatives play.
    """

    seed: int
    size: Size
    kinds: tuple[FleetKind, ...]
    courses: tuple[CoursePlan, ...]
    digest: str
    beside: tuple[str, ...] = ()

    @property
    def homes_in_shard(self) -> int:
        """A shard has whole homes."""
        return max(1, SHARD_DEVICES // len(self.size.types))


class Shard(NamedTuple):
    """What one shard is told besides the plan.

    Attributes:
        number: from 0.
        first: number of its first home.
        courses: of each of its devices, in the order of homes and types.
    """

    number: int
    first: int
    courses: "array[int]"


def make_plan(census: Census, courses: Courses, played: Played) -> FleetPlan:
    """The plan, from a governance drill that is over.

    Raises:
        BenchError: a representative answered with no message.
    """
    keys = FleetKeys(played.participants, census.story, played.setup.clock.time)
    beside = _beside(census, played)
    contacts = {contact.entity_id: contact for contact in played.setup.contacts}
    made = tuple(
        _course(course, contacts[entity], played.devices[entity], keys, beside)
        for course, entity in zip(courses.all, courses.first, strict=True)
    )
    kinds = tuple(_kinds(census, played))
    digest = _digest(census, made, courses)
    names_beside = tuple(played.steps[number - 1] for number in sorted(beside))
    return FleetPlan(census.seed, census.size, kinds, made, digest, names_beside)


def shards_of(plan: FleetPlan, course_of: "array[int]") -> Iterator[Shard]:
    """Every shard, in order."""
    homes, types = plan.homes_in_shard, len(plan.size.types)
    for number, first in enumerate(range(0, plan.size.premises, homes)):
        courses = course_of[first * types : (first + homes) * types]
        yield Shard(number, first, courses)


def entities_of(plan: FleetPlan, shard: Shard) -> list[EntityId]:
    """The devices of a shard, in the order of its courses."""
    mark = mark_of(plan.seed)
    homes = range(shard.first, shard.first + len(shard.courses) // len(plan.size.types))
    return [device_entity_id(kind, home, mark) for home in homes for kind in plan.size.types]


def mark_of(seed: int) -> bytes:
    """Two octets that the identifiers of a fleet bear."""
    return HmacDrbg(home_seed(seed), b"run").generate(2)


def home_seed(seed: int) -> bytes:
    """32 octets that the devices of a fleet draw from."""
    return home_seed_of(seed.to_bytes(SEED_OCTETS, "big"))


def _beside(census: Census, played: Played) -> frozenset[int]:
    """Numbers of steps that use keys: what is sent there is each device's own."""
    uses = {step.name for step in census.story.steps if isinstance(step, UseStep)}
    kept = {step.keep for step in census.story.steps if isinstance(step, UseStep)} - {None}
    uses |= {
        step.name
        for step in census.story.steps
        if isinstance(step, ReplayStep) and step.kept in kept
    }
    return frozenset(number for number, name in enumerate(played.steps, 1) if name in uses)


def _course(
    course: Course,
    contact: DeviceContact,
    told: AtDevice,
    keys: FleetKeys,
    beside: frozenset[int],
) -> CoursePlan:
    orders = tuple(orders_of(told.received, contact, keys, beside))
    is_whole = len(orders) == len(told.received)
    image = sha256(told.image).digest() if is_whole else b""
    fate, updates = told.fate, told.updates
    return CoursePlan(course.kind, contact.entity_id, orders, fate, updates, image, told.recovered)


def _kinds(census: Census, played: Played) -> Iterator[FleetKind]:
    for device in census.kinds:
        certificates = certificates_of_estate(Estate([device]), played.participants.issued)
        yield FleetKind(
            device.device_type,
            device.responsible_supplier,
            device.network_operator,
            certificates[device.entity_id],
        )


def _digest(census: Census, courses: Sequence[CoursePlan], of: Courses) -> str:
    """Of all that decides what shards find; keys show in what they sign."""
    size = census.size
    parts = sha256(f"{census.seed} {size.premises} {[*map(int, size.types)]}".encode())
    for course in courses:
        head = (course.kind, course.representative.hex(), course.fate, course.updates)
        parts.update(repr(head).encode() + course.image)
        for order in course.orders:
            parts.update(repr((order.step, order.at, order.cut, order.reason)).encode())
            parts.update(order.command or b"")
            parts.update(b"" if order.due_answer is None else order.due_answer.answer)
    parts.update(of.of.tobytes())
    return parts.hexdigest()
