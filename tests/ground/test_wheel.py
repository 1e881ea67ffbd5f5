"""The wheel ships every file of the five packages, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.ground.tree import FLOORS, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The project, built from a copy of the tree with the pinned setuptools."""
    work = tmp_path_factory.mktemp("wheel")
    ignore = shutil.ignore_patterns("__pycache__")
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, work / "tree" / floor, ignore=ignore)
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, work / "tree" / name)
    build = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", work, work / "tree"], check=True)
    [path] = work.glob("firmware_sim-*.whl")
    return zipfile.Path(path)


def files_in_wheel(wheel: zipfile.Path) -> set[str]:
    names = wheel.root.namelist()
    return {name for name in names if ".dist-info/" not in name and not name.endswith("/")}


def test_every_file_of_the_packages_is_shipped(wheel: zipfile.Path) -> None:
    expected = {
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in Path(ROOT, floor).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "gbcs/py.typed" in expected
    assert files_in_wheel(wheel) == expected


def test_the_command_is_named_firmware_sim(wheel: zipfile.Path) -> None:
    [entry] = [name for name in wheel.root.namelist() if name.endswith("entry_points.txt")]
    assert "firmware-sim = bench.cli.main:main" in wheel.root.read(entry).decode()
