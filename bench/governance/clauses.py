"""The clauses of SEC Section L that this project speaks of, so that none can be made up."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from pydantic import RootModel

from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import read_model
from firmware_sim.bench.files.terms import OneLine, Strict

_FILE: Final = "clauses.yaml"
_CODE: Final = "SEC "


class SecClause(Strict):
    """One clause, or one row of a table in it.

    Attributes:
        clause: e.g. ``L10.16(b)(i)``, or ``L3.18, supplier``.
        says: what it asks, in words of our own.
    """

    clause: OneLine
    says: OneLine


class _Clauses(RootModel[tuple[SecClause, ...]]):
    pass


@cache
def clauses() -> Mapping[str, str]:
    """Clause -> what it asks, in the order of the Code."""
    text = (files("firmware_sim.bench.governance") / _FILE).read_text("utf-8")
    listed = read_model(text, _FILE, _Clauses, page("traceability")).root
    return MappingProxyType({each.clause: each.says for each in listed})


def is_clause(reference: str) -> bool:
    """Whether such a clause is listed, or some part of it: ``SEC L10.30(a)``, ``L10.16(b)(i)``.

    A reference to another document, e.g. ``GBCS 13.3``, is none.
    """
    name = reference.removeprefix(_CODE).strip()
    return any(
        clause == name or clause.startswith((f"{name}(", f"{name},")) for clause in clauses()
    )
