"""Is a clause of Section L tested by the test that its row names? Its code is taken away, to see.

A function does nothing any more; a table loses its entries, an enumeration its last member. The
named test must then fail. Ten of the clauses that have code and a test are drawn.
"""

import ast
import random
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.tables.traceability import TracedClause, traced
from tests.planted.planting import environment_of_a_tree

pytestmark = [pytest.mark.planted, pytest.mark.timeout(1000)]

SEED, NUMBER = 20261129, 10
SECONDS = 900
RED = (1, 2, 4)  # pytest: tests failed; or, as it says it in two ways, could not be collected

CLAUSES = [row for row in traced() if row.code and row.test]
DRAWN = random.Random(SEED).sample(CLAUSES, NUMBER)

EMPTIED = """
import dataclasses as _dataclasses
from types import MappingProxyType as _Proxy
def _emptied(value):
    if isinstance(value, _Proxy):
        return _Proxy({})
    if _dataclasses.is_dataclass(value):
        sets = [each.name for each in _dataclasses.fields(value)]
        empty = {name: frozenset() for name in sets if type(getattr(value, name)) is frozenset}
        return _dataclasses.replace(value, **empty)
    return type(value)()
"""


def without(source: str, name: str) -> str:
    """A module's source after one object of it was taken away."""
    module = ast.parse(source)
    body: list[ast.stmt] = module.body
    *outer, last = name.split(".")
    for part in outer:
        body = next(
            each for each in body if isinstance(each, ast.ClassDef) and each.name == part
        ).body
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == last:
            empty(node)
            return ast.unparse(module)
        if isinstance(node, ast.ClassDef) and node.name == last:
            empty_class(node)
            return ast.unparse(module)
    helper = ast.parse(EMPTIED).body
    future = 1 if isinstance(body[0], ast.Expr) else 0
    end = next(number for number, node in enumerate(body) if last in assigned(node))
    emptying = ast.parse(f"{last} = _emptied({last})").body
    body[:] = [*body[:future], *helper, *body[future : end + 1], *emptying, *body[end + 1 :]]
    return ast.unparse(module)


def empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))
    function.body = ast.parse("return\nyield" if yields else "return None").body


def empty_class(node: ast.ClassDef) -> None:
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    for each in methods:
        empty(each)
    if not methods:
        members = [each for each in node.body if isinstance(each, ast.Assign | ast.AnnAssign)]
        node.body.remove(members[-1])


def assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {each.id for each in targets if isinstance(each, ast.Name)}


def outcome(tree: Path, test: str) -> int:
    """pytest's exit code for one test in a tree."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
            *("-o", "addopts=--import-mode=importlib -p pytester -p no:pytest_embedded", test),
        ],
        cwd=tree,
        env=environment_of_a_tree(),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    return done.returncode


@pytest.mark.parametrize("row", DRAWN, ids=lambda row: row.clause)
def test_taking_the_code_of_a_clause_away_turns_its_test_red(row: TracedClause, tree: Path) -> None:
    assert row.code is not None
    assert row.test is not None
    file, name = row.code.split(":")
    path = tree / file
    source = path.read_text(encoding="utf-8")
    assert outcome(tree, row.test) == 0
    path.write_text(without(source, name), encoding="utf-8")
    assert outcome(tree, row.test) in RED, f"{row.clause}: {row.test} does not need {row.code}"
