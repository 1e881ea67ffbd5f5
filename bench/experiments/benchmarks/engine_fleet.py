"""The benchmark's meters in the native engine: provisioned, powered on, given their commands."""

import gc
from time import thread_time
from typing import Final, NamedTuple

from firmware_sim.bench.dut.clock import StillClock, posix_seconds
from firmware_sim.bench.dut.native.device import geometry_name
from firmware_sim.bench.dut.native.factory import NativeFactory
from firmware_sim.bench.experiments.benchmarks.workload import AT, SEED, Workload
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.engine.batch import Batch
from firmware_sim.hw.engine.device import STORE_OK, EngineDevice
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.machine.flash.nor import NorFlash

_MICRO: Final = 1e6
_USES_FOR_TABLES: Final = 600
"""More verifications by a key than the engine waits for (`hw/native/crypto/public_keys.c`)."""


class Sharing(NamedTuple):
    """What devices share: facts about certificates, and tables of public keys."""

    name: str
    facts: bool
    tables: bool


class EngineFleet:
    """The meters of a workload in the engine, off."""

    def __init__(self, library: EngineLibrary, workload: Workload) -> None:
        self._library = library
        self._workload = workload
        geometry = PROFILES[DeviceType.ESME].geometry
        name = geometry_name(geometry)
        flash = NorFlash(geometry)
        self._devices = [EngineDevice(library, name, is_checked=False) for _ in workload.snapshots]
        self._images = []
        for snapshot in workload.snapshots:
            flash.restore(snapshot)
            self._images.append(flash.image())
        self._factory = NativeFactory(workload.pki, DeviceType.ESME, SEED)
        self._batches = {
            mode: Batch(library, workload.devices, len(commands[0]))
            for mode, commands in workload.commands.items()
        }
        for mode, batch in self._batches.items():
            batch.fill(workload.commands[mode])

    def provisioning(self) -> float:
        """Microseconds a device."""
        started = thread_time()
        self._factory.make(self._library, self._devices, self._workload.entities)
        return self._each(started)

    def handling(self, mode: ReplacementMode, sharing: Sharing) -> float:
        """Microseconds a device, over all devices of the workload.

        Raises:
            AssertionError: one refused its command.
        """
        self._library.share(sharing.facts, sharing.tables)
        if sharing.facts:
            self._warm(mode)
        for number in range(self._workload.devices):
            self._power_on(number)
        gc.collect()
        # The collection leaves the processor's caches cold: one device is first, unmeasured.
        self._devices[0].receive(self._workload.commands[mode][0])
        self._power_on(0)
        started = thread_time()
        self._batches[mode].receive(self._devices)
        cost = self._each(started)
        for number in range(self._workload.devices):
            reason, answer = self._batches[mode].answer(number)
            if reason or not answer:
                raise AssertionError("the benchmark's command was not carried out")
        return cost

    def check_equal(self) -> None:
        """The engine makes, answers and leaves what Python does, for every device and mode.

        Raises:
            AssertionError: it does not.
        """
        self._factory.make(self._library, self._devices, self._workload.entities)
        if [device.image() for device in self._devices] != self._images:
            raise AssertionError("the engine provisions other images than Python")
        for mode, commands in self._workload.commands.items():
            for number in range(self._workload.devices):
                self._power_on(number)
            self._batches[mode].receive(self._devices)
            for number, octets in enumerate(commands):
                simulated = self._workload.device(number, P256Suite(), None)
                [answer] = simulated.receive(octets).messages
                image = self._devices[number].image()
                if self._batches[mode].answer(number) != (0, answer) or image != simulated.image():
                    raise AssertionError("the engine does something else than Python")

    def close(self) -> None:
        """The meters are gone."""
        for device in self._devices:
            device.close()

    def _power_on(self, number: int) -> None:
        device, now = self._devices[number], StillClock(AT).now()
        device.load(self._images[number])
        if device.power_on() != STORE_OK:
            raise AssertionError("the firmware does not start from an image of Python's")
        device.set_clock(posix_seconds(now), now.reliability)

    def _warm(self, mode: ReplacementMode) -> None:
        """One device is first, as often as it takes to make tables; the others are measured."""
        for _ in range(_USES_FOR_TABLES):
            self._power_on(0)
            self._devices[0].receive(self._workload.commands[mode][0])

    def _each(self, started: float) -> float:
        return (thread_time() - started) / self._workload.devices * _MICRO
