"""A twin run without a board: the same stream, the firmware in this process, on every part."""

from datetime import UTC, datetime

import pytest

from firmware_sim.bench.experiments.twin.running import TwinResult, run_twins
from firmware_sim.bench.experiments.twin.simulated import SimulatedTwin
from firmware_sim.bench.experiments.twin.trial import TwinTrial
from firmware_sim.bench.experiments.twin.twin import Answer
from firmware_sim.bench.progress import Silent
from firmware_sim.machine.flash.geometry import NAMED, NRF52840, TINY, Geometry
from firmware_sim.machine.ports import ClockReading, ClockReliability
from firmware_sim.machine.refusals import RefusalReason
from tests.support.host_device import HostDevice


class HostTwin:
    """The firmware on this computer."""

    def __init__(self, geometry: Geometry) -> None:
        self._device = HostDevice(geometry)

    def begin(self, trial: TwinTrial) -> None:
        self._device.provision(trial.device_type, trial.entity, trial.records)
        self.power_cycle()

    def set_clock(self, seconds: int, reliability: ClockReliability) -> None:
        self._device.set_clock(ClockReading(datetime.fromtimestamp(seconds, UTC), reliability))

    def receive(self, octets: bytes) -> Answer:
        answers = self._device.receive(octets)
        return Answer(answers.reason, answers.messages)

    def tick(self) -> Answer:
        answers = self._device.tick()
        return Answer(answers.reason, answers.messages)

    def power_cycle(self) -> None:
        assert self._device.power_on()

    def digest(self) -> bytes:
        return self._device.digest()

    def image(self) -> bytes:
        assert not self._device.misuses
        return self._device.image()


def run(seed: int, commands: int, geometry: Geometry) -> TwinResult:
    return run_twins(seed, commands, SimulatedTwin(geometry), HostTwin(geometry), Silent())


def test_a_long_stream() -> None:
    result = run(5, 600, NRF52840)
    assert result.differences == []
    assert result.executed > 150
    assert result.alerts > 0


@pytest.mark.parametrize("name", [name for name in NAMED if name not in ("nrf52840", "tiny")])
def test_other_parts(name: str) -> None:
    result = run(6, 50, NAMED[name])
    assert result.differences == []
    assert result.executed > 10


def test_a_part_that_is_often_full() -> None:
    result = run(7, 200, TINY)
    assert result.differences == []
    assert result.refusals.get(RefusalReason.NO_ROOM, 0) > 0
