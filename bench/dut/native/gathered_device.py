"""A device of a drill on the engine: what is sent to it goes to the engine with what others get."""

from collections.abc import Callable
from typing import TypeVar

from firmware_sim.bench.dut.devices_target import ReachedDevice
from firmware_sim.bench.dut.native.device import NativeDevice
from firmware_sim.bench.dut.native.gathering import Gathering
from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import Clock

_Answer = TypeVar("_Answer")


class GatheredDevice(ReachedDevice):
    """As `ReachedDevice`. Only messages are gathered: there are many more of them."""

    def __init__(self, device: NativeDevice, clock: Clock, gathering: Gathering) -> None:
        super().__init__(device, clock)
        self._native = device
        self._gathering = gathering

    async def receive(self, octets: bytes, cut: CutMoment | None = None) -> Effects:
        if cut is not None:
            return await super().receive(octets, cut)
        async with self._busy:
            self._device.note_input()
            return await self._native.receive_with_others(octets, self._gathering)

    async def _ask(self, ask: Callable[[], _Answer]) -> _Answer:
        async with self._busy:
            return ask()
