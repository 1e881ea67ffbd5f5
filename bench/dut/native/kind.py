"""The words ``--target native``: ``native[:FLASH][?type=DEVICE_TYPE]``."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from urllib.parse import parse_qsl

from firmware_sim.bench.dut.default_policy import check_default_policy
from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice, devices_of
from firmware_sim.bench.dut.native.device import NativeDevice, geometry_name, native_like
from firmware_sim.bench.dut.native.engine import engine_running
from firmware_sim.bench.dut.native.gathered_device import GatheredDevice
from firmware_sim.bench.dut.native.gathering import Gathering
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
        device_type: what a device becomes where the command does not say it; None for an ESME.
    """

    is_one_device = True
    cuts_power = True

    def __init__(self, geometry: Geometry = NRF52840, device_type: str | None = None) -> None:
        self._geometry = geometry
        self.device_type = device_type

    @classmethod
    def read(cls, target: str) -> "NativeDevices | None":
        words, _, query = target.partition("?")
        kind, colon, name = words.partition(":")
        if kind != NATIVE:
            return None
        if colon and name not in NAMED:
            raise UsageError(f"{name!r} is no flash of the engine", f"use {', '.join(NAMED)}")
        options = dict(parse_qsl(query, keep_blank_values=True))
        device_type = options.pop("type", None)
        if options or (query and device_type is None):
            raise UsageError(f"{query!r} is no option of native", "it has type=esme|gsme|gpf|chf")
        return cls(NAMED[name] if colon else NRF52840, device_type)

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
            gathering = Gathering(engine)

            async def start(device: Device) -> ReachedDevice:
                return GatheredDevice(native_like(device, engine), device.clock, gathering)

            yield DevicesTarget(devices_of(premises), start)
