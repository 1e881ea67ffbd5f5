"""The folder that a firmware team starts from works, on a simulated meter and on a board."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from tests.ground.tree import ROOT, pyproject
from tests.requirements import needs_board

EXAMPLE = ROOT / "examples" / "firmware-team"
ON_A_BOARD = ("--firmware-sim-target", "board:mps2-an385", "--firmware-sim-require-board")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(
        EXAMPLE, tmp_path / "firmware-team", ignore=shutil.ignore_patterns("__pycache__")
    )


def outcome(folder: Path, *options: str) -> dict[str, int]:
    """How many tests the folder's own run counts as what."""
    command = [sys.executable, "-m", "pytest", "-p", "no:asyncio", "--junitxml=run.xml", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    suite = next(ET.parse(folder / "run.xml").iter("testsuite"))
    skipped = [skip.attrib["type"] for skip in suite.iter("skipped")]
    return {
        "tests": int(suite.attrib["tests"]),
        "skipped": skipped.count("pytest.skip"),
        "expected failures": skipped.count("pytest.xfail"),
        "kept": len(list(folder.glob("board-logs/*"))),
    }


def test_example_tests_that_need_a_board_are_skipped_on_a_simulated_meter(copy: Path) -> None:
    assert outcome(copy) == {"tests": 28, "skipped": 1, "expected failures": 1, "kept": 0}


def test_the_words_for_pytest_that_the_ci_page_shows_fit_the_example(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    [job] = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])["jobs"].values()
    [words] = [step["with"]["pytest"] for step in job["steps"] if "with" in step]
    monkeypatch.setenv("PYTEST_ADDOPTS", words)
    assert outcome(copy) == {"tests": 27, "skipped": 0, "expected failures": 1, "kept": 0}


@needs_board
def test_every_example_test_runs_on_a_board(copy: Path) -> None:
    assert outcome(copy, *ON_A_BOARD) == {
        "tests": 28, "skipped": 0, "expected failures": 1, "kept": 0
    }  # fmt: skip


def test_an_expected_failure_of_the_example_that_passes_is_an_error(copy: Path) -> None:
    file = copy / "tests" / "test_not_yet.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("meter.forged(order)", 'b"silence"'), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:asyncio", str(file)]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "XPASS(strict)" in done.stdout


def test_the_example_workflow_pins_every_action_and_requires_the_board() -> None:
    text = (EXAMPLE / ".github" / "workflows" / "board.yml").read_text(encoding="utf-8")
    [job] = yaml.safe_load(text)["jobs"].values()
    actions = [step["uses"] for step in job["steps"] if "uses" in step]
    assert actions
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in actions)
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert any(" ".join(ON_A_BOARD) in command for command in commands)


def test_the_example_takes_this_project_from_its_folder_and_all_else_by_hash() -> None:
    text = (EXAMPLE / ".github" / "workflows" / "board.yml").read_text(encoding="utf-8")
    assert "pip install --require-hashes -r requirements.txt" in text
    assert "pip install --no-index --no-deps --find-links wheels firmware-sim" in text
    lines = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = [line.split("==")[0] for line in lines if not line.startswith((" ", "#", "-"))]
    assert "pytest" in names
    assert pyproject()["project"]["name"] not in names
    assert len(names) <= sum("--hash=" in line for line in lines)
