"""A twin run without a board: the same stream, the firmware in this process, on every part.

The engine gets most of it: it is the same C, and on libcrypto much faster. What differs on the
board's own cryptography is in test_crypto and, of every kind of command, in the short run here.
"""

import pytest

from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.experiments.twin.running import TwinResult, run_twins
from firmware_sim.bench.progress import Silent
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.machine.flash.geometry import NAMED, NRF52840, Geometry
from firmware_sim.machine.refusals import RefusalReason
from tests.support.host_device import HostDevice

COMMANDS = 2000
"""In all, over the named flash parts."""


def run(
    seed: int,
    commands: int,
    geometry: Geometry,
    cryptography: Cryptography = Cryptography.LIBCRYPTO,
) -> TwinResult:
    firmware = HostDevice(geometry, cryptography).under_test()
    return run_twins(seed, commands, [SimulatedDevice(geometry), firmware], Silent())


@pytest.mark.parametrize("name", NAMED)
def test_stream_of_commands_shows_no_difference_on_each_flash_part(name: str) -> None:
    result = run(6, COMMANDS // len(NAMED) + 1, NAMED[name])
    assert result.differences == []
    assert result.executed > 50
    if name == "tiny":
        assert result.refusals.get(RefusalReason.NO_ROOM, 0) > 0


def test_stream_of_commands_shows_no_difference_on_the_boards_own_cryptography() -> None:
    result = run(5, 200, NRF52840, Cryptography.BEARSSL)
    assert result.differences == []
    assert result.executed > 50
    assert result.alerts > 0


def test_stream_shows_no_difference_where_devices_share_tables_and_facts() -> None:
    firmware = HostDevice(NRF52840, Cryptography.LIBCRYPTO)
    firmware.share(facts=True, tables=True)
    try:
        twins: list[DeviceUnderTest] = [SimulatedDevice(NRF52840), firmware.under_test()]
        assert run_twins(8, 200, twins, Silent()).differences == []
    finally:
        firmware.share(facts=False, tables=False)
