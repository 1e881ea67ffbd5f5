"""The Arm MPS2 with image AN505, as the firmware uses it: all of it secure (Arm DAI 0505)."""

from collections.abc import Sequence
from typing import Final

from firmware_sim.hw.emulators.cortex_m import SystemControl
from firmware_sim.hw.emulators.mps2 import CmsdkTimer, CmsdkUart
from firmware_sim.hw.emulators.peripherals import MemoryRange, Model, Peripheral, Wiring

_HERTZ: Final = 20_000_000
_TICK_NANOSECONDS: Final = 50


def _peripherals(wiring: Wiring) -> Sequence[Peripheral]:
    return (
        CmsdkTimer(0x50000000, wiring, _TICK_NANOSECONDS),
        CmsdkTimer(0x50001000, wiring, _TICK_NANOSECONDS),
        CmsdkUart(0x50200000, wiring),
        SystemControl(wiring, _HERTZ),
    )


MODEL = Model(
    cpu="CORTEX_M33",
    memories=(
        MemoryRange(0x10000000, 0x400000, writable=False),
        MemoryRange(0x38000000, 0x200000),
    ),
    vectors=0x10000000,
    peripherals=_peripherals,
)
