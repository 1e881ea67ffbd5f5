"""The flash interface of an STM32F405, register by register, as RM0090 3 describes it.

It was written from the manual, not from the driver. What the manual forbids is not carried out
and is kept in `violations`.
"""

from dataclasses import dataclass, field
from typing import Final

MEMORY: Final = 0x08000000
SECTORS: Final = (16, 16, 16, 16, 64, 128, 128, 128, 128, 128, 128, 128)
"""KiB of each sector (table 5)."""

ACR, KEYR, OPTKEYR, SR, CR = (0x40023C00 + offset for offset in (0x00, 0x04, 0x08, 0x0C, 0x10))
BUSY: Final = 1 << 16
WRITE_PROTECTED, PARALLELISM, SEQUENCE = 1 << 4, 1 << 6, 1 << 7
ERRORS: Final = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7
PROGRAM, ERASE, START, LOCK = 1 << 0, 1 << 1, 1 << 16, 1 << 31
PARALLEL_32: Final = 2 << 8
_KEYS: Final = (0x45670123, 0xCDEF89AB)
_END_OF_OPERATION: Final = 1 << 0


@dataclass
class FlashModel:
    """The registers and the memory after a reset.

    Attributes:
        busy_polls: how often SR says busy after an operation; -1 for always.
        protected: sectors that are write-protected.
        ticks: of the board's timer; each look at it takes one.
    """

    busy_polls: int = 3
    protected: frozenset[int] = frozenset()
    memory: bytearray = field(default_factory=lambda: bytearray(b"\xff" * sum(SECTORS) * 1024))
    violations: list[str] = field(default_factory=list)
    ticks: int = 0
    status: int = 0
    control: int = LOCK
    access: int = 0
    _busy: int = 0
    _keys: list[int] = field(default_factory=list)
    _locked_until_reset: bool = False

    def start_busy(self) -> None:
        """As if an operation was going on already."""
        self._busy = self.busy_polls

    def read(self, address: int) -> int:
        if address == SR:
            status = self.status | (BUSY if self._busy else 0)
            self._busy -= self._busy > 0
            return status
        if address == CR:
            return self.control
        self.violations.append(f"read of {address:#x}")
        return 0

    def write(self, address: int, value: int) -> None:
        if address == KEYR:
            self._key(value)
        elif address == SR:
            self.status &= ~(value & (ERRORS | _END_OF_OPERATION))
        elif address == CR:
            self._control(value)
        elif address == ACR:
            self.access = value
        elif MEMORY <= address < MEMORY + len(self.memory):
            self._program(address - MEMORY, value)
        else:
            self.violations.append(f"write to {address:#x}")

    def tick(self) -> int:
        self.ticks += 1
        return self.ticks

    def _key(self, value: int) -> None:
        """3.6.1: any other sequence locks the register up to the next reset."""
        self._keys.append(value)
        if self._locked_until_reset or tuple(self._keys) != _KEYS[: len(self._keys)]:
            self._locked_until_reset = True
            self.violations.append(f"wrong key {value:#x}")
        elif tuple(self._keys) == _KEYS:
            if not self.control & LOCK:
                self.violations.append("unlocked twice")
            self.control &= ~LOCK
            self._keys.clear()

    def _control(self, value: int) -> None:
        """3.9.5: not to be written while locked or busy."""
        if self.control & LOCK or self._busy:
            self.violations.append(f"CR written while {'locked' if not self._busy else 'busy'}")
            return
        self.control = value & ~START
        if value & START:
            self._erase(value >> 3 & 0xF)

    def _erase(self, sector: int) -> None:
        if self.status & ERRORS or self.control & (ERASE | PROGRAM) != ERASE:
            self.violations.append("erase not allowed")
            return
        if sector in self.protected:
            self.status |= WRITE_PROTECTED
            return
        start = sum(SECTORS[:sector]) * 1024
        self.memory[start : start + SECTORS[sector] * 1024] = b"\xff" * SECTORS[sector] * 1024
        self._busy = self.busy_polls

    def _program(self, offset: int, word: int) -> None:
        """3.6.4: one access of the width that PSIZE says; bits only go from 1 to 0."""
        if self._busy or offset % 4:
            self.violations.append(f"memory written while busy or unaligned at {offset:#x}")
        elif self.control & LOCK or not self.control & PROGRAM or self.control & ERASE:
            self.status |= SEQUENCE
            self.violations.append("memory written while not programming")
        elif self.control & (3 << 8) != PARALLEL_32:
            self.status |= PARALLELISM
        elif self.status & ERRORS:
            self.violations.append("programming with an error flag set")
        elif self._sector(offset) in self.protected:
            self.status |= WRITE_PROTECTED
        else:
            old = int.from_bytes(self.memory[offset : offset + 4], "little")
            self.memory[offset : offset + 4] = (old & word).to_bytes(4, "little")
            self._busy = self.busy_polls

    @staticmethod
    def _sector(offset: int) -> int:
        for sector, kibibytes in enumerate(SECTORS):
            offset -= kibibytes * 1024
            if offset < 0:
                return sector
        raise AssertionError
