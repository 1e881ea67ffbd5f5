"""Which clauses of SEC Section L concern a drill: what a story may say that it rehearses.

The numbers are those of ``clauses.yaml``. A clause of another document is not judged here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from firmware_sim.bench.governance.clauses import clauses

SECTION: Final = "SEC "
"""What a reference to a clause begins with."""

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me"})
"""Categories of Unicode of which a reader sees nothing, or a mark on the letter before."""

_OF_SECTION_L: Final = re.compile(
    r"^\W*SEC\b|\bsection\s*L\b|smart\s*energy\s*code|(?<![A-Za-z0-9.])L\s*\d+\s*\.\s*\d",
    re.IGNORECASE,
)

_PART: Final = re.compile(r"\([a-z]+\)$")


def _with_wholes(numbers: Iterable[str]) -> Iterator[str]:
    """Each number, and the clauses that it is a part of: L10.1(c)(i), L10.1(c), L10.1."""
    for number in numbers:
        whole = number
        yield whole
        while _PART.search(whole):
            whole = _PART.sub("", whole)
            yield whole


def _numbers() -> Iterator[str]:
    """Of every clause in the list; the rows of its tables, and Annex A, have none of their own."""
    return (name.partition(",")[0] for name in clauses() if name.startswith("L"))


@cache
def all_clauses() -> frozenset[str]:
    """Every clause, and every clause of which one is a part."""
    return frozenset(_with_wholes(_numbers()))


def listed(clause: str) -> str:
    """A clause as far as the list knows it: ``L3.18(a)(i)`` is in it as ``L3.18(a)``."""
    while clause not in all_clauses() and _PART.search(clause):
        clause = _PART.sub("", clause)
    return clause


def is_of_section_l(reference: str) -> bool:
    """Whether a text speaks of a clause of Section L, however it is written, so that it is judged.

    A space that is none, a letter of another script or a wide one must not let a clause through
    that no step has earned. ``GBCS 13.3`` and the like are not judged.
    """
    plain = unicodedata.normalize("NFKC", reference)
    shown = "".join(each for each in plain if unicodedata.category(each) not in _UNSEEN)
    return _OF_SECTION_L.search(shown) is not None


def cited(references: str) -> tuple[str, ...]:
    """The clauses in ``"SEC L10.1(a), L10.15(a)"``; what is none of them is left out."""
    words = re.split(r",\s*|\s+", references.removeprefix(SECTION).strip())
    return tuple(word for word in words if word in all_clauses())


def is_earned(reference: str, by: Iterable[str]) -> bool:
    """Whether something of a clause, or of a part of it, has happened.

    Args:
        reference: as a story writes it, e.g. ``SEC L10.30(a)``.
        by: clauses of what happened, as `cited` has them.
    """
    wanted = cited(reference)
    happened = tuple(by)
    return bool(wanted) and all(
        any(each == clause or each.startswith(f"{clause}(") for each in happened)
        for clause in wanted
    )
