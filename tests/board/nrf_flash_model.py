"""The flash controller of an nRF52840, register by register, as its product specification has it.

It was written from the specification (NVMC), not from the driver. What that forbids is not carried
out and is kept in `violations`.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

PAGE: Final = 4096
SIZE: Final = 1024 * 1024
PROGRAMS: Final = 2
"""How often a word may be written between two erases (nWRITE)."""

READY, READY_NEXT, CONFIG, ERASE_PAGE, CACHE = (
    0x4001E000 + offset for offset in (0x400, 0x408, 0x504, 0x508, 0x540)
)
READ_ONLY, WRITE, ERASE = 0, 1, 2


@dataclass
class NvmcModel:
    """The registers and the memory after a reset.

    Attributes:
        busy_polls: how often READY says busy after an operation; -1 for always.
        ticks: of the board's timer; each look at it takes one.
    """

    busy_polls: int = 3
    memory: bytearray = field(default_factory=lambda: bytearray(b"\xff" * SIZE))
    violations: list[str] = field(default_factory=list)
    ticks: int = 0
    mode: int = READ_ONLY
    cache: int = 0
    _busy: int = 0
    _programs: Counter[int] = field(default_factory=Counter)

    def start_busy(self) -> None:
        """As if an operation was going on already."""
        self._busy = self.busy_polls

    def read(self, address: int) -> int:
        if address != READY:
            self.violations.append(f"read of {address:#x}")
            return 0
        busy, self._busy = self._busy, self._busy - (self._busy > 0)
        return int(not busy)

    def write(self, address: int, value: int) -> None:
        if self._busy:
            self.violations.append(f"write to {address:#x} while busy")
        elif address == CONFIG:
            self._configure(value)
        elif address == ERASE_PAGE:
            self._erase(value)
        elif address == CACHE:
            self.cache = value
        elif address < SIZE:
            self._program(address, value)
        else:
            self.violations.append(f"write to {address:#x}")

    def tick(self) -> int:
        self.ticks += 1
        return self.ticks

    def _configure(self, value: int) -> None:
        """Writing and erasing are never enabled at the same time."""
        if value not in (READ_ONLY, WRITE, ERASE):
            self.violations.append(f"mode {value}")
        else:
            self.mode = value

    def _erase(self, address: int) -> None:
        if self.mode != ERASE or address % PAGE or address >= SIZE:
            self.violations.append(f"erase of {address:#x} in mode {self.mode}")
            return
        self.memory[address : address + PAGE] = b"\xff" * PAGE
        for word in range(address, address + PAGE, 4):
            del self._programs[word]
        self._busy = self.busy_polls

    def _program(self, address: int, word: int) -> None:
        """Whole words at multiples of four; bits only go from 1 to 0."""
        if self.mode != WRITE or address % 4 or self._programs[address] >= PROGRAMS:
            self.violations.append(f"write to {address:#x} in mode {self.mode}")
            return
        self._programs[address] += 1
        old = int.from_bytes(self.memory[address : address + 4], "little")
        self.memory[address : address + 4] = (old & word).to_bytes(4, "little")
        self._busy = self.busy_polls
