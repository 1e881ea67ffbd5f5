"""The words ``--target native`` and ``--target native:GEOMETRY``."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.default_policy import check_default_policy
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice, devices_of
from firmware_sim.bench.dut.native.device import NativeDevice, geometry_name
from firmware_sim.bench.dut.native.engine import engine_running
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import NAMED, NRF52840, Geometry

NATIVE: Final = "native"


class NativeDevices:
    """Devices that run the board's firmware in this computer; the engine is a process of its own.

    Args:
        geometry: of the flash of a device by itself; those of a drill have their own.
    """

    is_one_device = True

    def __init__(self, geometry: Geometry = NRF52840) -> None:
        self._geometry = geometry

    @classmethod
    def read(cls, target: str) -> "NativeDevices | None":
        kind, colon, name = target.partition(":")
        if kind != NATIVE:
            return None
        if colon and name not in NAMED:
            raise UsageError(f"{name!r} is no flash of the engine", f"use {', '.join(NAMED)}")
        return cls(NAMED[name]) if colon else cls()

    def check_policy(self, policy: Policy) -> None:
        check_default_policy(policy)

    def device_types(self) -> frozenset[DeviceType] | None:
        return None

    @contextmanager
    def device(self) -> Iterator[NativeDevice]:
        with engine_running() as engine:
            yield NativeDevice(engine.open(geometry_name(self._geometry)), self._geometry)

    @asynccontextmanager
    async def devices(self, premises: Iterable[Premises]) -> AsyncIterator[DevicesTarget]:
        with engine_running() as engine:

            async def start(device: Device) -> ReachedDevice:
                geometry = device.flash.geometry
                native = NativeDevice(engine.open(geometry_name(geometry)), geometry)
                native.begin(blueprint_of(device.image()))
                return ReachedDevice(native, device.clock)

            yield DevicesTarget(devices_of(premises), start)
