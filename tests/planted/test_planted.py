"""Can our tests fail? Each planted bug must turn its tests red, and leave the others green."""

from pathlib import Path

import pytest

from tests.planted.planting import ROOT, Planted, apply, planted_bugs, put_back, red_tests

pytestmark = [pytest.mark.planted, pytest.mark.timeout(1100)]

BUGS = planted_bugs()


def test_without_a_bug_every_named_test_is_green(tree: Path) -> None:
    named = frozenset[str]().union(*(bug.red | bug.green for bug in BUGS))
    assert red_tests(tree, named) == set()


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_bug_turns_its_tests_red(bug: Planted, tree: Path) -> None:
    apply(bug, tree)
    assert red_tests(tree, bug.red | bug.green) == bug.red, f"unnoticed: {bug.why}"


def test_a_bug_that_no_test_notices_leaves_its_tests_green(tree: Path, tmp_path: Path) -> None:
    patch, module = tmp_path / "harmless.patch", "firmware_sim/machine/commands/dispatch.py"
    first, second = (tree / module).read_text(encoding="utf-8").splitlines()[:2]
    patch.write_text(
        f"Why: -\nRed: -\nGreen: -\n--- a/{module}\n+++ b/{module}\n@@ -1,2 +1,3 @@\n"
        f" {first}\n+# A word more.\n {second}\n"
    )
    [bug] = [each for each in BUGS if each.name == "addressee-not-checked"]
    apply(Planted(patch, "", bug.red, bug.green), tree)
    assert red_tests(tree, bug.red | bug.green) == set()


def test_what_was_planted_before_does_not_stay_in_a_tree(tree: Path) -> None:
    """Neither in a file nor in what Python made of it."""
    [bug] = [each for each in BUGS if each.name == "addressee-not-checked"]
    for planted in (True, False, True):
        put_back(tree)
        if planted:
            apply(bug, tree)
        assert red_tests(tree, bug.red | bug.green) == (bug.red if planted else set())


def test_a_tree_is_put_back_whatever_was_done_to_it(tree: Path) -> None:
    names = ("gbcs/errors.py", "gbcs/der.py", "hw/errors.py")
    changed, removed, linked = (tree / name for name in names)
    added = [tree / "bench/more/new.py", tree / "runs/left.txt"]
    changed.write_bytes(changed.read_bytes()[::-1])
    removed.unlink()
    linked.unlink()
    linked.symlink_to("build")
    for path in added:
        path.parent.mkdir()
        path.write_text("left")
    put_back(tree)
    for path in (changed, removed, linked):
        assert path.read_bytes() == (ROOT / path.relative_to(tree)).read_bytes()
    assert not any(path.exists() for path in added)


def test_a_patch_that_does_not_apply_says_so(tree: Path, tmp_path: Path) -> None:
    patch = tmp_path / "stale.patch"
    patch.write_text(
        "Why: -\nRed: -\nGreen: -\n"
        "--- a/gbcs/errors.py\n+++ b/gbcs/errors.py\n@@ -1 +1 @@\n-not there\n+at all\n"
    )
    bug = Planted(patch, "", frozenset(), frozenset())
    with pytest.raises(AssertionError, match="no longer applies"):
        apply(bug, tree)
