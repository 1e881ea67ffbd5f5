"""The mutants of a module: which there are, and that the same seed draws the same ones."""

import ast

import pytest

from tests.mutants.__main__ import drawn, nearest_tests
from tests.mutants.mutating import mutants_of
from tests.planted.planting import ROOT


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("a = b < c", ["a = b <= c"]),
        ("a = b >= c", ["a = b > c"]),
        ("a = b is None", ["a = b is not None"]),
        ("a = b and c", ["a = b or c"]),
        ("a = b + c", ["a = b - c"]),
        ("a = 7", ["a = 8"]),
        ("a = True", ["a = False"]),
        ("a = b[1:]", ["a = b[2:]"]),
        ("def f(a: 'int' = 1) -> int:\n    return a == 2", ["a: 'int'=2", "a != 2", "a == 3"]),
        ("a = 'text'", []),
        ("raise E(1 + 1)", []),
        ("a = f'{b + 1}'", []),
        ("a = b < c < d", []),
    ],
)
def test_mutants_of_a_line(source: str, after: list[str]) -> None:
    found = mutants_of(source)
    assert len(found) == len(after)
    for mutant, expected in zip(found, after, strict=True):
        assert expected in mutant.after
        assert mutant.before != mutant.after
        ast.parse(mutant.text)


def test_a_mutant_differs_in_one_line_only() -> None:
    source = "a = 1\nif a > 2:\n    b = a | 4\n"
    plain = ast.unparse(ast.parse(source)).splitlines()
    for mutant in mutants_of(source):
        changed = mutant.text.splitlines()
        assert sum(old != new for old, new in zip(plain, changed, strict=True)) == 1


def test_the_same_seed_draws_the_same_mutants() -> None:
    first, again, other = (
        [(path, mutant.line, mutant.after) for path, mutant in drawn(seed, 5)] for seed in (1, 1, 2)
    )
    assert first == again != other


def test_every_module_has_tests_near_to_it() -> None:
    for path, _ in drawn(3, 20):
        assert all((ROOT / test).exists() for tests in nearest_tests(path) for test in tests)
        assert nearest_tests(path)
