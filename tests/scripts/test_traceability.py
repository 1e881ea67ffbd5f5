"""Each clause of Section L has a row, and what the row names is there."""

import pytest

from scripts.tables.traceability import TracedClause, faults, traced


def test_every_clause_has_a_row_and_all_that_it_names_is_there() -> None:
    assert list(faults(traced())) == []


def changed(number: int, **parts: str | None) -> tuple[TracedClause, ...]:
    rows = list(traced())
    rows[number] = rows[number].model_copy(update=parts)
    return tuple(rows)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"code": "bench/governance/committee.py:Office.meet"}, "no code"),
        ({"code": "bench/governance/nowhere.py:Office"}, "no code"),
        ({"test": "tests/bench/governance/test_committee.py::test_nothing"}, "no test"),
        ({"story": "no-such-story"}, "no story"),
        ({"story": "tests/bench/drills/no-such-story.yaml"}, "no story"),
        ({"story": "docs/drills.md"}, "no story"),
        ({"line": "bench/drills/words.py: the moon rises"}, "no line"),
        ({"line": None}, "a reason belongs to what is missing"),
        ({"why": "for no reason"}, "a reason belongs to what is missing"),
        ({"clause": "L99.99"}, "not the clauses of the Code"),
    ],
)
def test_what_is_not_there_is_found(parts: dict[str, str | None], said: str) -> None:
    assert said in "; ".join(faults(changed(0, **parts)))


def test_a_clause_that_is_left_out_is_found() -> None:
    assert any("L1.3" in fault for fault in faults(traced()[1:]))
