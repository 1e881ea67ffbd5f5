"""The clauses that the project speaks of are those of Section L, and no others."""

from collections import Counter

import pytest

from firmware_sim.bench.drills.story_file import builtin_stories
from firmware_sim.bench.governance.clauses import clauses, is_clause


def test_the_parts_of_section_l_have_as_many_clauses_as_concern_us() -> None:
    parts = Counter(clause.split(".")[0].partition(",")[0] for clause in clauses())
    assert parts == {"L1": 10, "L3": 46, "L10": 67, "Annex A": 7}
    assert len(clauses()) == 130


@pytest.mark.parametrize(
    "reference",
    [
        "SEC L10.2(a)",
        "L10.2(a)",
        "SEC L10.30(a)",
        "SEC L10.30",
        "SEC L3.18",
        "SEC Annex A",
        "L10.29",
    ],
)
def test_a_clause_and_a_part_with_clauses_are_known(reference: str) -> None:
    assert is_clause(reference)


@pytest.mark.parametrize(
    "reference",
    ["SEC L99.99", "SEC L10.2(z)", "SEC L10.", "SEC L1", "GBCS 13.3", "", "SEC L10.3(a)"],
)
def test_what_is_no_listed_clause_is_not_known(reference: str) -> None:
    assert not is_clause(reference)


def test_every_clause_of_the_code_that_a_built_in_story_names_is_known() -> None:
    named = {
        rule.clause
        for story in builtin_stories()
        for rule in story.rules
        if rule.clause.startswith("SEC ")
    }
    assert named
    assert {clause for clause in named if not is_clause(clause)} == set()
