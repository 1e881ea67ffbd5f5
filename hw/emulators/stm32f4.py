"""The STM32F405, as far as the firmware uses it (RM0090).

Programming is a plain write here: the image lies in memory that the processor reaches itself.
What the flash interface refuses is in `tests/board/stm32_flash_model.py`, and its driver is
tested against that.
"""

from collections.abc import Sequence

from hw.emulators.cortex_m import SystemControl
from hw.emulators.peripherals import Memory, Model, Peripheral, Registers, Wiring
from hw.errors import HardwareError

_HERTZ = 168_000_000
_TIMER_HERTZ = 84_000_000
_TIMER_COUNT = 0x24

_USART = 0x400
_USART_STATUS, _USART_DATA = _USART + 0x00, _USART + 0x04
_RECEIVED, _CAN_SEND = 1 << 5, 1 << 7 | 1 << 6

_RCC = 0x800
_RCC_CR, _RCC_CFGR, _RCC_CSR = _RCC + 0x00, _RCC + 0x08, _RCC + 0x74
_PLL_ON, _PLL_READY = 1 << 24, 1 << 25
_CLEAR_FLAGS, _PIN, _POWER, _SOFTWARE = 1 << 24, 1 << 26, 1 << 27, 1 << 28

_FLASH = 0xC00
_FLASH_ACR, _FLASH_KEYR, _FLASH_CR = _FLASH + 0x00, _FLASH + 0x04, _FLASH + 0x10
_ERASE_SECTOR, _START, _LOCK = 1 << 1, 1 << 16, 1 << 31
_KEYS = [0x45670123, 0xCDEF89AB]
_IMAGE_SECTORS = {1: (0x0000, 0x4000), 2: (0x4000, 0x4000), 3: (0x8000, 0x4000),
                  4: (0xC000, 0x10000)}  # fmt: skip


class Timer2(Registers):
    """0x40000000: counts up, 32 bits, at 84 MHz."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x40000000)
        self._wiring = wiring

    def read(self, offset: int) -> int:
        if offset == _TIMER_COUNT:
            return self._wiring.nanoseconds() * _TIMER_HERTZ // 1_000_000_000 & 0xFFFFFFFF
        return super().read(offset)


class Usart2(Registers):
    """0x40004400. The transmitter is never full."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x40004000)
        self._line = wiring.line

    def read(self, offset: int) -> int:
        if offset == _USART_STATUS:
            return _CAN_SEND | (_RECEIVED if self._line.to_board else 0)
        if offset == _USART_DATA:
            return self._line.to_board.pop(0) if self._line.to_board else 0
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if offset == _USART_DATA:
            self._line.from_board.append(value & 0xFF)
        else:
            super().write(offset, value)


class ClocksAndFlash(Registers):
    """0x40023800 clocks and resets; 0x40023C00 the flash interface, which is never busy."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(0x40023000)
        self._flash = wiring.flash
        self._keys: list[int] = []
        self.values[_RCC_CSR] = _PIN | _POWER
        self.values[_FLASH_CR] = _LOCK

    def reset_by_software(self) -> None:
        """The reset that the firmware asks for leaves its mark."""
        self.values[_RCC_CSR] = self.values[_RCC_CSR] | _PIN | _SOFTWARE

    def write(self, offset: int, value: int) -> None:
        if offset == _FLASH_ACR:
            # Written once, right after a reset, which locks the interface.
            self.values[_FLASH_CR] = _LOCK
            self._keys.clear()
        if offset == _RCC_CR and value & _PLL_ON:
            value |= _PLL_READY
        elif offset == _RCC_CFGR:
            value = value & ~0xC | (value & 0x3) << 2
        elif offset == _RCC_CSR:
            value = 0 if value & _CLEAR_FLAGS else self.values[_RCC_CSR]
        elif offset == _FLASH_KEYR:
            self._unlock(value)
        elif offset == _FLASH_CR:
            value = self._control(value)
        super().write(offset, value)

    def _unlock(self, key: int) -> None:
        self._keys = [*self._keys, key][-2:]
        if self._keys == _KEYS:
            self.values[_FLASH_CR] &= ~_LOCK

    def _control(self, value: int) -> int:
        if self.values[_FLASH_CR] & _LOCK:
            return self.values[_FLASH_CR]
        if value & _START and value & _ERASE_SECTOR:
            self._erase(value >> 3 & 0xF)
        return value & ~_START

    def _erase(self, sector: int) -> None:
        if sector not in _IMAGE_SECTORS:
            raise HardwareError(f"the firmware erases sector {sector}, where it lies itself")
        start, octets = _IMAGE_SECTORS[sector]
        self._flash[start : start + octets] = b"\xff" * octets


def _peripherals(wiring: Wiring) -> Sequence[Peripheral]:
    clocks = ClocksAndFlash(wiring)

    def reset() -> None:
        clocks.reset_by_software()
        wiring.reset()

    return (
        Timer2(wiring),
        Usart2(wiring),
        Registers(0x40020000),
        clocks,
        SystemControl(wiring._replace(reset=reset), _HERTZ),
    )


MODEL = Model(
    cpu="CORTEX_M4",
    memories=(
        Memory(0x08000000, 0x4000, writable=False),
        Memory(0x08020000, 0xE0000, writable=False),
        Memory(0x20000000, 0x20000),
    ),
    vectors=0x08000000,
    peripherals=_peripherals,
)
