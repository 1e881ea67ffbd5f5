"""A cut that was ordered for one message, and what is left of it for the next."""

from pathlib import Path

from firmware_sim.bench.cli.message.query import read_back
from firmware_sim.bench.dut.native.device import NativeDevice, geometry_name
from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.hw.engine.device import EngineDevice
from tests.board.host_library import host_library


def test_a_cut_that_a_refused_message_did_not_reach_is_over_with_it(tmp_path: Path) -> None:
    """A refusal writes less than a commit: the cut must not come in what the device does later."""
    pki = DrillPki.generate(3)
    pki.save(tmp_path / "pki")
    entity, kind = device_entity_id(DeviceType.ESME, 0), DeviceType.ESME
    geometry = PROFILES[kind].geometry
    library = host_library("factory", Cryptography.LIBCRYPTO)
    device = NativeDevice(EngineDevice(library, geometry_name(geometry)), geometry)
    device.load(manufacture(pki, kind, entity, seed=bytes(32), policy=Policy()).image())

    def command() -> bytes:
        return read_back(tmp_path / "pki", kind, entity, "supplier", 1).build()

    first = command()
    assert device.receive(first).refusal is None
    assert device.receive_cut(first, CutMoment.TORN).refusal is not None
    for _ in range(12):
        assert device.receive(command()).refusal is None
