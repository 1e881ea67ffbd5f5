"""The firmware and the simulator, side by side."""

import pytest

from bench.progress import Silent
from bench.twin.running import run_twins
from bench.twin.simulated import SimulatedTwin
from firmware_sim.flash.geometry import NRF52840, STM32F4, Geometry
from tests.board.host_twin import HostTwin


@pytest.mark.parametrize(("geometry", "seed"), [(NRF52840, 1), (STM32F4, 2)])
def test_the_firmware_on_this_computer_is_the_simulator_s_twin(
    geometry: Geometry, seed: int
) -> None:
    result = run_twins(seed, 1000, SimulatedTwin(geometry), HostTwin(geometry), Silent())
    assert not result.differences
    assert result.commands >= 1000
    assert result.executed > 200
