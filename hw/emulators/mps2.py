"""The Arm MPS2 with image AN385, as far as the firmware uses it (Arm DAI 0385, DDI 0479)."""

from collections.abc import Sequence

from firmware_sim.hw.emulators.cortex_m import CycleCounter, SystemControl
from firmware_sim.hw.emulators.peripherals import (
    TICK_NANOSECONDS,
    MemoryRange,
    Model,
    Peripheral,
    Registers,
    Wiring,
)

_HERTZ = 25_000_000
_DATA, _STATE = 0x00, 0x04
_RECEIVED = 1 << 1
_COUNTER_1_HZ, _COUNTER_100_HZ, _COUNTER = 0x10, 0x14, 0x18
_TIMER_VALUE = 0x04


class CmsdkUart(Registers):
    """UART 0. The transmitter is never full.

    An octet arrives when the firmware looks whether one has: data that is read unasked is stale.
    """

    def __init__(self, base: int, wiring: Wiring) -> None:
        super().__init__(base)
        self._line = wiring.line
        self._arrived = False

    def read(self, offset: int) -> int:
        if offset == _STATE:
            self._arrived = bool(self._line.to_board)
            return _RECEIVED if self._arrived else 0
        if offset == _DATA:
            arrived, self._arrived = self._arrived, False
            return self._line.to_board.pop(0) if arrived else 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _DATA:
            self._line.send(value & 0xFF)
        else:
            super().write(offset, value)


class FpgaIo(Registers):
    """0x40028000: counters at 1 Hz, 100 Hz and 25 MHz."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x40028000)
        self._wiring = wiring

    def read(self, offset: int) -> int:
        now = self._wiring.nanoseconds()
        counters = {
            _COUNTER_1_HZ: 1_000_000_000,
            _COUNTER_100_HZ: 10_000_000,
            _COUNTER: TICK_NANOSECONDS,
        }
        if offset in counters:
            return now // counters[offset] & 0xFFFFFFFF
        return super().read(offset)


class CmsdkTimer(Registers):
    """Timer 0 or 1; counts down, at the clock of the image."""

    def __init__(self, base: int, wiring: Wiring, tick: int = TICK_NANOSECONDS) -> None:
        super().__init__(base)
        self._wiring = wiring
        self._tick = tick

    def read(self, offset: int) -> int:
        if offset == _TIMER_VALUE:
            return -(self._wiring.nanoseconds() // self._tick) & 0xFFFFFFFF
        return super().read(offset)


def _peripherals(wiring: Wiring) -> Sequence[Peripheral]:
    return (
        CmsdkTimer(0x40000000, wiring),
        CmsdkTimer(0x40001000, wiring),
        CmsdkUart(0x40004000, wiring),
        Registers(0x4001F000),
        FpgaIo(wiring),
        CycleCounter(wiring, _HERTZ),
        SystemControl(wiring, _HERTZ),
    )


MODEL = Model(
    cpu="CORTEX_M3",
    memories=(
        MemoryRange(0x00000000, 0x400000, writable=False),
        MemoryRange(0x20000000, 0x400000),
    ),
    vectors=0x00000000,
    peripherals=_peripherals,
)
