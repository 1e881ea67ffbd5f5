"""One of the two: the device of this project, in this process."""

from datetime import UTC, datetime

from firmware_sim.bench.experiments.twin.trial import TwinTrial
from firmware_sim.bench.experiments.twin.twin import Answer
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.digest import trust_store_digest
from firmware_sim.machine.image.records import RecordKey, RecordKind, Superblock
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading, ClockReliability
from firmware_sim.machine.store import Store


class TwinClock:
    """Stands where it was put."""

    def __init__(self, start: datetime) -> None:
        self._reading = ClockReading(start, ClockReliability.RELIABLE)

    @property
    def seconds(self) -> int:
        """Since 1970-01-01 UTC."""
        return int(self._reading.time.timestamp())

    def now(self) -> ClockReading:
        """As it was put."""
        return self._reading

    def put(self, seconds: int, reliability: ClockReliability) -> None:
        """Put it to so many seconds since 1970-01-01 UTC."""
        self._reading = ClockReading(datetime.fromtimestamp(seconds, UTC), reliability)


class SimulatedTwin:
    """The simulator's side; a new device for each trial.

    Args:
        geometry: the flash of the other twin.
    """

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._known = SignatureCache()

    def begin(self, trial: TwinTrial) -> None:
        self._flash = NorFlash(self._geometry)
        superblock = Superblock(self._geometry, trial.device_type, trial.entity)
        Store.format(self._flash, superblock, trial.records)
        self._clock = TwinClock(datetime.fromtimestamp(0, UTC))
        self._clock.put(0, ClockReliability.INVALID)
        self._device = Device(
            self._flash, clock=self._clock, suite=P256Suite(), verified=self._known
        )

    def set_clock(self, seconds: int, reliability: ClockReliability) -> None:
        self._clock.put(seconds, reliability)

    def receive(self, octets: bytes) -> Answer:
        return _answer(self._device.receive(octets))

    def tick(self) -> Answer:
        return _answer(self._device.tick())

    def power_cycle(self) -> None:
        self._clock.put(0, ClockReliability.INVALID)
        self._device.power_on()

    def digest(self) -> bytes:
        return trust_store_digest(self._flash.image())

    def image(self) -> bytes:
        return self._flash.image()


def contents(flash: NorFlash) -> tuple[tuple[RecordKey, bytes], ...]:
    """Every record that a flash holds."""
    store = Store.open(flash)
    return tuple(pair for kind in RecordKind for pair in store.items(kind))


def _answer(effects: Effects) -> Answer:
    refusal = effects.refusal
    return Answer(0 if refusal is None else int(refusal.reason), effects.messages)
