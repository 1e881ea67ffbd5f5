"""Mistakes in the firmware's store: the native sweep finds each, and the reference stays sound.

Each patch changes the firmware. Its lines ``Red:`` say which checks of the sweep must find
something on the native engine; its lines ``Green:`` name some that must not.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.experiments.sweep.judging import SweepCheck
from firmware_sim.bench.outcome import ExitCode
from tests.planted.planting import Planted, apply, environment_of_a_tree, planted_bugs

pytestmark = [
    pytest.mark.planted,
    pytest.mark.usefixtures("engine"),
]

MISTAKES = planted_bugs(Path(__file__).with_name("store_mistakes"))
_SWEEP = ("sweep", "run", "--engine", "both", "--effort", "quick", "--part", "tiny", "--json")
_OPERATIONS = ("gsme/update/supplierBySupplier", "gsme/own/install-DS")


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_native_sweep_finds_the_mistake(mistake: Planted, tree: Path) -> None:
    apply(mistake, tree)
    failures = failures_of(tree)
    native = {each["check"] for each in failures if each["engine"] == "native"}
    assert mistake.red <= native, f"unnoticed: {mistake.why}"
    assert not mistake.green & native
    assert [each for each in failures if each["engine"] == "python"] == []
    tokens = {each["check"]: each["token"] for each in failures if each["engine"] == "native"}
    assert replayed(tree, tokens[min(mistake.red)], "native") == ExitCode.DEVICE_FAILED
    assert replayed(tree, tokens[min(mistake.red)], "python") == ExitCode.PASSED


def test_a_mixture_is_among_what_is_found() -> None:
    assert SweepCheck.OUTCOME in {red for mistake in MISTAKES for red in mistake.red}


def failures_of(tree: Path) -> list[dict[str, Any]]:
    """What a sweep of a few operations finds in a tree."""
    chosen = [word for name in _OPERATIONS for word in ("--operation", name)]
    done = in_tree(tree, *_SWEEP, *chosen)
    assert done.returncode == ExitCode.DEVICE_FAILED, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["failures"]
    return found


def replayed(tree: Path, token: str, engine: str) -> int:
    return in_tree(tree, "sweep", "replay", token, "--engine", engine).returncode


def in_tree(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware_sim", *words]
    return subprocess.run(
        command,
        cwd=tree,
        env=environment_of_a_tree(),
        capture_output=True,
        text=True,
        check=False,
    )
