"""An STM32F405 as far as the firmware uses it (RM0090): clocks, USART 2, timer 2, flash interface.

The flash interface is strict: what the manual forbids is not carried out, and its error flag
tells.
"""

from collections.abc import Sequence
from typing import Final

from firmware_sim.hw.emulators.cortex_m import CycleCounter, SystemControl
from firmware_sim.hw.emulators.peripherals import MemoryRange, Model, Peripheral, Registers, Wiring

_HERTZ: Final = 168_000_000
_TIMER_HERTZ: Final = 84_000_000

_USART: Final = 0x400
_USART_SR, _USART_DR = _USART + 0x00, _USART + 0x04
_RECEIVED, _SENT, _CAN_SEND = 1 << 5, 1 << 6, 1 << 7

_COUNT: Final = 0x24

_RCC: Final = 0x800
_RCC_CR, _RCC_CFGR, _RCC_CSR = _RCC + 0x00, _RCC + 0x08, _RCC + 0x74
_ON_BITS: Final = 1 << 0 | 1 << 16 | 1 << 24  # each is followed by its "ready"
_CLEAR_FLAGS, _PIN_RESET, _POWER_RESET, _SOFTWARE_RESET = (1 << bit for bit in (24, 26, 27, 28))

_FLASH: Final = 0xC00
_KEYR, _FLASH_SR, _FLASH_CR = _FLASH + 0x04, _FLASH + 0x0C, _FLASH + 0x10
_KEYS: Final = (0x45670123, 0xCDEF89AB)
_DONE, _PROTECTED, _PARALLELISM, _SEQUENCE = (1 << bit for bit in (0, 4, 6, 7))
_ERRORS: Final = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7
_PROGRAM, _ERASE, _START, _LOCK = (1 << bit for bit in (0, 1, 16, 31))
_WIDTH, _WORDS = 3 << 8, 2 << 8
_SECTORS: Final = (0x4000, 0x4000, 0x4000, 0x4000, 0x10000)
"""Octets of the first ones: sector 0 holds the vectors, sectors 1 to 4 the image (table 5)."""


class Usart2(Registers):
    """0x40004400. The transmitter is never full."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x40004000)
        self._line = wiring.line

    def read(self, offset: int) -> int:
        waiting = self._line.to_board
        if offset == _USART_SR:
            return _SENT | _CAN_SEND | (_RECEIVED if waiting else 0)
        if offset == _USART_DR:
            return waiting.pop(0) if waiting else 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _USART_DR:
            self._line.send(value & 0xFF)
        else:
            super().write(offset, value)


class Timer2(Registers):
    """0x40000000: counts up at 84 MHz over 32 bits."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x40000000)
        self._wiring = wiring

    def read(self, offset: int) -> int:
        if offset == _COUNT:
            return self._wiring.nanoseconds() * _TIMER_HERTZ // 1_000_000_000 & 0xFFFFFFFF
        return super().read(offset)


class ClocksAndFlash(Registers):
    """0x40023000: reset and clock control at 0x800, the flash interface at 0xC00.

    A write to the flash memory takes effect at the next look at a register, as the driver must
    look at BSY before it goes on.
    """

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x40023000)
        self._flash = wiring.flash
        self._status = 0
        self._control = _LOCK
        self._keys: list[int] = []
        self._written: list[tuple[int, int, int]] = []

    def start(self, *, cold: bool) -> None:
        super().start(cold=cold)
        self._status, self._control = 0, _LOCK
        self._keys.clear()
        self.values[_RCC_CSR] = _PIN_RESET | (_POWER_RESET if cold else _SOFTWARE_RESET)

    def flash_written(self, offset: int, value: int) -> None:
        """A word is about to be stored at an offset into the image."""
        old = int.from_bytes(self._flash[offset : offset + 4], "little")
        self._written.append((offset, old, value))

    def read(self, offset: int) -> int:
        self._settle()
        if offset == _RCC_CR:
            on = self.values.get(_RCC_CR, 0)
            return on | (on & _ON_BITS) << 1
        if offset == _RCC_CFGR:
            chosen = self.values.get(_RCC_CFGR, 0)
            return chosen | (chosen & 3) << 2
        return {_FLASH_SR: self._status, _FLASH_CR: self._control}.get(offset, super().read(offset))

    def write(self, offset: int, value: int) -> None:
        self._settle()
        if offset == _KEYR:
            self._unlock(value)
        elif offset == _FLASH_SR:
            self._status &= ~(value & (_ERRORS | _DONE))
        elif offset == _FLASH_CR:
            self._command(value)
        elif offset == _RCC_CSR and value & _CLEAR_FLAGS:
            self.values[_RCC_CSR] = 0
        else:
            super().write(offset, value)

    def _unlock(self, key: int) -> None:
        """3.6.1: another sequence locks the register up to the next reset."""
        self._keys.append(key)
        if tuple(self._keys) == _KEYS:
            self._control &= ~_LOCK
            self._keys.clear()

    def _command(self, value: int) -> None:
        """3.9.5: a locked register keeps its value."""
        if self._control & _LOCK:
            return
        self._control = value & ~_START
        if value & _START:
            self._erase(value >> 3 & 0xF)

    def _erase(self, sector: int) -> None:
        if self._status & _ERRORS or self._control & (_PROGRAM | _ERASE) != _ERASE:
            self._status |= _SEQUENCE
        elif not 1 <= sector < len(_SECTORS):
            self._status |= _PROTECTED  # the program lies there
        else:
            start = sum(_SECTORS[1:sector])
            size = _SECTORS[sector]
            self._flash[start : start + size] = b"\xff" * size

    def _settle(self) -> None:
        """3.6.4: bits only go from 1 to 0, a word at a time, while programming is on."""
        written, self._written = self._written, []
        for offset, old, value in written:
            allowed = self._control & (_LOCK | _PROGRAM | _ERASE) == _PROGRAM
            if not allowed:
                self._status |= _SEQUENCE
            elif self._control & _WIDTH != _WORDS:
                self._status |= _PARALLELISM
            stays = not allowed or self._status & _ERRORS
            kept = old if stays else old & value
            self._flash[offset : offset + 4] = kept.to_bytes(4, "little")


def _peripherals(wiring: Wiring) -> Sequence[Peripheral]:
    return (
        Timer2(wiring),
        Usart2(wiring),
        Registers(0x40007000),
        Registers(0x40020000),
        ClocksAndFlash(wiring),
        CycleCounter(wiring, _HERTZ),
        SystemControl(wiring, _HERTZ),
    )


MODEL = Model(
    cpu="CORTEX_M4",
    memories=(
        MemoryRange(0x08000000, 0x4000, writable=False),
        MemoryRange(0x08020000, 0xE0000, writable=False),
        MemoryRange(0x10000000, 0x10000),
        MemoryRange(0x20000000, 0x20000),
    ),
    vectors=0x08000000,
    peripherals=_peripherals,
)
