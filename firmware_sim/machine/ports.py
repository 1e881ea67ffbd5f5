"""What a machine needs from outside and cannot make itself: flash, time, entropy.

Each is a Protocol, passed in by the program that hosts the device. The cryptographic suite is a
port too; it is declared beside its implementation as `firmware_sim.gbcs.crypto.CryptoSuite`.
"""

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, Protocol

from firmware_sim.machine.flash.geometry import Geometry


class Flash(Protocol):
    """A memory that is read and programmed in place and erased by whole blocks."""

    @property
    def geometry(self) -> Geometry:
        """Blocks, write unit, programs per unit and erased value."""

    def read(self, address: int, length: int) -> bytes:
        """`length` octets from `address`."""

    def program(self, address: int, octets: bytes) -> None:
        """Move bits away from the erased value; address and length are multiples of the unit."""

    def erase(self, block: int) -> None:
        """Return every octet of block number `block` to the erased value."""


class ClockReliability(IntEnum):
    """How far a device may trust its own clock."""

    RELIABLE = 0
    UNRELIABLE = 1
    INVALID = 2


class ClockReading(NamedTuple):
    """One look at the clock: an aware UTC time and how far it can be trusted.

    Attributes:
        status: the clock status octet that its stamps carry; None for that of the reliability. A
            Gas Proxy Function that speaks for a gas meter says with 04 that the clock is another.
    """

    time: datetime
    reliability: ClockReliability
    status: int | None = None


class Clock(Protocol):
    """The device's clock."""

    def now(self) -> ClockReading:
        """The present time, aware and in UTC, with its reliability."""


class Entropy(Protocol):
    """A source of octets that no party outside the device can predict."""

    def generate(self, length: int) -> bytes:
        """`length` fresh octets."""
