"""The part of a Cortex-M that Unicorn leaves out: system control space, SysTick, cycle counter.

Only what polling firmware needs: no interrupt is ever taken (Armv7-M reference manual, B3.2).
"""

from firmware_sim.hw.emulators.peripherals import Registers, Wiring

_SYSTICK_CONTROL, _SYSTICK_RELOAD, _SYSTICK_VALUE = 0x10, 0x14, 0x18
_ENABLED, _COUNTED = 1 << 0, 1 << 16
_AIRCR = 0xD0C
_AIRCR_KEY, _SYSTEM_RESET = 0x05FA, 1 << 2
_CYCLES = 0x004


class SystemControl(Registers):
    """0xE000E000: SysTick, interrupt controller (kept as registers only), reset.

    Args:
        hertz: rate of the processor, which SysTick counts.
    """

    def __init__(self, wiring: Wiring, hertz: int) -> None:
        super().__init__(0xE000E000)
        self._wiring = wiring
        self._hertz = hertz
        self._start = 0
        self._seen = 0

    def read(self, offset: int) -> int:
        if offset == _SYSTICK_VALUE:
            period = self.values.get(_SYSTICK_RELOAD, 0) + 1
            return period - 1 - self._elapsed() % period
        if offset == _SYSTICK_CONTROL:
            return self._control()
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value)
        if offset in (_SYSTICK_CONTROL, _SYSTICK_VALUE):
            self._start, self._seen = self._cycles(), 0
        if offset == _AIRCR and value >> 16 == _AIRCR_KEY and value & _SYSTEM_RESET:
            self._wiring.reset()

    def _control(self) -> int:
        """COUNTFLAG is set once each time that zero was reached, and cleared by reading."""
        rounds = self._elapsed() // (self.values.get(_SYSTICK_RELOAD, 0) + 1)
        counted = _COUNTED if rounds > self._seen else 0
        self._seen = rounds
        return self.values.get(_SYSTICK_CONTROL, 0) & ~_COUNTED | counted

    def _elapsed(self) -> int:
        enabled = self.values.get(_SYSTICK_CONTROL, 0) & _ENABLED
        return self._cycles() - self._start if enabled else 0

    def _cycles(self) -> int:
        return self._wiring.nanoseconds() * self._hertz // 1_000_000_000


class CycleCounter(Registers):
    """0xE0001000: the cycle counter of the DWT unit."""

    def __init__(self, wiring: Wiring, hertz: int) -> None:
        super().__init__(0xE0001000)
        self._wiring = wiring
        self._hertz = hertz

    def read(self, offset: int) -> int:
        if offset == _CYCLES:
            return self._wiring.nanoseconds() * self._hertz // 1_000_000_000 & 0xFFFFFFFF
        return super().read(offset)
