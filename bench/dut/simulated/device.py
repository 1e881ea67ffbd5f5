"""A device under test that is simulated in this process."""

from collections.abc import Sequence
from typing import Self

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.dut.clock import UNSET, StillClock
from firmware_sim.bench.dut.device_under_test import EVERY_ABILITY, Ability, typed
from firmware_sim.bench.dut.power_cuts import CutMoment, OperationCut
from firmware_sim.bench.dut.simulated.power import receive_cut
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.dut.simulated.word_flash import WordFlash
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.flash.cut import PowerCut
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.flash.trace import FlashOperation
from firmware_sim.machine.image.digest import trust_store_digest
from firmware_sim.machine.image.records import Superblock
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading
from firmware_sim.machine.store import Store


class SimulatedDevice:
    """A `DeviceUnderTest`; it exists from `begin` on.

    Args:
        geometry: of its flash.
        traced: record every flash operation since `begin`, for `trace`.
    """

    def __init__(
        self, geometry: Geometry, policy: Policy | None = None, *, traced: bool = False
    ) -> None:
        self._geometry = geometry
        self._traced = traced
        self._clock = StillClock()
        self._surroundings = Surroundings(
            self._clock, policy or Policy(), verified=SignatureCache()
        )

    @classmethod
    def running(cls, device: Device) -> Self:
        """A device that has power already, and looks at a clock of its own until `begin`."""
        this = cls(device.flash.geometry)
        this._flash, this._device = device.flash, device
        return this

    @property
    def abilities(self) -> Ability:
        return EVERY_ABILITY

    @property
    def geometry(self) -> Geometry:
        return self._geometry

    def begin(self, blueprint: Blueprint) -> None:
        self._flash: NorFlash = WordFlash(self._geometry)
        self._flash.trace = [] if self._traced else None
        superblock = Superblock(self._geometry, blueprint.device_type, blueprint.entity)
        Store.format(self._flash, superblock, blueprint.records)
        self._clock.put(UNSET)
        self._device = self._surroundings.powered(self._flash)

    def set_clock(self, reading: ClockReading) -> None:
        self._clock.put(reading)

    def receive(self, octets: bytes) -> Effects:
        return self._device.receive(octets)

    def receive_cut(self, octets: bytes, moment: CutMoment) -> Effects:
        return receive_cut(self._device, octets, moment)

    def arm_cut(self, cut: OperationCut | None) -> None:
        self._words().arm(cut)

    def flash_operations(self) -> int:
        return self._words().done

    def is_power_cut(self, error: BaseException) -> bool:
        return isinstance(error, PowerCut)

    def power_back(self) -> None:
        self.reset()

    def enter(self, digits: bytes) -> Effects:
        return self._device.enter(typed(digits))

    def tick(self) -> Effects:
        return self._device.tick()

    def reset(self) -> None:
        self._clock.put(UNSET)
        self._device.power_on()

    def digest(self) -> bytes:
        return trust_store_digest(self._flash.image())

    def image(self) -> bytes:
        return self._flash.image()

    def trace(self) -> Sequence[FlashOperation]:
        """Every flash operation since `begin`, if it is traced."""
        return self._flash.trace or ()

    def wear(self) -> tuple[int, ...] | None:
        return tuple(self._flash.wear)

    def _words(self) -> WordFlash:
        if not isinstance(self._flash, WordFlash):
            raise BenchError("only a device that was begun here is cut at a word of its flash")
        return self._flash
