"""A stream of inputs for two devices: trials of new devices, each a sequence of steps."""

from enum import StrEnum
from typing import NamedTuple

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.image.records import RecordKey
from firmware_sim.machine.ports import ClockReliability


class StepKind(StrEnum):
    """What happens to both devices."""

    MESSAGE = "message"
    ENTER = "enter"
    """A customer types in a token."""
    TICK = "tick"
    POWER = "power"
    """Power goes and comes back, between two commands."""


class TwinStep(NamedTuple):
    """One input, at a moment that both devices are told.

    Attributes:
        seconds: since 1970-01-01 UTC, as both clocks are set before the step.
        octets: of a message, or typed in.
        about: what it is meant to be, for people.
    """

    kind: StepKind
    seconds: int
    reliability: ClockReliability
    octets: bytes = b""
    about: str = ""


class TwinTrial(NamedTuple):
    """A new device and what happens to it.

    Attributes:
        number: of the trial in its stream.
        records: what the device leaves the factory with: key and body, secrets among them.
    """

    number: int
    device_type: DeviceType
    entity: EntityId
    records: tuple[tuple[RecordKey, bytes], ...]
    steps: tuple[TwinStep, ...]

    def only(self, kept: tuple[int, ...]) -> "TwinTrial":
        """The same device, to which only some of the steps happen; octets stay as they are."""
        return self._replace(steps=tuple(self.steps[number] for number in kept))

    def __repr__(self) -> str:
        return f"TwinTrial({self.number}, {self.device_type.name}, {len(self.steps)} steps)"
