"""Publications until the broker has taken them: those that wait, and those in flight (QoS 1)."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import mqtt5

FIRST_NUMBER: Final = 1024
"""The least packet identifier of a publication; those below are for other requests."""

_LAST_NUMBER: Final = 65_535

WINDOW: Final = 1024
"""Publications in flight at most, whatever a broker takes: some MB of octets for TCP."""

_WAITING: Final = 8192

Taken = Callable[[int], None]
"""What is called when the broker has answered a publication, with its reason code."""


class Letter(NamedTuple):
    """What is published, and what an answer to it is to carry (MQTT 5.0, 3.3.2.3.5 and 6).

    Attributes:
        reply_to: the topic that answers are published on.
        correlation: octets that an answer repeats.
    """

    topic: str
    octets: bytes
    reply_to: str | None = None
    correlation: bytes | None = None


class _Entry(NamedTuple):
    order: int
    letter: Letter
    taken: Taken


class Outbox:
    """Keeps the order in which letters were added, over any number of connections.

    A letter leaves it when the broker has taken it over. On a new connection, `resume` first:
    what was in flight is sent again before anything else.
    """

    def __init__(self) -> None:
        self._waiting: deque[_Entry] = deque()
        self._in_flight: dict[int, _Entry] = {}
        self._again: deque[tuple[int | None, _Entry]] = deque()
        self._returned: list[_Entry] = []
        self._is_resumed = False
        self._order = 0
        self._last = FIRST_NUMBER - 1
        self._window = self._sent = 0

    @property
    def has_room(self) -> bool:
        """Whether one more letter may be added."""
        return len(self._waiting) < _WAITING

    @property
    def pending(self) -> int:
        """How many letters the broker has not taken over."""
        returned = sum(number is None for number, _ in self._again) + len(self._returned)
        return len(self._waiting) + len(self._in_flight) + returned

    def add(self, letter: Letter, taken: Taken) -> int:
        """One more; whoever adds looks at `has_room` first. Returns its place in the order."""
        self._order += 1
        self._waiting.append(_Entry(self._order, letter, taken))
        return self._order

    def add_again(self, order: int, letter: Letter, taken: Taken) -> None:
        """One that the broker had and may have lost: to its old place, at the next `resume`."""
        self._returned.append(_Entry(order, letter, taken))

    def resume(self, window: int, *, is_resumed: bool) -> None:
        """A connection stands.

        Args:
            window: how many publications the broker takes without an answer (Receive Maximum).
            is_resumed: it remembers the session, so that those in flight are duplicates (3.3.1.1).
        """
        self._window, self._sent = min(window, WINDOW), 0
        self._is_resumed = is_resumed
        left = [(None, entry) for number, entry in self._again if number is None]
        left += [(None, entry) for entry in self._returned]
        self._returned.clear()
        self._again = deque(sorted([*self._in_flight.items(), *left], key=lambda each: each[1][0]))

    def stop(self) -> None:
        """The connection is gone: nothing is due until `resume`."""
        self._window = 0

    def due(self) -> Iterator[bytes]:
        """Packets that may be sent now; each is in flight once it is taken from here."""
        while self._sent < self._window:
            if self._again:
                number, entry = self._again.popleft()
            elif self._waiting:
                number, entry = None, self._waiting.popleft()
            else:
                return
            is_duplicate = number is not None and self._is_resumed
            if number is None:
                number = self._next_number()
            self._in_flight[number] = entry
            self._sent += 1
            yield _packet(entry.letter, number, is_duplicate=is_duplicate)

    def answered(self, number: int, code: int) -> bool:
        """The broker has answered a publication; False if there is none of that number in flight.

        An answer to what this connection has not sent is none (`resume` sends it again).
        """
        if number not in self._in_flight or any(number == each for each, _ in self._again):
            return False
        self._sent -= 1
        self._in_flight.pop(number).taken(code)
        return True

    def _next_number(self) -> int:
        while True:
            self._last = FIRST_NUMBER if self._last == _LAST_NUMBER else self._last + 1
            if self._last not in self._in_flight:
                return self._last


def _packet(letter: Letter, number: int, *, is_duplicate: bool) -> bytes:
    return mqtt5.PublishPacket(
        letter.topic,
        letter.octets,
        qos=mqtt5.QoS.AT_LEAST_ONCE,
        packet_id=number,
        duplicate=is_duplicate,
        response_topic=letter.reply_to,
        correlation_data=letter.correlation,
    ).write()
