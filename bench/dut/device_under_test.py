"""One device under test, as every experiment works with it: one interface for every kind."""

from enum import Flag, auto
from typing import Protocol

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.errors import BenchError
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading


class Ability(Flag):
    """What some devices under test can do and others cannot."""

    PROVISION = auto()
    """It can be made another, new device."""
    CLOCK = auto()
    """Its clock can be set."""
    TICK = auto()
    """It can be asked to do what has fallen due."""
    ENTER = auto()
    """A token can be typed in at it."""
    RESET = auto()
    """Its power can be taken away and given back."""
    DIGEST = auto()
    """It tells the digest of its trust store."""
    IMAGE = auto()
    """Its whole flash can be read."""


EVERY_ABILITY = ~Ability(0)


class DeviceUnderTest(Protocol):
    """A device that is given one input after the other. All calls block.

    What is at the end of a line raises `LinkError`, and `DeviceFaultError` if the device did
    wrong; so does a call for which it lacks the ability.
    """

    @property
    def abilities(self) -> Ability:
        """What it can do beside `receive`."""

    @property
    def geometry(self) -> Geometry:
        """Of its flash image."""

    def begin(self, blueprint: Blueprint) -> None:
        """Become a new device, powered on. What it held before is erased; its clock is unset."""

    def set_clock(self, reading: ClockReading) -> None:
        """Put the clock, which stands still, to a reading; a fraction of a second may be lost."""

    def receive(self, octets: bytes) -> Effects:
        """Hand over a message."""

    def enter(self, digits: bytes) -> Effects:
        """Type in a token, up to 64 octets, as the customer would at the meter."""

    def tick(self) -> Effects:
        """Let the device do what has fallen due."""

    def reset(self) -> None:
        """Take the power away and give it back; the clock is unset afterwards."""

    def digest(self) -> bytes:
        """The canonical trust-store digest, 32 octets (`firmware_sim.machine.image.digest`)."""

    def image(self) -> bytes:
        """The whole flash, secrets included."""

    def wear(self) -> tuple[int, ...] | None:
        """Erases of each block since the flash was made; None if they are not counted."""


def require(device: DeviceUnderTest, needed: Ability, mend: str) -> None:
    """Refuse a device that cannot do what is needed, before anything is done to it.

    Raises:
        BenchError: it lacks an ability; `mend` says what to do instead.
    """
    missing = needed & ~device.abilities
    if missing:
        names = ", ".join(str(each.name) for each in Ability if each in missing)
        raise BenchError(f"the device under test does not do {names}", mend)


def typed(digits: bytes) -> str:
    """What was typed in, as text: an octet that is no ASCII is some character that is no digit."""
    return digits.decode("ascii", "replace")


def reason_number(effects: Effects) -> int:
    """The `RefusalReason` of a refusal as a number, 0 if there was none."""
    return 0 if effects.refusal is None else int(effects.refusal.reason)
