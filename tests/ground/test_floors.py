"""Floors go one way: each contract is shown one import that breaks it, and names it."""

import subprocess
from pathlib import Path

import pytest

from tests.ground.tree import FLOORS, ROOT, SCRIPTS, pyproject

CONTRACTS = pyproject()["tool"]["importlinter"]["contracts"]
NAMES: dict[str, str] = {contract["id"]: contract["name"] for contract in CONTRACTS}

MODULES = [
    "gbcs/crypto.py", "gbcs/message.py", "firmware_sim/machine/machine.py",
    "firmware_sim/machine/image/layout.py",
    "devices/device.py", "devices/links/mqtt.py", "bench/drills/loop.py", "bench/cli/main.py",
    "hw/board.py", "bench/pytest_plugin.py", "bench/pytest_options.py", "bench/pytest_workers.py",
    "bench/pytest_target.py", "bench/pytest_kept.py", "bench/pytest_gone.py",
    "bench/pytest_devices.py", "bench/pytest_words.py",
    "bench/live/feed.py", "bench/bridge/bridge.py", "bench/audit/result.py", "bench/dut/device.py",
    "bench/parties/party.py", "bench/evidence/record.py", "bench/commands/compose.py",
    "bench/smki/pki.py", "bench/governance/decision.py", "bench/progress.py",
    "bench/population/estate.py",
    "bench/adversary/origins.py", "bench/files/whole_files.py",
    "bench/errors.py", "bench/outcome.py", "bench/processes.py",
    "bench/experiments/board_check.py", "bench/experiments/attack/attack.py",
    "bench/experiments/benchmarks/speed.py", "bench/experiments/campaign/pool.py",
    "bench/experiments/conformance/replay.py", "bench/experiments/sweep/cut.py",
    "bench/experiments/link_check/check.py", "bench/experiments/twin/compare.py",
    "bench/experiments/country/plan.py", "bench/experiments/fleet/shard.py",
]  # fmt: skip

EXPERIMENTS = "firmware_sim.bench.experiments"

BROKEN = [
    ("gbcs/message.py", "import firmware_sim.machine.machine", "floors"),
    ("firmware_sim/machine/machine.py", "import firmware_sim.devices.device", "floors"),
    ("devices/device.py", "import firmware_sim.bench.drills.loop", "floors"),
    ("devices/device.py", "import firmware_sim.hw.board", "floors"),
    ("hw/board.py", "import firmware_sim.bench.drills.loop", "floors"),
    ("bench/dut/device.py", "import firmware_sim.bench.drills.loop", "bench-rooms"),
    ("bench/dut/device.py", f"import {EXPERIMENTS}.twin.compare", "bench-rooms"),
    ("bench/dut/device.py", "import firmware_sim.bench.bridge.bridge", "bench-rooms"),
    ("bench/drills/loop.py", "import firmware_sim.bench.bridge.bridge", "bench-rooms"),
    ("bench/audit/result.py", "import firmware_sim.bench.drills.loop", "bench-rooms"),
    ("bench/parties/party.py", "import firmware_sim.bench.evidence.record", "bench-rooms"),
    (
        "bench/population/estate.py",
        "import firmware_sim.bench.governance.decision",
        "bench-rooms",
    ),
    ("bench/experiments/attack/attack.py", f"import {EXPERIMENTS}.sweep.cut", "experiments-apart"),
    ("bench/experiments/campaign/pool.py", f"import {EXPERIMENTS}.sweep.cut", "experiments-apart"),
    ("bench/pytest_plugin.py", f"import {EXPERIMENTS}.sweep.cut", "plugin-apart"),
    ("hw/board.py", "import firmware_sim.machine.machine", "hw-apart"),
    ("hw/board.py", "import firmware_sim.gbcs.message", "hw-apart"),
    ("devices/device.py", "import firmware_sim.devices.links.mqtt", "links-above"),
    ("gbcs/message.py", "import time", "pure"),
    ("firmware_sim/machine/image/layout.py", "import pathlib", "pure"),
    ("devices/device.py", "import asyncio", "pure"),
    ("gbcs/message.py", "import cryptography.x509", "crypto-doors"),
    ("firmware_sim/machine/machine.py", "import cryptography", "crypto-doors"),
    ("bench/drills/loop.py", "import typer", "typer-door"),
    ("bench/experiments/country/plan.py", f"import {EXPERIMENTS}.sweep.cut", "experiments-apart"),
    ("firmware_sim/machine/machine.py", "import aiomqtt", "mqtt-door"),
    ("firmware_sim/machine/machine.py", "import mqtt5", "mqtt-door"),
]

ALLOWED = [
    (
        "bench/drills/loop.py",
        "import asyncio, aiomqtt, firmware_sim.hw.board as b, firmware_sim.devices.links",
    ),
    ("bench/cli/main.py", "import typer"),
    ("bench/experiments/board_check.py", "import firmware_sim.bench.drills.loop"),
    ("bench/experiments/sweep/cut.py", f"import {EXPERIMENTS}.campaign.pool"),
    ("bench/bridge/bridge.py", "import firmware_sim.bench.drills.loop"),
    ("bench/pytest_plugin.py", "import firmware_sim.bench.dut.device"),
    ("devices/links/mqtt.py", "import asyncio, socket, aiomqtt"),
    ("hw/board.py", "import firmware_sim.machine.image.layout, firmware_sim.devices.links.mqtt"),
    ("gbcs/crypto.py", "import cryptography"),
]


def contracts(cwd: Path) -> dict[str, str]:
    """What import-linter says of the tree at `cwd`: contract name -> KEPT or BROKEN."""
    done = subprocess.run(
        [SCRIPTS / "lint-imports", "--no-logo", "--no-cache"],
        cwd=cwd, env={"PYTHONPATH": str(cwd), "COLUMNS": "200"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    words = ("KEPT", "BROKEN")
    lines = [line.partition(" (")[0] for line in done.stdout.splitlines()]
    verdicts = dict(line.rsplit(" ", 1) for line in lines if line.endswith(words))
    assert verdicts, done.stdout + done.stderr
    return verdicts


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Our floors and contracts over modules that are empty."""
    for module in MODULES:
        folder = tmp_path / Path(module).parent
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / module).touch()
        (folder / "__init__.py").touch()
    for floor in (*FLOORS, "firmware_sim/machine"):
        (tmp_path / floor / "__init__.py").touch()
        if not floor.startswith("firmware_sim"):
            (tmp_path / "firmware_sim" / floor).symlink_to(f"../{floor}")
    source = ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(source, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("module", "line", "contract"), BROKEN)
def test_a_wrong_import_breaks_its_contract(
    house: Path, module: str, line: str, contract: str
) -> None:
    (house / module).write_text(f"{line}\n", encoding="utf-8")
    verdicts = contracts(house)
    assert verdicts[NAMES[contract]] == "BROKEN"


def test_imports_that_the_design_allows_break_no_contract(house: Path) -> None:
    for module, line in ALLOWED:
        (house / module).write_text(f"{line}\n", encoding="utf-8")
    assert set(contracts(house).values()) == {"KEPT"}


def test_every_contract_is_shown_to_break() -> None:
    assert {contract for _, _, contract in BROKEN} == set(NAMES)
