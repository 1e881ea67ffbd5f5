"""The engine provisions to the octet what the bench provisions one by one."""

import pytest

from firmware_sim.bench.dut.native.device import geometry_name
from firmware_sim.bench.dut.native.factory import NativeFactory
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.hw.engine.device import EngineDevice
from tests.board.host_library import host_library

SEED = bytes(range(32))
ENTITIES = [EntityId(bytes.fromhex(text)) for text in ("90b3d51f30000001", "ffffffffffffffff")]


@pytest.mark.parametrize("device_type", PROFILES, ids=lambda each: each.name)
def test_images_are_those_of_the_bench_for_every_device_type(device_type: DeviceType) -> None:
    pki = DrillPki.generate(b"native factory")
    library = host_library("factory", Cryptography.LIBCRYPTO)
    geometry = PROFILES[device_type].geometry
    devices = [EngineDevice(library, geometry_name(geometry)) for _ in ENTITIES]
    NativeFactory(pki, device_type, SEED).make(library, devices, ENTITIES)
    expected = [
        manufacture(pki, device_type, entity, seed=SEED, policy=Policy()).image()
        for entity in ENTITIES
    ]
    assert [device.image() for device in devices] == expected
    assert not any(device.misuses() for device in devices)
