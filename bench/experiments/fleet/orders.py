"""The orders of a course: what its representative got, ready to be addressed to its other devices.

Commands to devices of one course differ in the addressee, and so in signature and MAC. Everything
else stays, the Originator Counter too: each device counts for itself.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet.keys import FleetKeys
from firmware_sim.bench.experiments.fleet.recorded import Received
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import parse_message


class DueAnswer(NamedTuple):
    """What every device of a course must answer.

    Attributes:
        answer: the representative's first message. Another device's differs in the Entity
            Identifier and in signature or MAC alone.
        entity_at: where the representative's Entity Identifier stands in it.
        end: where its signature or, if it has none, its MAC begins.
        is_signed: with the device's key; else it bears a MAC for the Access Control Broker.
        octets: all messages together, each after a length of four octets.
    """

    answer: bytes
    entity_at: int
    end: int
    is_signed: bool
    octets: int

    def expected(self, entity: bytes) -> bytes:
        """What another device's answer must begin with."""
        at = self.entity_at
        return self.answer[:at] + entity + self.answer[at + len(entity) : self.end]


class CourseOrder(NamedTuple):
    """One input of every device of a course.

    Attributes:
        step: number of the step, from 1.
        at: on the drill's clock, in seconds since 1970.
        command: as the representative got it; None if devices do what has fallen due.
        signer, broker: 32-octet scalars that sign it, and make its MAC, anew for each device; None
            to leave what stands there: it is wrong for every device.
        cut: when the device's power fails meanwhile; None if it does not.
        reason: why each device must refuse it: the number of the reason; 0 if none may.
        due_answer: of its answer; None if there is none.
    """

    step: int
    at: int
    command: bytes | None
    signer: bytes | None
    broker: bytes | None
    cut: CutMoment | None
    reason: int
    due_answer: DueAnswer | None

    def __repr__(self) -> str:
        return f"CourseOrder(step {self.step}, {len(self.command or b'')} octets)"


def orders_of(
    received: Iterable[Received], contact: DeviceContact, keys: FleetKeys, beside: Collection[int]
) -> Iterator[CourseOrder]:
    """What a representative got, as orders.

    Args:
        contact: the representative.
        beside: numbers of steps whose messages are each device's own; only representatives get
            them.

    Raises:
        BenchError: what a device answered is no message of its own.
    """
    for each in received:
        if each.step not in beside:
            yield _order(each, contact, keys)


def _order(each: Received, contact: DeviceContact, keys: FleetKeys) -> CourseOrder:
    signer, broker = None, None
    if each.octets is not None:
        command = parse_message(each.octets)
        signer = keys.signer_of(command)
        broker = keys.broker_of(command, contact)
    due_answer = due_answer_of(each.messages, contact) if each.messages else None
    seconds = int(each.at.timestamp())
    return CourseOrder(
        each.step, seconds, each.octets, signer, broker, each.cut, each.reason, due_answer
    )


def due_answer_of(messages: Sequence[bytes], contact: DeviceContact) -> DueAnswer:
    """What follows from a representative's messages.

    Raises:
        BenchError: the first is no protected message of its own.
    """
    first = messages[0]
    try:
        message = parse_message(first)
    except RemoteError as error:
        raise BenchError(f"{contact} answered with no message: {error}") from error
    protection = message.signature or message.mac
    if message.originator != contact.entity_id or not protection:
        raise BenchError(f"{contact} answered with a message that is not its own")
    octets = sum(4 + len(each) for each in messages)
    place, end = first.index(contact.entity_id), first.rindex(protection)
    return DueAnswer(first, place, end, bool(message.signature), octets)
