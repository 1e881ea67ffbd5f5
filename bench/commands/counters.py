"""Originator Counters: one rising sequence an organisation, over all devices it addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER
from firmware_sim.machine.ports import Clock

_IN_ANY_ORDER: Final = ContextVar("in_any_order", default=False)


@contextmanager
def devices_in_any_order() -> Iterator[None]:
    """Counters that are drawn inside, in this task, do not depend on what other devices are sent.

    For work at many devices at a time: which of them answers first is a matter of chance, and a run
    that is played again must draw what it drew before.
    """
    token = _IN_ANY_ORDER.set(True)
    try:
        yield
    finally:
        _IN_ANY_ORDER.reset(token)


class OriginatorCounters:
    """Milliseconds since 1970 on the given clock, and to a device always more than before.

    Drawn one after the other, each is more than all before. Drawn `devices_in_any_order`, each is
    more than all that were drawn before that work began, and than the device has had: two devices
    may then get the same one, as a device compares only with what it has had itself.

    Two instances over one clock repeat each other: an organisation keeps one, through all
    generations of its credentials.
    """

    __slots__ = ("_clock", "_last", "_of_device")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._of_device: dict[EntityId, int] = {}

    def next(self, device: EntityId | None = None) -> int:
        """The next counter.

        Args:
            device: to which it goes; without it the counter is one of all.

        Raises:
            LocalError: the sequence has run out of SeqNumber (2**63 - 1).
        """
        now = int(self._clock.now().time.timestamp() * 1000)
        had = 0 if device is None else self._of_device.get(device, 0)
        chosen = max(self._last + 1, had + 1, now)
        if chosen > MAX_SEQ_NUMBER:
            raise LocalError("the Originator Counter has no further value", clause="GBCS SeqNumber")
        if device is not None and _IN_ANY_ORDER.get():
            self._of_device[device] = chosen
        else:
            self._last = chosen
        return chosen
