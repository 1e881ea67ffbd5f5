"""Every planted bug still fits the code: seen with the fast tests too."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.planted.planting import ROOT, planted_bugs
from tests.requirements import require_tool

PATCHES = sorted(Path(__file__).parent.rglob("*.patch"))


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_patch_applies_to_the_tree(patch: Path) -> None:
    done = subprocess.run(
        [require_tool("git"), "apply", "--check", "--whitespace=nowarn", patch],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"plant the same bug in the new code\n{done.stderr}"


def test_every_test_that_a_patch_names_is_there() -> None:
    """A name in brackets changes with what a test is tried with."""
    named = {test for bug in planted_bugs() for test in bug.red | bug.green}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *named],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    lost = [line for line in done.stderr.splitlines() if line.startswith("ERROR: not found")]
    assert (done.returncode, lost) == (0, [])


def test_there_are_patches() -> None:
    assert len(PATCHES) > 200
