"""The firmware's machine, compiled for this computer, as one of two twins."""

from datetime import UTC, datetime

from bench.twin.stream import Life
from bench.twin.twin import Answer
from firmware_sim.flash.geometry import Geometry
from firmware_sim.flash.nor import NorFlash
from firmware_sim.image.records import Superblock
from firmware_sim.ports import ClockReading, ClockReliability
from firmware_sim.store import Store
from tests.support.host_device import Answers, HostDevice


class HostTwin:
    """One device after the other in one library; the simulator writes the first image."""

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._device = HostDevice(geometry)

    def begin(self, life: Life) -> None:
        flash = NorFlash(self._geometry)
        Store.format(flash, Superblock(self._geometry, life.device_type, life.entity), life.records)
        self._device.load(flash.image())
        self.power_cycle()

    def set_clock(self, seconds: int, reliability: ClockReliability) -> None:
        self._device.set_clock(ClockReading(datetime.fromtimestamp(seconds, UTC), reliability))

    def receive(self, octets: bytes) -> Answer:
        return _answer(self._device.receive(octets))

    def tick(self) -> Answer:
        return _answer(self._device.tick())

    def power_cycle(self) -> None:
        assert self._device.power_on()
        self.set_clock(0, ClockReliability.INVALID)

    def digest(self) -> bytes:
        return self._device.digest()

    def image(self) -> bytes:
        return self._device.image()


def _answer(answers: Answers) -> Answer:
    return Answer(answers.reason, answers.messages)
