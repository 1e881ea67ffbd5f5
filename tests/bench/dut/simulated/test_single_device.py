"""One device as it is asked for on the command line: new from a PKI, or from its image."""

from pathlib import Path

import pytest

from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, KeyUsage

_ESME = device_entity_id(DeviceType.ESME, 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki") / "pki"
    DrillPki.generate(3).save(path)
    return path


@pytest.mark.parametrize("kind", [DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF])
def test_a_new_device_holds_the_first_generation(folder: Path, kind: DeviceType) -> None:
    pki = DrillPki.generate(3)
    with brought_up(DeviceRequest(kind, pki=folder)) as running:
        device = running.device
        assert running.is_new
        assert device.device_type is kind
        assert device.entity_id == device_entity_id(kind, 0)
        assert device.cells()
        for cell, held in device.cells().items():
            expected = pki.root() if cell == ROOT_CELL else pki.cell_certificate(cell)
            assert held.public_key == expected.public_key


def test_its_own_keys_are_those_that_the_pki_certifies(folder: Path) -> None:
    pki, entity = DrillPki.generate(3), EntityId(b"anybody!")
    with brought_up(DeviceRequest(DeviceType.ESME, entity, pki=folder)) as running:
        own = running.device.machine.state.keys
        for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
            assert own[usage].private_key == pki.issue_device(entity, usage)[0]


def test_a_seed_decides_the_whole_image(folder: Path) -> None:
    def image(seed: int | None) -> bytes:
        with brought_up(DeviceRequest(DeviceType.ESME, pki=folder, seed=seed)) as running:
            return running.device.image()

    assert image(5) == image(5)
    assert image(5) != image(6)
    assert image(None) != image(None)


def test_an_image_is_used_again_without_a_pki(folder: Path, tmp_path: Path) -> None:
    order = DeviceRequest(DeviceType.GSME, image=tmp_path / "gsme.bin", pki=folder)
    with brought_up(order) as first:
        entity = first.device.entity_id
    with brought_up(order._replace(pki=None)) as again:
        assert not again.is_new
        assert again.device.entity_id == entity


def test_another_devices_image_is_refused_and_left_alone(folder: Path, tmp_path: Path) -> None:
    order = DeviceRequest(DeviceType.ESME, image=tmp_path / "esme.bin", pki=folder)
    with brought_up(order):
        pass
    before = (tmp_path / "esme.bin").read_bytes()
    for wrong in (
        order._replace(device_type=DeviceType.GSME),
        order._replace(entity=EntityId(b"anybody!")),
    ):
        with pytest.raises(UsageError, match=f"holds ESME {_ESME}"), brought_up(wrong):
            pass
    assert (tmp_path / "esme.bin").read_bytes() == before


def test_neither_image_nor_pki() -> None:
    with (
        pytest.raises(UsageError, match="an image or a PKI"),
        brought_up(DeviceRequest(DeviceType.ESME)),
    ):
        pass


def test_a_pki_that_is_not_one(tmp_path: Path) -> None:
    order = DeviceRequest(DeviceType.ESME, image=tmp_path / "esme.bin", pki=tmp_path)
    with pytest.raises(BenchError), brought_up(order):
        pass
    assert not (tmp_path / "esme.bin").exists()
