"""The wheel ships every file of the five packages, and nothing else."""

import hashlib
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
def released(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """What `make wheel` makes: with firmware."""
    require_tool("arm-none-eabi-gcc")
    out = tmp_path_factory.mktemp("released")
    command = [ROOT / "scripts" / "wheel", SCRIPTS.parent, out]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    [path] = out.glob("firmware_sim-*.whl")
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


def test_the_command_is_named_firmware_sim(wheel: zipfile.Path) -> None:
    [entry] = [name for name in wheel.root.namelist() if name.endswith("entry_points.txt")]
    assert "firmware-sim = firmware_sim.__main__:main" in wheel.root.read(entry).decode()


def test_the_sources_of_the_firmware_and_the_link_are_in_it(wheel: zipfile.Path) -> None:
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


def test_the_tree_itself_holds_no_ready_made_firmware() -> None:
    """It would be run in place of what its sources have become."""
    assert not (ROOT / "hw" / "ready_made").exists()
