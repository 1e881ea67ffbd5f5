"""Our plugin in one environment with those that firmware teams have, each of them at work.

The environment is made for the test, from versions that are pinned: it is nothing to have for good,
and pyserial-labgrid, which labgrid asks for, puts files in the place of pyserial's.
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.ground.tree import ROOT

TESTS = """
import asyncio
import pytest
from firmware_sim.gbcs.replacement import ReplacementMode

@pytest.mark.parametrize("number", range(2))
def test_of_ours(meter, number):
    meter.replace(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")
    assert meter.refusal is None

async def test_of_pytest_asyncio(meter):
    await asyncio.sleep(0)
    assert meter.cells()

def test_of_pytest_embedded(dut, redirect, meter):
    with redirect():
        print(f"cells: {len(meter.cells())}")
    dut.expect("cells: 9")

def test_of_labgrid(target, meter):
    assert target.name == "main"
    assert meter.cells()

TRIES = []

@pytest.mark.flaky(reruns=2)
def test_of_rerunfailures(meter):
    TRIES.append(meter)
    assert len(TRIES) == 2
"""
INI = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""
LABGRID = """
targets:
  main:
    resources:
      NetworkService: {address: 127.0.0.1, username: nobody}
"""
PLUGINS = (
    "asyncio",
    "embedded",
    "firmware-sim",
    "html",
    "labgrid",
    "rerunfailures",
    "xdist",
)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with every plugin."""
    folder = tmp_path_factory.mktemp("beside") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    programs = folder / "bin"
    pip = [str(programs / "python"), "-m", "pip", "-qq", "--disable-pip-version-check", "install"]
    listed = ["--require-hashes", "-r", str(ROOT / "requirements" / "plugins.txt")]
    if subprocess.run([*pip, *listed], check=False).returncode:
        pytest.skip("needs pytest's other plugins, from a package index")
    subprocess.run([*pip, "--no-build-isolation", "--no-deps", "--no-index", str(ROOT)], check=True)
    return programs


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_every_plugin_does_its_work_beside_ours(
    environment: Path, tmp_path: Path, workers: int
) -> None:
    (tmp_path / "test_all.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(INI, encoding="utf-8")
    (tmp_path / "lab.yaml").write_text(LABGRID, encoding="utf-8")
    command = [
        str(environment / "pytest"),
        f"-n{workers}",
        "--lg-env=lab.yaml",
        "--junitxml=run.xml",
    ]
    command += ["--html=run.html", "--self-contained-html", "--firmware-sim-target=memory"]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        command, cwd=tmp_path, env=alone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{name}-" in done.stdout for name in PLUGINS), done.stdout
    suite = next(ET.parse(tmp_path / "run.xml").iter("testsuite"))
    assert [suite.get(each) for each in ("tests", "failures", "errors")] == ["6", "0", "0"]
    assert "1 rerun" in done.stdout
    assert "test_of_labgrid" in (tmp_path / "run.html").read_text(encoding="utf-8")
