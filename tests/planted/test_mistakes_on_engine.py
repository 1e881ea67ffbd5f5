"""The same mistakes of a firmware team, found without a board: the check runs on the native engine.

The engine is built in a copy of the tree that has the mistake, and is that copy's own.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.experiments.board_check.check import OTHER_TYPES
from firmware_sim.bench.experiments.board_check.protections import PROTECTIONS
from firmware_sim.bench.outcome import Verdict
from tests.planted.planting import ROOT, Planted, apply, environment_of_a_tree
from tests.planted.test_mistakes import MISTAKES, stories_in
from tests.requirements import require_engine

pytestmark = [pytest.mark.planted]

OF_A_BOARD = "+++ b/hw/boards/"
IN_THE_MACHINE = [each for each in MISTAKES if OF_A_BOARD not in each.path.read_text()]
"""The engine has a flash of its own in place of a board's driver."""

_PROGRAM = """
import json, sys
from firmware_sim.bench.experiments.board_check.check import BoardCheckScope, check_board
from firmware_sim.bench.progress import Silent
scope = BoardCheckScope("native", stories=tuple(sys.argv[1:]))
print(json.dumps({check.name: check for check in check_board(scope, Silent())}))
"""

# Of a check: its name, verdict, text and seconds.
_VERDICT, _TEXT = 1, 2


def checked(tree: Path, stories: tuple[str, ...]) -> dict[str, Any]:
    """What the check of a tree's own engine finds, by the names of its parts."""
    require_engine()
    command = [sys.executable, "-c", _PROGRAM, *stories]
    done = subprocess.run(
        command,
        cwd=tree,
        env=environment_of_a_tree(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"the engine cannot be checked:\n{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_engine_as_it_is_has_every_protection() -> None:
    checks = checked(ROOT, ())
    assert {name for name, check in checks.items() if check[_VERDICT] != Verdict.PASSED} == set()
    assert len(checks) == 1 + len(PROTECTIONS) + len(OTHER_TYPES)


@pytest.mark.parametrize("mistake", IN_THE_MACHINE, ids=lambda mistake: mistake.name)
def test_the_check_of_the_engine_names_the_mistake(mistake: Planted, tree: Path) -> None:
    expected = dict(red.split(" | ") for red in mistake.red)
    apply(mistake, tree)
    checks = checked(tree, stories_in(expected))
    for name, words in expected.items():
        assert checks[name][_VERDICT] == Verdict.FAILED, f"unnoticed: {mistake.why}"
        assert words in checks[name][_TEXT]
    for name in mistake.green:
        assert checks[name][_VERDICT] == Verdict.PASSED, checks[name][_TEXT]
    assert Verdict.ERROR not in {check[_VERDICT] for check in checks.values()}
