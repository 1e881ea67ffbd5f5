"""The firmware's machine, compiled for this computer: a device to set beside the simulated one."""

from collections.abc import Iterable
from datetime import UTC, datetime

from firmware_sim.bench.dut.native.device import NativeDevice
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.hw.engine.device import STORE_OK, EngineAnswer, EngineDevice, RawRecord
from firmware_sim.hw.engine.errors import PowerLostError
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.image.records import RecordKey
from firmware_sim.machine.ports import ClockReading
from tests.board.host_library import host_library

__all__ = ["EngineAnswer", "HostDevice", "PowerLostError", "name_of", "seconds_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def name_of(geometry: Geometry) -> str:
    """Under which the firmware knows it."""
    return next(name for name, each in NAMED.items() if each == geometry)


def seconds_of(reading: ClockReading) -> int:
    """Since 1970, without a fraction."""
    return int((reading.time - _EPOCH).total_seconds())


def typed_octets(digits: str) -> bytes:
    """What is typed in, as it goes to a firmware."""
    return digits.encode("ascii", "replace")


class HostDevice:
    """An `EngineDevice` in the words of the tests."""

    def __init__(
        self, geometry: Geometry, cryptography: Cryptography = Cryptography.BEARSSL
    ) -> None:
        self.geometry = geometry
        self._library = host_library("devices", cryptography)
        self._device = EngineDevice(self._library, name_of(geometry))

    def load(self, image: bytes) -> None:
        """Put an image into the flash, past the machine."""
        self._device.load(image)

    def image(self) -> bytes:
        """The whole flash."""
        return self._device.image()

    def digest(self) -> bytes:
        """What is trusted, as the machine sums it up itself."""
        return self._device.digest()

    def receive(self, octets: bytes) -> EngineAnswer:
        """Hand over what arrived."""
        return self._device.receive(octets)

    def enter(self, digits: str) -> EngineAnswer:
        """Type in a token."""
        return self._device.enter(typed_octets(digits))

    def tick(self) -> EngineAnswer:
        """Let it do what has fallen due."""
        return self._device.tick()

    def cut(self, operation: int, flavour: int = 0, mask: int = 0) -> None:
        """Cut the power at a flash operation; see `EngineDevice.cut`."""
        self._device.cut(operation, flavour, mask)

    @property
    def misuses(self) -> int:
        """Flash operations that no part would allow."""
        return self._device.misuses()

    def provision(
        self, device_type: DeviceType, entity: EntityId, records: Iterable[tuple[RecordKey, bytes]]
    ) -> None:
        """Erase the flash and let the firmware write its first image."""
        raw = [RawRecord(int(key.kind), key.number, body) for key, body in records]
        self._device.provision(int(device_type), entity, raw)

    def power_on(self) -> bool:
        """Start from the flash; False if it holds no sound state."""
        return self._device.power_on() == STORE_OK

    def under_test(self) -> NativeDevice:
        """The same device as experiments have it."""
        return NativeDevice(self._device, self.geometry)

    def reopen(self) -> None:
        """Let the machine that runs read its flash anew, which was changed past it."""
        assert self._device.reopen() == STORE_OK

    def set_clock(self, reading: ClockReading) -> None:
        """Stop the clock at a reading of 1970 or later; a fraction of a second is dropped."""
        assert self._device.set_clock(seconds_of(reading), int(reading.reliability))

    def remember_secret(self, point: bytes, secret: bytes) -> None:
        """As if the device's key had been agreed with that point before."""
        self._device.digest()  # it runs from here on
        self._library.raw.remember_secret(point, secret)

    def share(self, *, facts: bool, tables: bool) -> None:
        """What the devices of this library share; see `engine_share`."""
        self._library.share(facts, tables)

    def wear(self, *, is_worn: bool) -> None:
        """Whether the flash takes nothing more."""
        self._device.wear_out(is_worn=is_worn)
