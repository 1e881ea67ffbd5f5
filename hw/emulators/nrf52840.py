"""An nRF52840 as far as the firmware uses it: clocks, UART, timers, flash controller (NVMC).

It follows the product specification. The flash controller is strict: what that forbids is not
carried out.
"""

from collections.abc import Sequence
from typing import Final

from firmware_sim.hw.emulators.cortex_m import SystemControl
from firmware_sim.hw.emulators.peripherals import MemoryRange, Model, Peripheral, Registers, Wiring

_HERTZ: Final = 64_000_000
_TIMER_HERTZ: Final = 16_000_000
_IMAGE: Final = 0xF8000
_PAGE: Final = 0x1000

_CRYSTAL_START, _CRYSTAL_STARTED, _RESET_REASONS = 0x000, 0x100, 0x400
_SOFTWARE: Final = 1 << 2

_START_RX, _START_TX, _RECEIVED, _SENT = 0x000, 0x008, 0x108, 0x11C
_ENABLE, _RXD, _TXD, _UART_ON = 0x500, 0x518, 0x51C, 4

_CAPTURE, _COMPARE = 0x040, 0x540

_READY, _CONFIG, _ERASE_PAGE = 0x400, 0x504, 0x508
_READ_ONLY, _WRITE, _ERASE = 0, 1, 2


class PowerAndClock(Registers):
    """0x40000000: the crystal runs at once; reasons of a reset add up until they are cleared."""

    def __init__(self) -> None:
        super().__init__(0x40000000)

    def start(self, *, cold: bool) -> None:
        reasons = 0 if cold else self.values.get(_RESET_REASONS, 0) | _SOFTWARE
        super().start(cold=cold)
        self.values[_RESET_REASONS] = reasons

    def write(self, offset: int, value: int) -> None:
        if offset == _RESET_REASONS:
            self.values[offset] &= ~value
        elif offset == _CRYSTAL_START:
            self.values[_CRYSTAL_STARTED] = 1
        else:
            super().write(offset, value)


class Uart0(Registers):
    """0x40002000: the UART without DMA. An octet is sent as soon as it is given."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x40002000)
        self._line = wiring.line

    def read(self, offset: int) -> int:
        waiting = self._line.to_board if self._runs(_START_RX) else bytearray()
        if offset == _RECEIVED:
            return int(bool(waiting))
        if offset == _RXD:
            return waiting.pop(0) if waiting else 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value)
        if offset == _TXD and self._runs(_START_TX):
            self._line.send(value & 0xFF)
            self.values[_SENT] = 1

    def _runs(self, task: int) -> bool:
        return self.values.get(_ENABLE) == _UART_ON and bool(self.values.get(task))


class Timer(Registers):
    """Counts at 16 MHz over 32 bits; its count is seen by capturing it."""

    def __init__(self, base: int, wiring: Wiring) -> None:
        super().__init__(base)
        self._wiring = wiring

    def write(self, offset: int, value: int) -> None:
        if offset == _CAPTURE:
            offset = _COMPARE
            value = self._wiring.nanoseconds() * _TIMER_HERTZ // 1_000_000_000 & 0xFFFFFFFF
        super().write(offset, value)


class FlashControl(Registers):
    """0x4001E000: the NVMC. A write to the flash memory takes effect at the next look here."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x4001E000)
        self._flash = wiring.flash
        self._written: list[tuple[int, int, int]] = []

    def flash_written(self, offset: int, value: int) -> None:
        """A word is about to be stored at an offset into the image."""
        old = int.from_bytes(self._flash[offset : offset + 4], "little")
        self._written.append((offset, old, value))

    def read(self, offset: int) -> int:
        self._settle()
        return 1 if offset == _READY else super().read(offset)

    def write(self, offset: int, value: int) -> None:
        self._settle()
        if offset == _ERASE_PAGE:
            self._erase(value - _IMAGE)
        else:
            super().write(offset, value)

    def _erase(self, start: int) -> None:
        """Only a page's own address names it, and none of those that hold the program."""
        mode = self.values.get(_CONFIG, _READ_ONLY)
        if mode == _ERASE and start in range(0, len(self._flash), _PAGE):
            self._flash[start : start + _PAGE] = b"\xff" * _PAGE

    def _settle(self) -> None:
        """Bits only go from 1 to 0, a word at a time, while writing is on."""
        written, self._written = self._written, []
        for offset, old, value in written:
            kept = old & value if self.values.get(_CONFIG) == _WRITE else old
            self._flash[offset : offset + 4] = kept.to_bytes(4, "little")


def _peripherals(wiring: Wiring) -> Sequence[Peripheral]:
    return (
        PowerAndClock(),
        Uart0(wiring),
        Timer(0x40008000, wiring),
        Timer(0x40009000, wiring),
        FlashControl(wiring),
        Registers(0x50000000),
        SystemControl(wiring, _HERTZ),
    )


MODEL = Model(
    cpu="CORTEX_M4",
    memories=(
        MemoryRange(0x00000000, _IMAGE, writable=False),
        MemoryRange(0x20000000, 0x40000),
    ),
    vectors=0x00000000,
    peripherals=_peripherals,
)
