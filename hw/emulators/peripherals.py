"""What a model of a peripheral is, and what all of a board's peripherals share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

TICK_NANOSECONDS = 40
"""Of a counter at 25 MHz."""

_DELIMITER = 0x00  # hw/PROTOCOL.md, section 2.1


@dataclass(slots=True)
class SerialLine:
    """The serial line: octets on their way to the board, and those that came from it.

    Attributes:
        on_frame: called when the board has sent a delimiter, while it runs on.
    """

    to_board: bytearray = field(default_factory=bytearray)
    from_board: bytearray = field(default_factory=bytearray)
    on_frame: Callable[[], None] | None = None

    def send(self, octet: int) -> None:
        """An octet from the board."""
        self.from_board.append(octet)
        if octet == _DELIMITER and self.on_frame is not None:
            self.on_frame()

    def take(self, most: int | None = None) -> bytes:
        """Octets that came from the board, at most so many; they are gone then."""
        octets = bytes(self.from_board[:most])
        del self.from_board[: len(octets)]
        return octets


class Wiring(NamedTuple):
    """What a peripheral reaches beyond its registers.

    Attributes:
        nanoseconds: the board's time since it was powered on.
        reset: asks for a system reset.
        flash: the memory that holds the image, zero-copy.
    """

    line: SerialLine
    nanoseconds: Callable[[], int]
    reset: Callable[[], None]
    flash: memoryview


class Peripheral(Protocol):
    """Registers in a window of addresses; offsets are octets from `base`."""

    @property
    def base(self) -> int:
        """First address; a multiple of 4096."""

    @property
    def size(self) -> int:
        """Octets of the window; a multiple of 4096."""

    def start(self, *, cold: bool) -> None:
        """Power-on (`cold`), or a system reset."""

    def read(self, offset: int) -> int:
        """The value of a register."""

    def write(self, offset: int, value: int) -> None:
        """Set a register."""


@runtime_checkable
class FlashController(Protocol):
    """A peripheral that sees what is stored in the flash, and decides what becomes of it."""

    def flash_written(self, offset: int, value: int) -> None:
        """A word is about to be stored at an offset into the image."""


class MemoryRange(NamedTuple):
    """A stretch of memory; read-only memory holds the program."""

    address: int
    size: int
    writable: bool = True


class Model(NamedTuple):
    """A board as Unicorn needs it.

    Attributes:
        cpu: name of the processor model, as in ``UC_CPU_ARM_...``.
        memories: but for the flash with the image, which the board's description places.
        vectors: address of the vector table: initial stack pointer, then the first instruction.
    """

    cpu: str
    memories: Sequence[MemoryRange]
    vectors: int
    peripherals: Callable[[Wiring], Sequence[Peripheral]]


class Registers:
    """Registers without a meaning of their own: they keep what was written."""

    def __init__(self, base: int, size: int = 0x1000) -> None:
        self.base = base
        self.size = size
        self.values: dict[int, int] = {}

    def start(self, *, cold: bool) -> None:  # noqa: ARG002 - others look at it
        self.values.clear()

    def read(self, offset: int) -> int:
        return self.values.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        self.values[offset] = value
