"""One device on the engine as a service: new from a PKI, or from an image that the file keeps."""

from pathlib import Path

import pytest

from firmware_sim.bench.cli.message.query import read_back
from firmware_sim.bench.dut.native.single_device import NativeService, native_brought_up
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.refusals import RefusalReason
from tests.requirements import require_engine

HOME = [DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF]

pytestmark = pytest.mark.usefixtures("_engine")


@pytest.fixture(scope="module")
def _engine() -> None:
    require_engine()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki") / "pki"
    DrillPki.generate(3).save(path)
    return path


@pytest.mark.parametrize("kind", HOME)
def test_a_new_device_has_the_image_of_the_one_in_python(
    kind: DeviceType, folder: Path, tmp_path: Path
) -> None:
    images = []
    for name, bring_up in (("native", native_brought_up), ("python", brought_up)):
        image = tmp_path / name
        with bring_up(DeviceRequest(kind, image=image, pki=folder, seed=5)) as running:
            assert running.is_new
        images.append(image.read_bytes())
    assert images[0] == images[1]


def test_each_goes_on_with_the_image_that_the_other_left(folder: Path, tmp_path: Path) -> None:
    order = DeviceRequest(DeviceType.ESME, image=tmp_path / "esme.bin", pki=folder)
    with native_brought_up(order) as native:
        entity, cells = native.entity_id, native.cells()
        assert entity == device_entity_id(DeviceType.ESME, 0)
        assert native.device_type is DeviceType.ESME
    with brought_up(order._replace(pki=None)) as python:
        assert (python.device.entity_id, python.device.cells()) == (entity, cells)
    with native_brought_up(order._replace(pki=None)) as again:
        assert not again.is_new
        assert (again.entity_id, again.cells()) == (entity, cells)


def test_what_it_does_is_in_the_file_before_it_answers(folder: Path, tmp_path: Path) -> None:
    image, copy = tmp_path / "esme.bin", tmp_path / "copy.bin"
    order = DeviceRequest(DeviceType.ESME, image=image, pki=folder)
    entity = device_entity_id(DeviceType.ESME, 0)
    command = read_back(folder, DeviceType.ESME, entity, "supplier", 1).build()
    with native_brought_up(order) as native:
        assert len(native.receive(command).messages) == 1
        copy.write_bytes(image.read_bytes())  # as a kill would leave it
    for bring_up in (native_brought_up, brought_up):
        with bring_up(order._replace(image=copy)) as again:
            device = again if isinstance(again, NativeService) else again.device
            refusal = device.receive(command).refusal
        assert refusal is not None
        assert refusal.reason is RefusalReason.REPLAYED


def test_an_image_in_use_is_refused_and_its_lock_ends_with_the_device(
    folder: Path, tmp_path: Path
) -> None:
    order = DeviceRequest(DeviceType.ESME, image=tmp_path / "esme.bin", pki=folder)
    with native_brought_up(order):
        for bring_up in (native_brought_up, brought_up):
            with pytest.raises(BenchError, match="in use"), bring_up(order):
                pass
    with native_brought_up(order):
        pass


def test_an_image_of_another_device_is_refused_and_stays_as_it_is(
    folder: Path, tmp_path: Path
) -> None:
    order = DeviceRequest(DeviceType.ESME, image=tmp_path / "esme.bin", pki=folder)
    with native_brought_up(order):
        pass
    before = (tmp_path / "esme.bin").read_bytes()
    other = order._replace(device_type=DeviceType.CHF)
    with pytest.raises(UsageError, match="holds ESME"), native_brought_up(other):
        pass
    assert (tmp_path / "esme.bin").read_bytes() == before


def test_a_device_without_image_and_pki_is_a_usage_error() -> None:
    with (
        pytest.raises(UsageError, match="needs an image"),
        native_brought_up(DeviceRequest(DeviceType.ESME)),
    ):
        pass
