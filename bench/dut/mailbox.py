"""What came back from devices, until the bench asks for it."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware_sim.bench.dut.target import Correlation, Seen
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.machine.refusals import Refusal


@dataclass(slots=True)
class _Entry:
    seen: Seen = field(default_factory=Seen)
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Mailbox:
    """Responses and refusals by device and correlation, alerts by device.

    Attributes:
        duplicates: responses that came again, and were dropped.
        strays: octets that are no message of the device they came from.
    """

    def __init__(self) -> None:
        self._entries: dict[tuple[EntityId, Correlation], _Entry] = defaultdict(_Entry)
        self._alerts: dict[EntityId, list[bytes]] = defaultdict(list)
        self.duplicates = 0
        self.strays = 0

    def put(self, device: EntityId, octets: bytes) -> None:
        """Sort in what a device sent."""
        try:
            message = parse_message(octets)
        except RemoteError:
            self.strays += 1
            return
        if message.originator != device or message.cra is CraFlag.COMMAND:
            self.strays += 1
        elif message.cra is CraFlag.ALERT:
            self._alerts[device].append(octets)
        else:
            self._put_response(device, Correlation.of(message), octets)

    def put_refusal(self, device: EntityId, refusal: Refusal) -> None:
        """Sort in why a device refused a message; one whose header was unreadable is dropped."""
        if refusal.originator is None or refusal.counter is None or refusal.code is None:
            return
        command = Correlation(refusal.originator, refusal.counter, refusal.code)
        entry = self._entries[device, command]
        entry.seen = entry.seen._replace(refusal=refusal)
        entry.changed.set()

    def sending(self, device: EntityId, octets: bytes) -> None:
        """A command is about to be sent: what came for the same one before is dropped."""
        try:
            command = Correlation.of(parse_message(octets))
        except RemoteError:
            return
        self._entries.pop((device, command), None)

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        """The alerts of a device, which are taken out."""
        return tuple(self._alerts.pop(device, ()))

    async def wait(
        self,
        device: EntityId,
        command: Correlation,
        seconds: float,
        until: Callable[[Seen], bool],
    ) -> Seen:
        """What there is for a command once `until` holds, or when the time is over."""
        entry = self._entries[device, command]
        if until(entry.seen) or seconds <= 0:
            return entry.seen
        try:
            async with asyncio.timeout(seconds):
                while not until(entry.seen):
                    entry.changed.clear()
                    await entry.changed.wait()
        except TimeoutError:
            pass
        return entry.seen

    def _put_response(self, device: EntityId, command: Correlation, octets: bytes) -> None:
        entry = self._entries[device, command]
        if entry.seen.response is not None:
            self.duplicates += 1
            return
        entry.seen = entry.seen._replace(response=octets)
        entry.changed.set()


def answered(seen: Seen) -> bool:
    """Whether a response came."""
    return seen.response is not None


def settled(seen: Seen) -> bool:
    """Whether a response came, or the device said why it refuses."""
    return seen.response is not None or seen.refusal is not None
