"""What the keys of a hand-written file mean: from the docstrings of its models."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from textwrap import dedent

from pydantic import BaseModel

_ENTRY = re.compile(r"^ {4}(\w+(?:, \w+)*): (.+(?:\n {8}.+)*)", re.MULTILINE)


@cache
def words_of(model: type[BaseModel]) -> dict[str, str]:
    """What each field means, by its name; a field of a base class has that one's words.

    They stand in a docstring after the field, or under ``Attributes:`` in that of the class.
    """
    words: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            words |= {name: " ".join(text.split()) for name, text in _own_words(base)}
    return words


def summary_of(model: type[BaseModel]) -> str:
    """The first paragraph of a model's own docstring; empty if it has none."""
    own = vars(model).get("__doc__") or ""
    return " ".join(inspect.cleandoc(own).partition("\n\n")[0].split())


def _own_words(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    own = inspect.cleandoc(vars(model).get("__doc__") or "")
    for names, text in _ENTRY.findall(own.partition("Attributes:\n")[2]):
        for name in names.split(", "):
            yield name, text
    (body,) = ast.parse(dedent(inspect.getsource(model))).body
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for field, after in pairwise(statements):
        name, text = getattr(field, "target", None), _docstring(after)
        if isinstance(name, ast.Name) and text is not None:
            yield name.id, text


def _docstring(statement: ast.stmt) -> str | None:
    """A text that stands alone; the default of the next field is none."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    said = value.value if isinstance(value, ast.Constant) else None
    return said if isinstance(said, str) else None
