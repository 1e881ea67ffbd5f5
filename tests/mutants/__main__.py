"""``make mutants``: do the tests notice a small change of machine and language?

A few mutants are drawn by a seed. Each is put into a copy of the tree, and the tests nearest to its
module run there, the nearest first, until one fails. Before that the same tests have to pass in the
copy as it is. A mutant that no test notices survives: either a test is missing, or the change makes
no difference, which a reader has to say.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.mutants.mutating import Mutant, mutants_of
from tests.planted.planting import ROOT, copy_tree

_MACHINE = Path("firmware_sim/machine")
_SOURCES = (Path("gbcs"), _MACHINE)
_SECONDS = 600
"""A mutant that never ends is noticed."""


def drawn(seed: int, count: int) -> Iterator[tuple[Path, Mutant]]:
    """So many mutants, each with the path of its module in the tree."""
    random = Random(seed)
    files = sorted(path for folder in _SOURCES for path in (ROOT / folder).rglob("*.py"))
    weights = [len(path.read_text(encoding="utf-8").splitlines()) for path in files]
    made = 0
    while made < count:
        path = random.choices(files, weights)[0]
        mutants = mutants_of(path.read_text(encoding="utf-8"))
        if mutants:
            made += 1
            yield path.relative_to(ROOT), random.choice(mutants)


def nearest_tests(module: Path) -> list[list[str]]:
    """Sets of test files and folders that may notice a change of a module, the nearest first."""
    in_machine = module.is_relative_to(_MACHINE)
    home = Path("tests/machine" if in_machine else "tests/gbcs")
    inside = module.relative_to(_MACHINE if in_machine else "gbcs")
    folder = home / inside.parent
    named = sorted((ROOT / folder).glob(f"test_{inside.stem}*.py"))
    sets = [[str(path.relative_to(ROOT)) for path in named]]
    if (ROOT / folder).is_dir() and folder != home:
        sets.append([str(folder)])
    sets.append([str(home)])
    if not in_machine:
        sets.append(["tests/machine/commands", "tests/machine/credentials"])
    return [tests for tests in sets if tests]


class Copy:
    """A copy of the tree, in which one module at a time is changed."""

    def __init__(self, folder: Path) -> None:
        self._tree = copy_tree(folder)
        self._sound: dict[tuple[str, ...], bool] = {}

    def killer(self, path: Path, mutant: Mutant) -> str:
        """The tests that notice a mutant, as one text; empty if none does.

        Raises:
            SystemExit: those tests fail in the copy as it is, too, so they say nothing.
        """
        place = self._tree / path
        original = place.read_text(encoding="utf-8")
        for tests in nearest_tests(path):
            place.write_text(mutant.text, encoding="utf-8")
            is_noticed = not self._passes(tests)
            place.write_text(original, encoding="utf-8")
            if is_noticed and not self._passes_as_it_is(tests):
                raise SystemExit(f"{', '.join(tests)}: red without a mutant, so they say nothing")
            if is_noticed:
                return ", ".join(tests)
        return ""

    def _passes_as_it_is(self, tests: list[str]) -> bool:
        known = tuple(tests)
        if known not in self._sound:
            self._sound[known] = self._passes(tests)
        return self._sound[known]

    def _passes(self, tests: list[str]) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        addopts = "addopts=--import-mode=importlib -p pytester -p no:pytest_embedded"
        try:
            done = subprocess.run(
                [*command, "-o", addopts],
                cwd=self._tree, capture_output=True, check=False, timeout=_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def run(seed: int, count: int) -> None:
    """Report each mutant and at last the score."""
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        for number, (path, mutant) in enumerate(drawn(seed, count), 1):
            started = time.monotonic()
            line = f"{path}:{mutant.line}: {mutant.before}  ->  {mutant.after}"
            found = copy.killer(path, mutant)
            verdict = f"killed by {found}" if found else "SURVIVED"
            _say(f"{number:3} {line}\n    {verdict}, {time.monotonic() - started:.0f} s")
            if not found:
                survivors.append(line)
    for line in survivors:
        _say(f"survived: {line}")
    _say(f"score: {count - len(survivors)} of {count} mutants killed (seed {seed})")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="draws the mutants (default: 1)")
    parser.add_argument("--count", type=int, default=30, help="how many (default: 30)")
    arguments = parser.parse_args()
    run(arguments.seed, arguments.count)


if __name__ == "__main__":
    main()
