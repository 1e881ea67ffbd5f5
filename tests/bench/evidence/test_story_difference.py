"""What differs between two stories is told in a few lines, whatever the stories hold."""

from dataclasses import replace
from math import inf

from firmware_sim.bench.evidence.comparing import Comparison
from firmware_sim.bench.evidence.story_difference import MOST_LINES, story_difference
from tests.bench.evidence.test_comparing import RUN


def test_only_what_differs_is_told_with_the_line_around_it() -> None:
    old = "start: one\na: 1\nb: 2\nc: 3\n"
    assert story_difference(old, old) == []
    assert story_difference(old, old.replace("b: 2", "b: 3")) == [
        "@@ -2,3 +2,3 @@", " a: 1", "-b: 2", "+b: 3", " c: 3",
    ]  # fmt: skip


def test_a_long_difference_is_cut_and_says_so() -> None:
    told = story_difference("", "\n".join(f"{number}: x" for number in range(1000)))
    assert len(told) == MOST_LINES + 1
    assert told[-1] == f"and {1000 + 1 - MOST_LINES:,} more lines"


def test_a_story_of_any_length_is_not_compared_for_ever() -> None:
    [told] = story_difference("a\n" * 20_001, "b\n" * 20_001)
    assert "they were not compared" in told


def test_text_of_others_moves_no_cursor() -> None:
    told = "".join(story_difference("a: 1", f"a: \x1b[2J\u202e{'x' * 500}"))
    assert told.isprintable()
    assert len(told) < 200


def test_what_a_run_never_came_to_is_never_in_every_row() -> None:
    none = replace(
        RUN, first_device_s=None, median_s=None, share_s=dict.fromkeys(RUN.share_s), recovered=0
    )
    found = {each.name: each for each in Comparison(RUN, none).changes}
    for name in ("first_device_s", "share_50_s", "share_100_s", "median_s"):
        assert found[name].new == inf, name
        assert found[name].words[1] == "never"
        assert found[name].judgement == "worse"


def test_a_party_that_needed_no_decision_is_neither_better_nor_worse() -> None:
    found = {each.name: each for each in Comparison(RUN, replace(RUN, decision_s=None)).changes}
    assert found["decision_s"].words == ("60 min", "never", "no longer reached")
    assert not found["decision_s"].judgement
