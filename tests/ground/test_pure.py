"""Octets in, effects out: a pure floor reaches no clock, file, socket or randomness.

ruff and import-linter hold the imports. Here each rule is shown a file that breaks it,
and the built-in names that neither can ban are looked for in the syntax tree.
"""

import ast
import subprocess

import pytest

from tests.ground.tree import ROOT, SCRIPTS, pure_sources, pyproject

BANNED_CALLS = {"open", "print", "input", "breakpoint", "exec", "eval", "compile", "__import__"}


def banned_api() -> dict[str, dict[str, str]]:
    lint = pyproject()["tool"]["ruff"]["lint"]
    banned: dict[str, dict[str, str]] = lint["flake8-tidy-imports"]["banned-api"]
    return banned


BANNED_MODULES = sorted(name for name in banned_api() if "." not in name)
BANNED_NAMES = sorted(name for name in banned_api() if "." in name)


def codes(source: str, *, where: str) -> set[str]:
    """The rules that ruff sees broken in `source`, taken to stand at `where`."""
    command = [str(SCRIPTS / "ruff"), "check", "--no-cache", "--output-format", "concise"]
    done = subprocess.run(
        [*command, "--stdin-filename", where, "-"],
        input=source, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    return {line.split()[1] for line in done.stdout.splitlines() if line.startswith(where)}


def calls(tree: ast.AST) -> set[str]:
    """The names called without a module in front: built-in functions among them."""
    functions = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.id for function in functions if isinstance(function, ast.Name)}


def test_no_pure_module_calls_what_reaches_outside() -> None:
    sources = list(pure_sources())
    assert len(sources) > 10
    found = {
        str(source.relative_to(ROOT)): bad
        for source in sources
        if (bad := BANNED_CALLS & calls(ast.parse(source.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_search_for_banned_calls_sees_a_planted_one() -> None:
    assert BANNED_CALLS & calls(ast.parse("def f():\n    return open('x').read()")) == {"open"}


def test_every_banned_module_is_refused_on_a_pure_floor() -> None:
    for module in BANNED_MODULES:
        source = f'"""A module."""\n\nimport {module}\n\nX = {module}\n'
        assert "TID251" in codes(source, where="firmware_sim/planted.py"), module


@pytest.mark.parametrize("where", ["gbcs/x.py", "firmware_sim/machine/flash/x.py", "devices/x.py"])
@pytest.mark.parametrize(
    "source",
    [
        "from os import path\nX = path\n",
        "import datetime\nX = datetime.datetime.now()\n",
        "from datetime import datetime\nX = datetime.now\n",
        "from cryptography.hazmat.primitives.asymmetric import ec\nX = ec.generate_private_key\n",
    ],
)
def test_banned_name_on_a_pure_floor_is_refused(where: str, source: str) -> None:
    assert "TID251" in codes(source, where=where)


def test_open_and_print_are_refused_by_lint_too() -> None:
    assert {"PTH123", "T201"} <= codes('print(open("x").read())\n', where="gbcs/x.py")


@pytest.mark.parametrize(
    "where", ["bench/drills/x.py", "devices/links/x.py", "hw/x.py", "tests/bench/test_x.py"]
)
def test_banned_modules_are_allowed_where_io_belongs(where: str) -> None:
    source = '"""A module."""\n\nimport socket\n\nX = socket.AF_INET\n'
    assert "TID251" not in codes(source, where=where)


def test_lint_and_layers_ban_the_same_modules() -> None:
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    [pure] = [contract for contract in contracts if contract["id"] == "pure"]
    assert sorted(pure["forbidden_modules"]) == BANNED_MODULES
