"""Simulated homes: four devices, each its own, the same for the same seed."""

from datetime import UTC, datetime

import pytest

from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.premises import build_premises
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, KeyUsage


@pytest.fixture(scope="module")
def pki() -> DrillPki:
    return DrillPki.generate(1)


def home(pki: DrillPki, index: int, seed: bytes = bytes(32)) -> Premises:
    clock = StillClock(datetime(2026, 3, 2, tzinfo=UTC))
    return build_premises(pki, index, seed, Surroundings(clock))


def test_a_home_has_a_hub_with_a_proxy_and_two_meters(pki: DrillPki) -> None:
    made = home(pki, 0)
    types = {device.device_type for device in made.devices.values()}
    assert types == {DeviceType.CHF, DeviceType.GPF, DeviceType.ESME, DeviceType.GSME}
    assert made.devices[made.hub].device_type is DeviceType.CHF


def test_no_two_devices_share_an_identifier_a_key_or_a_seed(pki: DrillPki) -> None:
    devices = [device for index in (0, 1, 255, 256) for device in home(pki, index).devices.values()]
    states = [device.machine.state for device in devices]
    assert len({device.entity_id for device in devices}) == 16
    assert len({state.identity.seed for state in states}) == 16
    keys = {state.keys[usage].private_key for state in states for usage in state.keys}
    assert len(keys) == 32


def test_every_cell_holds_the_first_generation(pki: DrillPki) -> None:
    for device in home(pki, 0).devices.values():
        for cell, record in device.cells().items():
            certificate = pki.root(1) if cell == ROOT_CELL else pki.cell_certificate(cell, 1)
            assert record.key_identifier == certificate.key_identifier
            assert record.public_key == certificate.public_key


def test_the_same_seed_gives_the_same_flash(pki: DrillPki) -> None:
    first, again, other = home(pki, 0), home(pki, 0), home(pki, 0, b"\1" * 32)
    images = [[d.image() for d in made.devices.values()] for made in (first, again, other)]
    assert images[0] == images[1]
    assert images[0] != images[2]
    assert first.hub == again.hub
    # Two drills at one broker: neither hears the other's devices.
    assert not first.devices.keys() & other.devices.keys()


def test_a_devices_own_keys_are_those_of_its_certificates(pki: DrillPki) -> None:
    device = next(iter(home(pki, 3).devices.values()))
    for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
        private_key, _ = pki.issue_device(device.entity_id, usage)
        assert device.machine.state.keys[usage].private_key == private_key
