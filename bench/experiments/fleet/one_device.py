"""Any single device of a finished fleet: its course is followed once more, message by message."""

from typing import NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.fleet.orders import CourseOrder
from firmware_sim.bench.experiments.fleet.python_group import PythonGroups, addressed_to
from firmware_sim.bench.experiments.fleet.recorded_fleet import RecordedFleet
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.refusals import RefusalReason


class Exchanged(NamedTuple):
    """One input of the device, and what it made of it.

    Attributes:
        sent: no octets if it was asked for what had fallen due.
        refusal: in words; empty if it refused nothing.
    """

    order: CourseOrder
    sent: bytes
    refusal: str
    answers: tuple[bytes, ...]


class OneDevice(NamedTuple):
    """A device of a fleet.

    Attributes:
        image: its flash at the end.
        differs: it did otherwise than its representative.
    """

    entity: EntityId
    course: int
    fate: str
    exchanged: tuple[Exchanged, ...]
    image: bytes
    differs: bool


def entity_named(text: str) -> EntityId:
    """An Entity Identifier in 16 hexadecimal digits.

    Raises:
        UsageError: it is none.
    """
    try:
        return EntityId(bytes.fromhex(text.replace("-", "").replace(":", "")))
    except (ValueError, GbcsError):
        raise UsageError(f"{text!r:.40} is no EUI-64", "give 16 hexadecimal digits") from None


def follow_one(fleet: RecordedFleet, entity: EntityId) -> OneDevice:
    """Take one device through its course again, in Python.

    Raises:
        UsageError: the fleet has no such device.
    """
    number = fleet.course_of_device(entity)
    if number is None:
        raise UsageError(f"the fleet has no device {entity}", "stuck.csv lists some")
    course, groups = fleet.plan.courses[number], PythonGroups(fleet.plan.seed)
    group = groups.make(fleet.plan.kinds[course.kind], [entity])
    exchanged = []
    for order in course.orders:
        [effects] = group.effects(order)
        reason = "" if effects.refusal is None else RefusalReason(effects.refusal.reason).label
        sent = addressed_to(order, group.contacts[0])
        exchanged.append(Exchanged(order, sent, reason, effects.messages))
    wrong = {each.device for shard in fleet.contents.shards.values() for each in shard.different}
    image, differs = group.image(0), str(entity) in wrong
    return OneDevice(entity, number, course.fate, tuple(exchanged), image, differs)
