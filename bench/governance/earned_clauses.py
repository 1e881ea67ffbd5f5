"""Which clauses of SEC Section L concern a drill: what a story may say that it rehearses.

Numbers of the draft of March 2020 (L1, L3, L10). A clause of another document is not judged here.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

_DOCUMENT: Final = "SEC "

_NUMBERS: Final = """
L1.3 L1.4 L1.12(a) L1.12(b) L1.13 L1.14(a) L1.14(b) L1.15 L1.17(i) L1.17(j)
L3.15(a) L3.15(b) L3.16 L3.17(a) L3.17(b) L3.18 L3.18(a) L3.18(b)(i) L3.18(b)(ii) L3.19(a) L3.19(b)
L3.20 L3.21 L3.22 L3.23(a) L3.23(b) L3.23(c) L3.23(d) L3.23(e) L3.23(f) L3.23(g) L3.23(h) L3.23(i)
L3.24(a) L3.24(b) L3.24(c) L3.25
L10.1(a) L10.1(b) L10.1(c)(i) L10.1(c)(ii) L10.1(d)(i) L10.1(d)(ii) L10.1(e)
L10.2(a) L10.2(b) L10.2(c)(i) L10.2(c)(ii) L10.2(c)(iii) L10.3 L10.4 L10.5 L10.6
L10.9(a) L10.9(b) L10.9(c) L10.9(d) L10.10(a) L10.10(b) L10.11 L10.12
L10.14 L10.15(a) L10.15(b) L10.16(a) L10.16(b)(i) L10.16(b)(ii) L10.16(c)
L10.17(a) L10.17(b)(i) L10.17(b)(ii) L10.18 L10.19(a) L10.19(b)(i) L10.19(b)(ii) L10.19(c)
L10.20(a) L10.20(b) L10.21 L10.22 L10.23(a) L10.23(b) L10.24(a) L10.24(b) L10.24(c)
L10.25(a) L10.25(b) L10.26 L10.27(a) L10.27(b) L10.27(c) L10.28 L10.29
L10.30(a)(i) L10.30(a)(ii) L10.30(b) L10.30(c)(i) L10.30(c)(ii) L10.30(c)(iii) L10.30(c)(iv)
L10.30(c)(v) L10.30(c)(vi) L10.30(d)(i) L10.30(d)(ii)
"""

_PART: Final = re.compile(r"\([a-z]+\)$")


def _with_wholes(numbers: Iterable[str]) -> Iterator[str]:
    """Each number, and the clauses that it is a part of: L10.1(c)(i), L10.1(c), L10.1."""
    for number in numbers:
        whole = number
        yield whole
        while _PART.search(whole):
            whole = _PART.sub("", whole)
            yield whole


CLAUSES: Final = frozenset(_with_wholes(_NUMBERS.split()))
"""Every clause, and every clause of which one is a part."""


def is_of_section_l(reference: str) -> bool:
    """Whether a reference is to the Code, so that it can be judged."""
    return reference.startswith(_DOCUMENT)


def cited(references: str) -> tuple[str, ...]:
    """The clauses in ``"SEC L10.1(a), L10.15(a)"``; what is none of them is left out."""
    words = re.split(r",\s*|\s+", references.removeprefix(_DOCUMENT).strip())
    return tuple(word for word in words if word in CLAUSES)


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
