"""The wheel is one package, ships every file of the five floors, and lives beside others."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from firmware_sim.hw.build.catalogue import boards
from tests.ground.tree import FLOORS, ROOT, SCRIPTS
from tests.requirements import require_tool

READY_MADE = "firmware_sim/hw/ready_made/"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The project, built from a copy of the tree with the pinned setuptools."""
    work = tmp_path_factory.mktemp("wheel")
    ignore = shutil.ignore_patterns("__pycache__")
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, work / "tree" / floor, ignore=ignore, symlinks=True)
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, work / "tree" / name)
    build = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", work, work / "tree"], check=True)
    [path] = work.glob("firmware_sim-*.whl")
    return zipfile.Path(path)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wheel` makes: a folder of two wheels."""
    require_tool("arm-none-eabi-gcc")
    out = tmp_path_factory.mktemp("released")
    command = [ROOT / "scripts" / "wheel", SCRIPTS.parent, out]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return out


@pytest.fixture(scope="module")
def released(both: Path) -> zipfile.Path:
    """The one for every computer: with firmware."""
    [path] = both.glob("firmware_sim-*-any.whl")
    return zipfile.Path(path)


@pytest.fixture(scope="module")
def native(both: Path) -> zipfile.Path:
    """The one for Linux on this processor: with the engine, too."""
    [path] = both.glob(f"firmware_sim-*-py3-none-manylinux_2_*_{platform.machine()}.whl")
    return zipfile.Path(path)


def files_in_wheel(wheel: zipfile.Path) -> set[str]:
    names = wheel.root.namelist()
    return {name for name in names if ".dist-info/" not in name and not name.endswith("/")}


def shipped(path: Path) -> str:
    """Its name in the wheel, where all floors are below one root."""
    name = path.relative_to(ROOT).as_posix()
    return name if name.startswith("firmware_sim/") else f"firmware_sim/{name}"


def test_every_file_of_the_packages_is_shipped(wheel: zipfile.Path) -> None:
    expected = {
        shipped(path)
        for floor in FLOORS
        for path in Path(ROOT, floor).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "firmware_sim/py.typed" in expected
    assert files_in_wheel(wheel) == expected


def test_the_wheel_has_exactly_one_top_level_package(wheel: zipfile.Path) -> None:
    assert {name.partition("/")[0] for name in files_in_wheel(wheel)} == {"firmware_sim"}


NEIGHBOURS = ("bench", "devices", "gbcs", "hw")
FIXTURES = """
import importlib

import pytest


@pytest.mark.parametrize("name", ["bench", "devices", "gbcs", "hw"])
def test_a_package_of_the_repository_is_its_own(name):
    assert importlib.import_module(name).OWNER == "the repository"


def test_the_meter_of_the_wheel_reads_its_credentials_back(meter):
    assert {each.role.label for each in meter.read_back().roles} == {"supplier", "recovery"}


def test_the_home_of_the_wheel_has_four_devices(premises):
    assert len(premises.devices) == 4


def test_the_product_comes_from_the_wheel():
    import firmware_sim.bench
    assert "installed" in firmware_sim.bench.__file__
"""


def test_the_plugin_works_beside_packages_named_like_our_folders(
    wheel: zipfile.Path, tmp_path: Path
) -> None:
    """The repository that uses the wheel has packages bench, devices, gbcs and hw of its own."""
    installed, repository = tmp_path / "installed", tmp_path / "repository"
    install = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--target"]
    subprocess.run([*install, str(installed), str(wheel.root.filename)], check=True)
    for name in NEIGHBOURS:
        (repository / name).mkdir(parents=True)
        (repository / name / "__init__.py").write_text('OWNER = "the repository"\n', "utf-8")
    (repository / "test_fixtures.py").write_text(FIXTURES, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=repository,
        env=os.environ | {"PYTHONPATH": f"{repository}{os.pathsep}{installed}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 passed" in done.stdout


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_floor_cannot_be_imported_under_a_second_name(name: str) -> None:
    """A module imported as ``bench.x`` and as ``firmware_sim.bench.x`` would be two modules."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert f"import firmware_sim.{name}" in done.stderr


def test_python_dash_m_runs_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "firmware_sim", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("firmware-sim ")


def test_the_command_is_named_firmware_sim(wheel: zipfile.Path) -> None:
    [entry] = [name for name in wheel.root.namelist() if name.endswith("entry_points.txt")]
    assert "firmware-sim = firmware_sim.__main__:main" in wheel.root.read(entry).decode()


def test_wheel_holds_the_sources_of_the_firmware_and_the_link(wheel: zipfile.Path) -> None:
    assert {
        "firmware_sim/hw/PROTOCOL.md",
        "firmware_sim/hw/firmware/main.c",
        "firmware_sim/hw/firmware/gbcs/message.h",
        "firmware_sim/hw/firmware/generated/tables.c",
        "firmware_sim/hw/boards/mps2_an385/board.toml",
        "firmware_sim/hw/boards/mps2_an385/link.ld",
    } <= files_in_wheel(wheel)


def test_a_released_wheel_brings_firmware_and_its_digests(
    wheel: zipfile.Path, released: zipfile.Path
) -> None:
    more = files_in_wheel(released) - files_in_wheel(wheel)
    elves = {f"{READY_MADE}{name}.elf" for name in boards()}
    # The licence of BearSSL goes with every copy of it.
    beside = {f"{READY_MADE}{name}" for name in ("SHA256SUMS", "LICENSE-BearSSL.txt")}
    assert more == elves | beside
    assert released.root.read(f"{READY_MADE}SHA256SUMS").decode().splitlines() == [
        f"{hashlib.sha256(released.root.read(elf)).hexdigest()}  {Path(elf).name}"
        for elf in sorted(elves)
    ]


def test_the_wheel_for_this_processor_brings_the_engine_and_the_licences_in_it(
    released: zipfile.Path, native: zipfile.Path
) -> None:
    more = files_in_wheel(native) - files_in_wheel(released)
    names = ("engine.so", "LICENSE-OpenSSL.txt", "LICENSE-zlib.txt")
    assert more == {f"{READY_MADE}{name}" for name in names}
    engine = native.root.read(f"{READY_MADE}engine.so")
    digests = native.root.read(f"{READY_MADE}SHA256SUMS").decode().splitlines()
    assert f"{hashlib.sha256(engine).hexdigest()}  engine.so" in digests
    assert "OpenSSL" in native.root.read(f"{READY_MADE}LICENSE-OpenSSL.txt").decode()


def test_the_engine_of_the_wheel_asks_for_no_newer_c_library_than_its_name_says(
    native: zipfile.Path, tmp_path: Path
) -> None:
    """The list is another program's: binutils'."""
    library = tmp_path / "engine.so"
    library.write_bytes(native.root.read(f"{READY_MADE}engine.so"))
    command = [str(require_tool("objdump")), "-T", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    asked = {tuple(map(int, found)) for found in re.findall(r"GLIBC_(\d+)\.(\d+)", done.stdout)}
    major, minor = max(asked)
    assert f"-manylinux_{major}_{minor}_" in Path(str(native.root.filename)).name


def test_the_tree_itself_holds_no_ready_made_firmware() -> None:
    """It would be run in place of what its sources have become."""
    assert not (ROOT / "hw" / "ready_made").exists()
