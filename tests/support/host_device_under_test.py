"""The firmware's machine, compiled for this computer, as a device under test."""

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.dut.clock import UNSET
from firmware_sim.bench.dut.device_under_test import EVERY_ABILITY, Ability
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading
from firmware_sim.machine.refusals import Refusal, RefusalReason
from tests.support.host_device import Answers, HostDevice


class HostDeviceUnderTest:
    """A `DeviceUnderTest` over a `HostDevice`."""

    def __init__(self, geometry: Geometry) -> None:
        self._device = HostDevice(geometry)

    @property
    def abilities(self) -> Ability:
        return EVERY_ABILITY

    @property
    def geometry(self) -> Geometry:
        return self._device.geometry

    def begin(self, blueprint: Blueprint) -> None:
        self._device.provision(blueprint.device_type, blueprint.entity, blueprint.records)
        self.reset()

    def set_clock(self, reading: ClockReading) -> None:
        self._device.set_clock(reading)

    def receive(self, octets: bytes) -> Effects:
        return _effects(self._device.receive(octets))

    def tick(self) -> Effects:
        return _effects(self._device.tick())

    def reset(self) -> None:
        assert self._device.power_on()
        self._device.set_clock(UNSET)

    def digest(self) -> bytes:
        return self._device.digest()

    def image(self) -> bytes:
        assert not self._device.misuses
        return self._device.image()

    def wear(self) -> tuple[int, ...] | None:
        return None


def _effects(answers: Answers) -> Effects:
    if not answers.reason:
        return Effects(answers.messages)
    return Effects(answers.messages, Refusal(RefusalReason(answers.reason), "the number only"))
