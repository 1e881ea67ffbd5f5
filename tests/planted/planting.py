"""Planting a bug: copy the tree, apply a patch to the copy, see which tests go red there.

A process has one copy, which is put back before each bug: what Python compiled in it stays.

A patch file starts with one line ``Why:``, a line ``Red:`` for each test that must fail and a
line ``Green:`` for each that must not (so that a copy which is broken altogether proves
nothing); then follows a unified diff against the tree.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from junitparser import JUnitXml, TestCase

from tests.requirements import require_tool
from tests.support.patience import PLANTED

ROOT = Path(__file__).resolve().parents[2]
PATCHES = Path(__file__).with_name("patches")

_COPIED = (
    "gbcs",
    "firmware_sim",
    "devices",
    "hw",
    "bench",
    "scripts",
    "docs",
    "examples",
    "tests",
    "pyproject.toml",
)
_SECONDS = 1000
"""A bound for a run of tests that hangs; all that are named together take some two minutes."""
_TEST_SECONDS = 180
"""A bound for one test: what the bug keeps from coming is waited for."""
_TESTS_FAILED = 1  # pytest's exit code; 2 and above: it could not run what it was asked to


@dataclass(frozen=True)
class Planted:
    """One bug.

    Attributes:
        why: what it would mean if no test noticed.
        red, green: node ids of the tests that must fail, and of some that must not; of a mistake
            in the firmware, checks of the board (tests/planted/test_mistakes.py).
    """

    path: Path
    why: str
    red: frozenset[str]
    green: frozenset[str]

    @property
    def name(self) -> str:
        return self.path.stem


def planted_bugs(folder: Path = PATCHES) -> list[Planted]:
    """Every patch of a folder, in order of name."""
    return [_read(path) for path in sorted(folder.glob("*.patch"))]


def _read(path: Path) -> Planted:
    header = path.read_text(encoding="utf-8").partition("\n--- ")[0].splitlines()
    said: dict[str, list[str]] = {"Why": [], "Red": [], "Green": []}
    for line in filter(None, header):
        name, _, text = line.partition(": ")
        said.setdefault(name, []).append(text)
    if len(said) != 3 or len(said["Why"]) != 1 or not (said["Red"] and said["Green"]):
        raise AssertionError(f"{path.name}: one line Why:, lines Red: and Green:, then the diff")
    return Planted(path, said["Why"][0], frozenset(said["Red"]), frozenset(said["Green"]))


def copy_tree(folder: Path) -> Path:
    """A copy of what the tests need; returns its root."""
    tree = folder / "tree"
    tree.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(source, tree / name, ignore=ignored, symlinks=True)
        else:
            shutil.copy2(source, tree / name)
    return tree


def put_back(tree: Path) -> None:
    """Make a copy again what it was copied from, whatever a bug or a test has left in it.

    Python compiles a file anew when its time or length has changed. A file that is put back has
    the time of the original, one that a patch changes the time of day.
    """
    for left in (path for path in tree.iterdir() if path.name not in _COPIED):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    wanted, found = _files(ROOT), _files(tree)
    for name in found.keys() - wanted.keys():
        (tree / name).unlink()
    for name in (name for name, state in wanted.items() if found.get(name) != state):
        (tree / name).unlink(missing_ok=True)
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)


def _files(root: Path) -> dict[str, tuple[int, int]]:
    """Length and time of each file that is copied, links among them, by its place."""
    found = {}
    for path in _paths(root):
        state = path.lstat()
        found[path.relative_to(root).as_posix()] = state.st_size, state.st_mtime_ns
    return found


def _paths(root: Path) -> Iterator[Path]:
    for top in (root / name for name in _COPIED):
        if top.is_file():
            yield top
        for folder, below, names in os.walk(top):
            links = [name for name in below if Path(folder, name).is_symlink()]
            below[:] = [name for name in below if not _is_left_out(name)]
            yield from (Path(folder, name) for name in (*names, *links) if not _is_left_out(name))


def _is_left_out(name: str) -> bool:
    return name == "__pycache__" or name.startswith(".")


def environment_of_a_tree() -> dict[str, str]:
    """For programs that run in a copy: they may keep there what Python compiles."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def apply(bug: Planted, tree: Path) -> None:
    """Apply a patch; an AssertionError says how to mend one that does not apply any more."""
    done = subprocess.run(
        [require_tool("git"), "apply", "--whitespace=nowarn", bug.path],
        cwd=tree,
        # A repository around the copy would make git pass over files that are none of its own.
        env=os.environ | {"GIT_CEILING_DIRECTORIES": str(tree.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"{bug.path.name} no longer applies to the tree: the code that it breaks has changed. "
        f"Plant the same bug in the new code.\n{done.stdout}{done.stderr}"
    )


def red_tests(tree: Path, tests: Iterable[str]) -> set[str]:
    """Those of the tests, by node id, that fail in a tree."""
    results = tree.parent / "results.xml"
    results.unlink(missing_ok=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(
                "-o",
                "addopts=--import-mode=importlib -p pytester -p no:pytest_embedded",
                "-o",
                f"timeout={_TEST_SECONDS}",
                f"--junitxml={results}",
            ),
            *sorted(tests),
        ],
        cwd=tree,
        env=environment_of_a_tree() | {PLANTED: "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert done.returncode in (0, _TESTS_FAILED), f"the tests did not run:\n{done.stdout[-4000:]}"
    return {_node_id(case) for case in _cases(results) if case.result}


def _cases(results: Path) -> Iterable[TestCase]:
    return [case for suite in JUnitXml.fromfile(str(results)) for case in suite]


def _node_id(case: TestCase) -> str:
    return f"{case.classname.replace('.', '/')}.py::{case.name}"
