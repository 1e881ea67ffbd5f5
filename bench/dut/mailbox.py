"""What came back from devices, until the bench asks for it."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.dut.target import Correlation, IsGenuine, Seen
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import Refusal

KEPT_FORGERIES = 8
"""So many octets of forged responses are kept of one command; the others are counted."""

KEPT_ALERTS = 64
"""So many alerts of one device are kept until they are taken; what exceeds them is counted."""


KEPT_COMMANDS = 16
"""Of so many commands to one device responses are taken: older ones have been judged."""

_Key = tuple[EntityId, Correlation]


_NOTHING = Seen()


@dataclass(slots=True)
class _Entry:
    """What came for one command.

    Attributes:
        changed: there once somebody waits: in memory nobody does, and it takes most of the room.
    """

    sent: bytes
    is_genuine: IsGenuine
    seen: Seen = _NOTHING
    changed: asyncio.Event | None = None

    def put(self, seen: Seen) -> None:
        self.seen = seen
        if self.changed is not None:
            self.changed.set()

    async def change(self) -> None:
        """Until the next `put`."""
        if self.changed is None:
            self.changed = asyncio.Event()
        self.changed.clear()
        await self.changed.wait()


class Mailbox:
    """Responses and refusals by device and correlation, alerts by device.

    Each response is verified as it comes, so that no number of forged ones displaces the genuine.

    Attributes:
        duplicates: messages that came again, and were dropped.
        strays: octets that are no message of the device they came from, or answer nothing sent.
    """

    def __init__(self) -> None:
        self._entries: defaultdict[EntityId, dict[Correlation, _Entry]] = defaultdict(dict)
        self._answered: dict[_Key, tuple[bytes, ...]] = {}
        self._alerts: defaultdict[EntityId, list[bytes]] = defaultdict(list)
        self._alerted: defaultdict[EntityId, asyncio.Event] = defaultdict(asyncio.Event)
        self._taken: defaultdict[EntityId, deque[bytes]] = defaultdict(
            lambda: deque(maxlen=KEPT_ALERTS)
        )
        self.duplicates = 0
        self.strays = 0

    def sending(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        """A command is about to be sent: what came for the same one before is dropped."""
        try:
            command = Correlation.of(message_of(octets))
        except RemoteError:
            return
        entries = self._entries[device]
        self._retire(device, command)
        entries[command] = _Entry(octets, is_genuine)
        if len(entries) > KEPT_COMMANDS:
            self._retire(device, next(iter(entries)))

    def put(self, device: EntityId, octets: bytes) -> None:
        """Sort in what a device sent."""
        try:
            message = message_of(octets)
        except RemoteError:
            self.strays += 1
            return
        if message.originator != device or message.cra is CraFlag.COMMAND:
            self.strays += 1
        elif message.cra is CraFlag.ALERT:
            self._put_alert(device, octets)
        else:
            self._put_response(device, Correlation.of(message), octets)

    def put_handled(self, device: EntityId, octets: bytes, effects: Effects) -> None:
        """The bench saw what the device made of a message: evidence, for these very octets."""
        try:
            entry = self._entry(device, Correlation.of(message_of(octets)))
        except RemoteError:
            return
        if entry is None or entry.sent != octets:
            return
        seen, refusal = entry.seen, effects.refusal
        if seen.was_handled and seen.refusal is None:  # a second copy, of what was taken
            entry.put(seen._replace(copy_refusal=refusal or seen.copy_refusal))
        else:
            entry.put(seen._replace(was_handled=True, refusal=refusal or seen.refusal))

    def put_notice(self, device: EntityId, notice: Refusal) -> None:
        """Sort in what is told of a refusal beside the device, unsigned."""
        if notice.originator is None or notice.counter is None or notice.code is None:
            return
        entry = self._entry(device, Correlation(notice.originator, notice.counter, notice.code))
        if entry is not None:
            entry.put(entry.seen._replace(notice=notice))

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        """The alerts of a device, which are taken out."""
        if not self._alerts.get(device):
            return ()
        taken = tuple(self._alerts.pop(device, ()))
        self._taken[device].extend(map(_digest, taken))
        return taken

    async def wait_for_alert(self, device: EntityId, seconds: float) -> None:
        """Until there is an alert of a device, or the time is over."""
        if not self._alerts.get(device):
            self._alerted[device].clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._alerted[device].wait(), seconds)

    async def wait(
        self,
        device: EntityId,
        command: Correlation,
        seconds: float,
        until: Callable[[Seen], bool],
    ) -> Seen:
        """What there is for a command once `until` holds, or when the time is over."""
        entry = self._entry(device, command)
        if entry is None:
            return Seen()
        if until(entry.seen) or seconds <= 0:
            return entry.seen
        try:
            async with asyncio.timeout(seconds):
                while not until(entry.seen):
                    await entry.change()
        except TimeoutError:
            pass
        return entry.seen

    def _entry(self, device: EntityId, command: Correlation) -> _Entry | None:
        return self._entries[device].get(command)

    def _retire(self, device: EntityId, command: Correlation) -> None:
        """Forget what came for a command, but for what is needed to know a copy of its response."""
        entry = self._entries[device].pop(command, None)
        if entry is not None and entry.seen.response is not None:
            known = self._answered.get((device, command), ())
            self._answered[device, command] = (*known, _digest(entry.seen.response))

    def _put_alert(self, device: EntityId, octets: bytes) -> None:
        waiting = self._alerts[device]
        if octets in waiting or _digest(octets) in self._taken[device]:
            self.duplicates += 1
        elif len(waiting) == KEPT_ALERTS:
            self.strays += 1
        else:
            waiting.append(octets)
            if device in self._alerted:
                self._alerted[device].set()

    def _put_response(self, device: EntityId, command: Correlation, octets: bytes) -> None:
        entry, known = self._entry(device, command), self._answered.get((device, command))
        if entry is None:
            self.strays += 1
        elif not entry.is_genuine(octets):
            seen = entry.seen
            kept = (*seen.forged, octets)[:KEPT_FORGERIES]
            entry.put(seen._replace(forged=kept, forgeries=seen.forgeries + 1))
        elif known is not None and _digest(octets) in known:
            entry.put(entry.seen._replace(copy=octets))
        elif entry.seen.response is not None:
            self.duplicates += 1
        else:
            entry.put(entry.seen._replace(response=octets))


def answered(seen: Seen) -> bool:
    """Whether a new, genuine response came."""
    return seen.response is not None


def settled(seen: Seen) -> bool:
    """Whether such a response came, or the bench saw that the device refuses.

    A notice settles nothing: a false one would cut short the wait for the device's response.
    """
    return seen.response is not None or seen.refusal is not None


def _digest(octets: bytes) -> bytes:
    return sha256(octets).digest()
