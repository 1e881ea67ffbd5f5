"""The Wide Area Network between parties and devices, where a story says that it is a bad one.

It stands before any target and changes nothing in a device. What happens to a message follows from
the seed, the device and the number of the message to that device alone, so that neither the order
of devices nor the target changes it.

A party learns nothing of all this: to it, a lost command and a lost answer are both silence. The
record does learn of it, so that silence is not taken for a device's fault.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.drills.link_chance import LinkChance, Passage
from firmware_sim.bench.drills.link_terms import LinkTerms
from firmware_sim.bench.dut.power_cuts import CutMoment, CutsPower
from firmware_sim.bench.dut.target import (
    Correlation,
    ExchangesHubs,
    IsGenuine,
    Reach,
    Seen,
    Target,
    Ticks,
)
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId

CUT_OFF: Final = "unreachable: the story lets no message through to this device"
LOST_COMMAND: Final = "the link lost a command on its way to the device"
LOST_ANSWER: Final = "the link lost an answer on its way to the party"
LATE_ANSWER: Final = "the link holds an answer back"
LATE: Final = "late: "
"""How the summary of an answer begins that was held back."""
DOUBLED: Final = "the link delivered a command twice"

_COPY_SECONDS: Final = 2.0
"""For the device to say what it makes of a command that it has had before."""

_Ask = Callable[[EntityId, Correlation, float], Awaitable[Seen]]


class LateAnswer(NamedTuple):
    """An answer that has come at last: when it was sent, and its octets."""

    sent: datetime
    octets: bytes


@dataclass(slots=True)
class _Sent:
    """A command on its way.

    Attributes:
        cut: the device loses its power over the command; None if it does not.
        first: what came of it before a copy of it was delivered.
        after_cut: the flash after that, and before the copy.
    """

    octets: bytes
    is_genuine: IsGenuine
    passage: Passage
    doubled: bool
    cut: CutMoment | None = None
    is_held: bool = False
    first: Seen | None = None
    after_cut: bytes | None = None


class Wan:
    """A target behind another one's links.

    Args:
        target: the devices.
        unreachable: devices that no message reaches.
        seed: decides what happens to which message.
        now: the drill's clock.
    """

    def __init__(
        self,
        target: Target,
        terms: LinkTerms,
        unreachable: frozenset[EntityId],
        seed: bytes,
        now: Callable[[], datetime],
    ) -> None:
        self.unreachable = unreachable
        self._target = target
        self._late_term = terms.late
        self._chance = LinkChance(terms, unreachable, seed)
        self._now = now
        self._numbers: Counter[EntityId] = Counter()
        self._cuts: dict[tuple[EntityId, bytes], CutMoment] = {}
        self._under_way: dict[tuple[EntityId, Correlation], _Sent] = {}
        self._late: defaultdict[EntityId, list[tuple[datetime, LateAnswer]]] = defaultdict(list)

    def sent(self, device: EntityId) -> int:
        """How many messages were sent to a device, lost ones among them."""
        return self._numbers[device]

    def reach(self, device: EntityId) -> Reach:
        return self._target.reach(device)

    def silence(self) -> str:
        return self._target.silence()

    def cut_power(self, device: EntityId, octets: bytes, moment: CutMoment) -> None:
        """See `power_cuts.CutsPower`; silence after that is no fault of the device."""
        self._cuts[device, octets] = moment

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        key = _correlation(device, octets)
        number = self._numbers[device]
        self._numbers[device] += 1
        passage = self._chance.passage(device, number)
        if key is not None:
            doubled = self._chance.is_doubled(device, number)
            cut = self._cuts.pop((device, octets), None)
            self._under_way[key] = _Sent(octets, is_genuine, passage, doubled, cut)
            if cut and passage is not Passage.COMMAND_LOST and isinstance(self._target, CutsPower):
                self._target.cut_power(device, octets, cut)
        if passage is not Passage.COMMAND_LOST:
            await self._target.send(device, octets, is_genuine)

    async def seen(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        return await self._after(self._target.seen, device, command, seconds)

    async def response(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        return await self._after(self._target.response, device, command, seconds)

    async def tick(self, device: EntityId, seconds: float) -> None:
        if isinstance(self._target, Ticks):
            await self._target.tick(device, seconds)

    async def drained(self, device: EntityId, seconds: float) -> int:
        return await self._target.drained(device, seconds)

    async def exchange_hub(self, old: Premises, new: Premises) -> None:
        """See `target.ExchangesHubs`.

        Raises:
            BenchError: the target has no hubs that could be exchanged.
        """
        if not isinstance(self._target, ExchangesHubs):
            raise BenchError("no hub can be exchanged at this target", "use --target memory")
        await self._target.exchange_hub(old, new)

    async def image(self, device: EntityId) -> bytes | None:
        return await self._target.image(device)

    def given(self, device: EntityId) -> int | None:
        return self._target.given(device)

    def wear(self, device: EntityId) -> tuple[int, ...] | None:
        return self._target.wear(device)

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        return self._target.alerts(device)

    def arrived(self, device: EntityId) -> list[LateAnswer]:
        """Late answers of a device that have come by now; each is given once."""
        now = self._now()
        come = [late for due, late in self._late[device] if due <= now]
        self._late[device] = [each for each in self._late[device] if each[0] > now]
        return come

    async def _after(
        self, ask: _Ask, device: EntityId, command: Correlation, seconds: float
    ) -> Seen:
        """What a party sees of a command, and what the record is told of the link."""
        sent = self._under_way.get((device, command))
        if sent is None:
            return await ask(device, command, seconds)
        if sent.passage is Passage.COMMAND_LOST:
            return Seen(lost=CUT_OFF if device in self.unreachable else LOST_COMMAND)
        # What came of a command and its copy is known: nothing more is waited for.
        seen = await ask(device, command, seconds if sent.first is None else 0)
        if sent.cut is not None and sent.after_cut is None and seen.refusal is None:
            sent.after_cut = await self._target.image(device)
        if sent.doubled and sent.first is None:
            sent.first = seen
            await self._target.send(device, sent.octets, sent.is_genuine)
            seen = await self._target.seen(device, command, min(seconds, _COPY_SECONDS))
        if sent.first is not None:
            seen = _of_both(sent.first, seen, sent.cut)
        return self._on_the_way_back(device, sent, seen._replace(after_cut=sent.after_cut))

    def _on_the_way_back(self, device: EntityId, sent: _Sent, seen: Seen) -> Seen:
        if seen.response is None or sent.passage is Passage.SMOOTH:
            return seen
        lost = LOST_ANSWER
        if sent.passage is Passage.ANSWER_LATE and self._late_term is not None:
            lost = LATE_ANSWER
            if not sent.is_held:
                sent.is_held = True
                due = self._now() + timedelta(minutes=self._late_term.minutes)
                self._late[device].append((due, LateAnswer(self._now(), seen.response)))
        return seen._replace(response=None, copy=None, lost=lost)


def _correlation(device: EntityId, octets: bytes) -> tuple[EntityId, Correlation] | None:
    try:
        return device, Correlation.of(message_of(octets))
    except RemoteError:
        return None


def _of_both(first: Seen, copy: Seen, cut: CutMoment | None) -> Seen:
    """What came of a command and of its copy: one answer, if the device does one thing once.

    Args:
        cut: of the power, over the first. If that came before the end of the commit the device has
            done nothing yet, and is right to take the copy.
    """
    taken = [each.was_handled and each.refusal is None for each in (first, copy)]
    is_done = taken[0] and cut in (None, CutMoment.AFTER)
    second = copy.response or copy.copy
    return copy._replace(
        response=first.response or copy.response,
        copy=second if first.response is not None else copy.copy,
        refusal=first.refusal or (None if is_done else copy.refusal),
        copy_refusal=copy.refusal if is_done else None,
        notice=first.notice or copy.notice,
        was_handled=first.was_handled or copy.was_handled,
        doubled=True,
        taken_twice=is_done and taken[1],
    )
