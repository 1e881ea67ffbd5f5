"""Can our tests fail? Each planted bug must turn its tests red, and leave the others green."""

from pathlib import Path

import pytest

from tests.planted.planting import Planted, apply, copy_tree, planted_bugs, red_tests

pytestmark = [pytest.mark.planted, pytest.mark.timeout(240)]

BUGS = planted_bugs()


def test_without_a_bug_every_named_test_is_green(tmp_path: Path) -> None:
    named = frozenset[str]().union(*(bug.red | bug.green for bug in BUGS))
    assert red_tests(copy_tree(tmp_path), named) == set()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_bug_turns_its_tests_red(bug: Planted, tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    apply(bug, tree)
    assert red_tests(tree, bug.red | bug.green) == bug.red, f"unnoticed: {bug.why}"


def test_a_patch_that_does_not_apply_says_so(tmp_path: Path) -> None:
    patch = tmp_path / "stale.patch"
    patch.write_text(
        "Why: -\nRed: -\nGreen: -\n"
        "--- a/gbcs/errors.py\n+++ b/gbcs/errors.py\n@@ -1 +1 @@\n-not there\n+at all\n"
    )
    bug = Planted(patch, "", frozenset(), frozenset())
    with pytest.raises(AssertionError, match="no longer applies"):
        apply(bug, copy_tree(tmp_path))
