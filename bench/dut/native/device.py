"""A device under test that the native engine runs."""

from typing import Final

from firmware_sim.bench.dut.blueprint import Blueprint, blueprint_of
from firmware_sim.bench.dut.clock import UNSET, posix_seconds
from firmware_sim.bench.dut.device_under_test import EVERY_ABILITY, Ability
from firmware_sim.bench.dut.native.gathering import Gathering
from firmware_sim.bench.dut.power_cuts import CutMoment, OperationCut
from firmware_sim.bench.dut.refusals import effects_of
from firmware_sim.bench.dut.simulated.power import TORN_OCTETS
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.device import Device
from firmware_sim.hw.engine.device import CUT_NEVER, STORE_OK, EngineDevice, RawRecord
from firmware_sim.hw.engine.errors import PowerLostError
from firmware_sim.hw.engine.hosting import EngineDeviceProxy, EngineProcess
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading

_WORD_OCTETS: Final = 4
_CUTS: Final = {CutMoment.TORN: TORN_OCTETS // _WORD_OCTETS, CutMoment.BEFORE: 0}
"""Before which word of the flash's next operations."""


class NativeDevice:
    """A `DeviceUnderTest`; it exists from `begin` or `load` on.

    Args:
        device: off, in the engine's process or in this one.
        geometry: of its flash.
    """

    def __init__(self, device: EngineDevice | EngineDeviceProxy, geometry: Geometry) -> None:
        self._device = device
        self._geometry = geometry

    @property
    def abilities(self) -> Ability:
        return EVERY_ABILITY

    @property
    def geometry(self) -> Geometry:
        return self._geometry

    def begin(self, blueprint: Blueprint) -> None:
        records = [RawRecord(key.kind, key.number, body) for key, body in blueprint.records]
        self._device.provision(blueprint.device_type, blueprint.entity, records)
        self.reset()

    def load(self, image: bytes) -> None:
        """Become the device of an image, which has been powered on before; its clock is unset.

        Raises:
            BenchError: the firmware does not start from it.
        """
        self._device.load(image)
        self.reset()

    def set_clock(self, reading: ClockReading) -> None:
        self._device.show_time(posix_seconds(reading), reading.reliability)

    def receive(self, octets: bytes) -> Effects:
        return effects_of(octets, *self._device.receive(octets))

    async def receive_with_others(self, octets: bytes, gathering: Gathering) -> Effects:
        """As `receive`, of a device in the engine's process, which gets other devices' too."""
        device = self._device
        if not isinstance(device, EngineDeviceProxy):
            return self.receive(octets)
        answer = await gathering.ask(device.handing_over(octets))
        return effects_of(octets, *device.received(answer))

    def receive_cut(self, octets: bytes, moment: CutMoment) -> Effects:
        if moment in _CUTS:
            self._device.cut(_CUTS[moment])
        try:
            refusal = self.receive(octets).refusal
        except PowerLostError:
            refusal = None
        self._device.cut(CUT_NEVER)  # a device that refused writes less than a commit
        self.reset()
        return Effects(refusal=refusal)

    def enter(self, digits: bytes) -> Effects:
        return effects_of(b"", *self._device.enter(digits))

    def tick(self) -> Effects:
        return effects_of(b"", *self._device.tick())

    def reset(self) -> None:
        try:
            result = self._device.power_on()
        except PowerLostError:  # the cut that was asked for had not come yet
            result = self._device.power_on()
        if result != STORE_OK:
            raise BenchError(f"the firmware does not start from this flash: store result {result}")
        self.set_clock(UNSET)

    def cut(self, operation: int = 0) -> None:
        """Cut the power at a flash operation, counted from now: what does it raises PowerLostError.

        The device is off from then on until `reset`.
        """
        self._device.cut(operation)

    def arm_cut(self, cut: OperationCut | None) -> None:
        self._device.cut(*(cut or OperationCut(CUT_NEVER)))

    def flash_operations(self) -> int:
        return self._device.operations()

    def is_power_cut(self, error: BaseException) -> bool:
        return isinstance(error, PowerLostError)

    def power_back(self) -> None:
        self.reset()

    def digest(self) -> bytes:
        return self._device.digest()

    def image(self) -> bytes:
        found = self._device.checked_image()
        if found.misuses:
            problem = f"the firmware did {found.misuses} flash operations that no part allows"
            raise BenchError(problem)
        return found.image()

    def wear(self) -> tuple[int, ...] | None:
        return self._device.wear()


def geometry_name(geometry: Geometry) -> str:
    """Under which the engine knows a flash.

    Raises:
        BenchError: it knows none like it.
    """
    for name, known in NAMED.items():
        if known == geometry:
            return name
    raise BenchError("the engine has no such flash", f"use {', '.join(NAMED)}")


def native_like(device: Device, engine: EngineProcess) -> NativeDevice:
    """A new device of an engine that holds what a simulated one does, powered on."""
    geometry = device.flash.geometry
    native = NativeDevice(engine.open(geometry_name(geometry)), geometry)
    native.begin(blueprint_of(device.image()))
    return native
