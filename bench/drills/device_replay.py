"""One device of a run once more: from its image before the run, by the messages that it got.

No party is needed: a device is a function of its flash, of the time, of what reaches it, and of
when its power fails. So every answer, and the flash at the end, must be the same to the last bit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from firmware_sim.bench.drills.kept_devices import KeptDevices
from firmware_sim.bench.drills.replayed_links import ReplayedLinks
from firmware_sim.bench.drills.step_log import NOT_REACHED, PUT_ASIDE
from firmware_sim.bench.drills.wan import LATE
from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.record_rows import DeviceRecord
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.areas import geometry_of
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.ports import ClockReading, ClockReliability
from firmware_sim.machine.store import StoreError

MakeDevice = Callable[[Geometry], DeviceUnderTest]
"""A device under test with such a flash."""


class ReplayDifference(NamedTuple):
    """Where a device did otherwise than its record says.

    Attributes:
        message: number of the message that came otherwise, or was answered so; None of an image.
        octet: the first that differs, from 0; None if a whole message is missing or too many.
    """

    message: int | None
    octet: int | None
    problem: str

    def __str__(self) -> str:
        place = "flash image" if self.message is None else f"message {self.message}"
        octet = "" if self.octet is None else f", octet {self.octet}"
        return f"{place}{octet}: {self.problem}"


@dataclass
class DeviceReplay:
    """What one device did once more.

    Attributes:
        messages: how many it was sent.
        answers: how many of its recorded messages came again, to the last bit.
        is_whole: whether its flash at the end is recorded, and was compared.
        differences: in the order in which they were found.
    """

    entity: str
    type: str
    messages: int = 0
    answers: int = 0
    is_whole: bool = False
    differences: list[ReplayDifference] = field(default_factory=list)


class KeptMessage(NamedTuple):
    """A message of the record, by its number there."""

    id: int
    octets: bytes


class DeviceExchange(NamedTuple):
    """A message to a device, and what the device sent until the next one.

    Attributes:
        step: number of the step.
        ticks: when something fell due meanwhile, as an alert of then tells.
        late: what came then of the answers to messages before.
    """

    at: datetime
    step: int
    sent: KeptMessage
    came: tuple[KeptMessage, ...]
    ticks: tuple[datetime, ...] = ()
    late: tuple[KeptMessage, ...] = ()


def replay_device(kept: KeptDevices, device: DeviceRecord, make: MakeDevice) -> DeviceReplay:
    """Let a device under test be one of a run, and do once more what that did.

    Args:
        make: gives a device under test that can be given any image, and its clock set.

    Raises:
        UsageError: there is no image to begin from, or it is not the one of the record.
    """
    found = DeviceReplay(device.entity, device.type)
    under_test = _begun(kept.image_before(device), device, make)
    if _digest(under_test.image()) != device.image_before:
        found.differences.append(ReplayDifference(None, None, "the device begins with another"))
        return found
    links = kept.links_of(device.entity)
    for exchange in exchanges(kept, device.entity):
        _ask(exchange, links, under_test, found)
    if device.image_after is not None:
        found.is_whole = True
        found.differences += _of_image(kept, device, under_test.image())
    return found


def _begun(image: bytes, device: DeviceRecord, make: MakeDevice) -> DeviceUnderTest:
    try:
        under_test = make(geometry_of(image))
        under_test.begin(blueprint_of(image))
    except (ImageError, StoreError, LookupError, ValueError) as error:
        problem = f"no device starts from the image of {device.entity} before the run: {error}"
        raise UsageError(problem, "see evidence verify") from error
    return under_test


def _ask(
    exchange: "DeviceExchange",
    links: ReplayedLinks,
    under_test: DeviceUnderTest,
    found: DeviceReplay,
) -> None:
    answers = links.deliver(exchange.sent.octets, exchange.step, exchange.at, under_test)
    for due in exchange.ticks:
        under_test.set_clock(ClockReading(due, ClockReliability.RELIABLE))
        answers += under_test.tick().messages
    differences = list(compared(exchange, answers))
    others = sum(each.message != exchange.sent.id for each in differences)
    found.messages += 1
    found.answers += len(exchange.came) - others
    found.differences += differences
    for late in exchange.late:
        if late.octets in links.held_back:
            links.held_back.remove(late.octets)
            found.answers += 1
        else:
            problem = "the device does not send it now"
            found.differences.append(ReplayDifference(late.id, None, problem))


def exchanges(kept: KeptDevices, entity: str) -> Iterator[DeviceExchange]:
    """What one device was sent and sent itself, in order.

    What was put aside is not its own, and what was sent once it was taken away did not reach it.
    """
    rows = [row for row in kept.messages(entity) if not row.summary.startswith(NOT_REACHED)]
    sent = [place for place, row in enumerate(rows) if row.direction == "to device"]
    for place, end in zip(sent, [*sent[1:], len(rows)], strict=True):
        came = [row for row in rows[place + 1 : end] if not row.summary.startswith(PUT_ASIDE)]
        answers, late = (
            tuple(
                KeptMessage(row.id, kept.octets(row))
                for row in came
                if row.summary.startswith(LATE) is is_late
            )
            for is_late in (False, True)
        )
        sent_row = rows[place]
        message = KeptMessage(sent_row.id, kept.octets(sent_row))
        at = datetime.fromisoformat(sent_row.at)
        told = {datetime.fromisoformat(row.at) for row in came if row.kind == "alert"}
        ticks = tuple(sorted(due for due in told if due > at))
        yield DeviceExchange(at, sent_row.step, message, answers, ticks, late)


def compared(exchange: DeviceExchange, answers: tuple[bytes, ...]) -> Iterator[ReplayDifference]:
    """Where answers are not those of the record; in any order, as links keep none."""
    left = list(answers)
    missing = []
    for came in exchange.came:
        if came.octets in left:
            left.remove(came.octets)
        else:
            missing.append(came)
    for number, octets in missing:
        if left:
            nearest = max(left, key=lambda each: first_differing(octets, each))
            left.remove(nearest)
            at = first_differing(octets, nearest)
            yield ReplayDifference(number, at, "the device now sends another")
        else:
            yield ReplayDifference(number, None, "the device does not send it now")
    for octets in left:
        problem = f"the device now answers with {len(octets)} octets that are not in the record"
        yield ReplayDifference(exchange.sent.id, None, problem)


def first_differing(mine: bytes, theirs: bytes) -> int:
    """Place of the first octet that differs, from 0; the shorter length if none does."""
    pairs = enumerate(zip(mine, theirs, strict=False))
    shorter = min(len(mine), len(theirs))
    return next((place for place, (one, other) in pairs if one != other), shorter)


def _of_image(kept: KeptDevices, device: DeviceRecord, image: bytes) -> Iterator[ReplayDifference]:
    if _digest(image) == device.image_after:
        return
    other = kept.image_after(device)
    octet = None if other is None else first_differing(other, image)
    yield ReplayDifference(None, octet, "the device ends with another")


def _digest(octets: bytes) -> str:
    return sha256(octets).hexdigest()
