"""Where each clause of SEC Section L is found, from `traceability.yaml`, and what is missing."""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import RootModel

from firmware_sim.bench.drills.story_file import builtin_stories
from firmware_sim.bench.files.strict_yaml import read_model, read_text
from firmware_sim.bench.files.terms import OneLine, Strict
from firmware_sim.bench.governance.clauses import clauses
from scripts.tables import table

FILE: Final = Path(__file__).with_name("traceability.yaml")
ROOT: Final = Path(__file__).parents[2]

_PARTS: Final = ("code", "test", "story", "line")
_WORDS: Final = {"line": "line in a report"}


class TracedClause(Strict):
    """One clause; a part that there is not is None.

    Attributes:
        code: file and name of an object, e.g. ``bench/smki/custody.py:Custody``.
        test: node id of a test.
        story: name of a built-in story, or the file of one beneath ``tests``.
        line: file, a colon and a space, and a text in it that reaches a report or the terminal.
        why: why something is missing.
    """

    clause: OneLine
    code: OneLine | None = None
    test: OneLine | None = None
    story: OneLine | None = None
    line: OneLine | None = None
    why: OneLine | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that there are not."""
        return tuple(part for part in _PARTS if getattr(self, part) is None)


class _Traced(RootModel[tuple[TracedClause, ...]]):
    pass


@cache
def traced() -> tuple[TracedClause, ...]:
    """Every row, in the order of the Code."""
    text = read_text(FILE, "traceability")
    return read_model(text, FILE.name, _Traced, "docs/traceability.md").root


def faults(rows: tuple[TracedClause, ...]) -> Iterator[str]:
    """What the rows name and there is not, and what they leave out."""
    names = [row.clause for row in rows]
    if names != list(clauses()):
        yield f"not the clauses of the Code, in order: {sorted(set(names) ^ set(clauses()))}"
    stories = {story.name for story in builtin_stories()}
    for row in rows:
        if row.code and not _has_object(*row.code.split(":")):
            yield f"{row.clause}: no code {row.code}"
        if row.test and not _has_object(*row.test.partition("[")[0].split("::")):
            yield f"{row.clause}: no test {row.test}"
        if row.story and row.story not in stories and not _is_story_of_a_test(row.story):
            yield f"{row.clause}: no story {row.story}"
        if row.line and not _has_text(*row.line.split(": ", 1)):
            yield f"{row.clause}: no line {row.line}"
        if bool(row.missing) != bool(row.why):
            yield f"{row.clause}: a reason belongs to what is missing, and only there"


def _is_story_of_a_test(story: str) -> bool:
    return story.startswith("tests/") and story.endswith(".yaml") and (ROOT / story).is_file()


def _has_object(file: str, name: str) -> bool:
    """Whether a file defines a name at its top, or ``Class.method``."""
    found: list[ast.stmt] = _tree(file)
    for part in name.split("."):
        node = next((each for each in found if part in _defined(each)), None)
        if node is None:
            return False
        found = node.body if isinstance(node, ast.ClassDef) else []
    return True


@cache
def _tree(file: str) -> list[ast.stmt]:
    path = ROOT / file
    return ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else []


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _has_text(file: str, text: str) -> bool:
    path = ROOT / file
    return path.is_file() and text in path.read_text(encoding="utf-8")


def incomplete_table() -> str:
    """The clauses that lack something, with the reason; a sentence if there are none."""
    rows = [
        (row.clause, clauses()[row.clause], _lacking(row.missing), row.why or "")
        for row in traced()
        if row.missing
    ]
    if not rows:
        return "Nothing: each clause has code, a test, a story and a line."
    return table(("clause", "what it asks", "missing", "why"), rows)


def traceability_table() -> str:
    """All clauses with all that there is."""
    rows = (
        (
            row.clause,
            clauses()[row.clause],
            *(_shown(part) for part in (row.code, row.test, row.story, row.line)),
        )
        for row in traced()
    )
    return table(("clause", "what it asks", "code", "test", "story", "line"), rows)


def traceability_count() -> str:
    """How many are complete."""
    complete = sum(not row.missing for row in traced())
    return f"Of {len(traced())} clauses {complete} have all of these."


def _lacking(parts: tuple[str, ...]) -> str:
    if parts == _PARTS:
        return "everything"
    return ", ".join(_WORDS.get(part, part) for part in parts)


def _shown(part: str | None) -> str:
    if part is None:
        return ""
    file, separator, text = part.partition(": ")
    return f"“{text}” in `{file}`" if separator else f"`{part}`"


TRACEABILITY_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "clauses": traceability_table,
        "clauses-complete": traceability_count,
        "clauses-incomplete": incomplete_table,
    }
)
