"""What a twin is to whoever compares two of them."""

from typing import NamedTuple, Protocol

from firmware_sim.bench.experiments.twin.trial import TwinTrial
from firmware_sim.machine.ports import ClockReliability


class Answer(NamedTuple):
    """What came of one input: a `RefusalReason`, 0 for none, and every message, in order."""

    reason: int
    messages: tuple[bytes, ...]


class Twin(Protocol):
    """A device that can be made new, and then be given one input after the other."""

    def begin(self, trial: TwinTrial) -> None:
        """Become the new device of a trial, powered on; the clock is invalid and stands at 0."""

    def set_clock(self, seconds: int, reliability: ClockReliability) -> None:
        """Put the clock, which stands still, to so many seconds since 1970-01-01 UTC."""

    def receive(self, octets: bytes) -> Answer:
        """Hand over a message."""

    def tick(self) -> Answer:
        """Let the device do what has fallen due."""

    def power_cycle(self) -> None:
        """Take the power away and give it back; the clock is as at the beginning of a trial."""

    def digest(self) -> bytes:
        """The canonical trust-store digest, 32 octets (`firmware_sim.machine.image.digest`)."""

    def image(self) -> bytes:
        """The whole flash, secrets included."""
