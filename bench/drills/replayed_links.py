"""What links and power cuts did to the messages of one device of a run, found out again.

The ledger has what was sent, and what came to the parties. What the links did to a message follows
from the seed and from the story; when the power failed is told by the check of the flash after it.
"""

from datetime import datetime
from typing import NamedTuple

from firmware_sim.bench.drills.link_chance import LinkChance, Passage
from firmware_sim.bench.drills.wan import CUT_OFF
from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.dut.power_cuts import CutDevice, CutMoment
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.machine.ports import ClockReading, ClockReliability

CUT_CHECK = "power cut "
"""How the check is called that looks into the flash after a cut; its moment follows."""


class PastCut(NamedTuple):
    """A power cut of a run: the number of its step, and when it came."""

    step: int
    moment: CutMoment


def unreachable_of(record: RunRecord) -> frozenset[EntityId]:
    """The devices to which the links of a run let no message through."""
    found = {each.device for each in record.checks if each.reason.startswith(CUT_OFF)}
    return frozenset(EntityId.parse(each) for each in found if each is not None)


def cut_of(record: RunRecord, entity: str) -> PastCut | None:
    """When a device lost its power; at most once in a run."""
    for each in record.checks:
        if each.device == entity and each.name.startswith(CUT_CHECK):
            return PastCut(each.step, CutMoment(each.name.removeprefix(CUT_CHECK)))
    return None


class ReplayedLinks:
    """The way to one device, message by message in their order.

    Args:
        chance: None for links that do nothing.
        cut: None if it kept its power.

    Attributes:
        held_back: answers that are late, and have not come yet.
    """

    def __init__(self, entity: EntityId, chance: LinkChance | None, cut: PastCut | None) -> None:
        self._entity = entity
        self._chance = chance
        self._cut = cut
        self._number = 0
        self.held_back: list[bytes] = []

    def deliver(
        self, octets: bytes, step: int, at: datetime, under_test: DeviceUnderTest
    ) -> tuple[bytes, ...]:
        """Hand over the next message as the links do; gives what comes back at once."""
        number, chance = self._number, self._chance
        self._number += 1
        passage = Passage.SMOOTH if chance is None else chance.passage(self._entity, number)
        if passage is Passage.COMMAND_LOST:
            return ()
        message = _parsed(octets)
        doubled = chance is not None and chance.is_doubled(self._entity, number)
        _set_clock(under_test, at)
        answers = self._received(octets, message, step, under_test)
        if doubled and message is not None:
            _set_clock(under_test, at)
            answers += under_test.receive(octets).messages
        return self._on_the_way_back(passage, answers)

    def _received(
        self, octets: bytes, message: Message | None, step: int, under_test: DeviceUnderTest
    ) -> tuple[bytes, ...]:
        cut = self._cut
        is_cut = cut is not None and cut.step == step
        if cut is None or not is_cut or message is None or message.code not in RULES_BY_CODE:
            return under_test.receive(octets).messages
        if not isinstance(under_test, CutDevice):
            raise TypeError(f"{type(under_test).__name__} cannot lose its power on order")
        if under_test.receive_cut(octets, cut.moment).refusal is None:
            self._cut = None
        return ()

    def _on_the_way_back(self, passage: Passage, answers: tuple[bytes, ...]) -> tuple[bytes, ...]:
        if passage is Passage.SMOOTH:
            return answers
        responses = [each for each in answers if parse_message(each).cra is CraFlag.RESPONSE]
        if passage is Passage.ANSWER_LATE:
            self.held_back += responses[:1]
        return tuple(each for each in answers if each not in responses)


def _parsed(octets: bytes) -> Message | None:
    try:
        return parse_message(octets)
    except RemoteError:
        return None


def _set_clock(under_test: DeviceUnderTest, at: datetime) -> None:
    under_test.set_clock(ClockReading(at, ClockReliability.RELIABLE))
