"""Commands that a party has sent and that no answer has come for: kept, to be sent again."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from firmware_sim.devices.links.gateway.outbox import Letter
from firmware_sim.devices.links.gateway.recent import Recent

UNANSWERED: Final = 512
"""Commands without an answer at most. Mosquitto drops what exceeds 1,000 for one session."""

_REMEMBERED: Final = 8192


@dataclass(slots=True)
class OpenCommand:
    """One of them.

    Attributes:
        since: when it was sent first, in seconds.
        order: its place in the outbox.
        is_taken: the broker had it.
    """

    letter: Letter
    since: float
    order: int = 0
    is_taken: bool = False


class Requests:
    """Gives each command correlation data, and finds it again by them.

    They are no proof: whoever reads the command can send them too. An answer that bears them only
    ends the repetition; whether it is the device's own is seen from its octets.

    Args:
        name: octets that no other party's correlation data begin with.
        seconds: after which a command without an answer is kept no longer.
        now: the time in seconds.
    """

    def __init__(self, name: bytes, seconds: float, now: Callable[[], float]) -> None:
        self._name = name
        self._seconds = seconds
        self._now = now
        self._numbers = count(1)
        self._open: OrderedDict[bytes, OpenCommand] = OrderedDict()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._answers: Recent[tuple[bytes, bytes], None] = Recent(_REMEMBERED)

    def __len__(self) -> int:
        return len(self._open)

    async def room(self) -> None:
        """Wait until one more command may be without an answer."""
        while len(self._open) >= UNANSWERED:
            oldest = next(iter(self._open.values()))
            left = oldest.since + self._seconds - self._now()
            if left <= 0:
                self._open.popitem(last=False)
                continue
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await asyncio.wait({waiting}, timeout=left)
            waiting.cancel()

    def begin(self, topic: str, octets: bytes, reply_to: str) -> OpenCommand:
        """A command is about to be sent."""
        correlation = self._name + next(self._numbers).to_bytes(8, "big")
        command = OpenCommand(Letter(topic, octets, reply_to, correlation), self._now())
        self._open[correlation] = command
        return command

    def is_open(self, command: OpenCommand) -> bool:
        """Whether an answer is still waited for."""
        return command.letter.correlation in self._open and not self._is_old(command)

    def end(self, correlation: bytes | None) -> None:
        """It is answered, or given up."""
        if correlation is None or self._open.pop(correlation, None) is None:
            return
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return

    def is_new(self, correlation: bytes | None, octets: bytes) -> bool:
        """An answer came; False if the very same one came before."""
        if correlation is None:
            return True
        self.end(correlation)
        key = (correlation, octets)
        is_new = key not in self._answers
        self._answers.keep(key, None)
        return is_new

    def taken_and_open(self) -> Iterator[OpenCommand]:
        """What a broker had and may have lost, oldest first."""
        return (each for each in self._open.values() if each.is_taken and not self._is_old(each))

    def _is_old(self, command: OpenCommand) -> bool:
        return self._now() - command.since > self._seconds
