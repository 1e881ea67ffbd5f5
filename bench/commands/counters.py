"""Originator Counters: one rising sequence an organisation, over all devices it addresses."""

from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER
from firmware_sim.machine.ports import Clock


class OriginatorCounters:
    """Milliseconds since 1970 on the given clock, and always more than the value before.

    Two instances over one clock repeat each other: an organisation keeps one, through all
    generations of its credentials.
    """

    __slots__ = ("_clock", "_last")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """The next counter.

        Raises:
            LocalError: the sequence has run out of SeqNumber (2**63 - 1).
        """
        now = int(self._clock.now().time.timestamp() * 1000)
        self._last = max(self._last + 1, now)
        if self._last > MAX_SEQ_NUMBER:
            raise LocalError("the Originator Counter has no further value", clause="GBCS SeqNumber")
        return self._last
