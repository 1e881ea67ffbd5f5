"""A twin run without a board: the same stream, the firmware in this process, on every part."""

import pytest

from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.experiments.twin.running import TwinResult, run_twins
from firmware_sim.bench.progress import Silent
from firmware_sim.machine.flash.geometry import NAMED, NRF52840, TINY, Geometry
from firmware_sim.machine.refusals import RefusalReason
from tests.support.host_device import HostDevice


def run(seed: int, commands: int, geometry: Geometry) -> TwinResult:
    return run_twins(
        seed, commands, SimulatedDevice(geometry), HostDevice(geometry).under_test(), Silent()
    )


def test_long_stream_of_commands_shows_no_difference() -> None:
    result = run(5, 600, NRF52840)
    assert result.differences == []
    assert result.executed > 150
    assert result.alerts > 0


@pytest.mark.parametrize("name", [name for name in NAMED if name not in ("nrf52840", "tiny")])
def test_stream_of_commands_shows_no_difference_on_each_flash_part(name: str) -> None:
    result = run(6, 50, NAMED[name])
    assert result.differences == []
    assert result.executed > 10


def test_stream_of_commands_shows_no_difference_on_a_flash_that_is_often_full() -> None:
    result = run(7, 200, TINY)
    assert result.differences == []
    assert result.refusals.get(RefusalReason.NO_ROOM, 0) > 0
