"""What changed between two runs: by hand-made figures whose changes can be told by heart."""

from dataclasses import replace
from math import inf

import pytest

from firmware_sim.bench.evidence.comparing import Comparison
from firmware_sim.bench.evidence.comparison_page import render_comparison
from firmware_sim.bench.evidence.findings import Recovery
from firmware_sim.bench.evidence.run_figures import RunFigures, shares_reached
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict

HOUR = 3600.0

RUN = RunFigures(
    folder="runs/last-year",
    ledger_problem="",
    story="fleet",
    title="A fleet is recovered",
    story_digest="ab" * 32,
    version="1.0",
    seed=1,
    target="memory",
    started="2026-03-02T09:00:00+00:00",
    outcome=Outcome.PASSED,
    procedure=ProcedureVerdict.FOLLOWED,
    devices_verdict=DevicesVerdict.RIGHT,
    devices=4,
    decision_s=HOUR,
    first_device_s=2 * HOUR,
    share_s={50: 2 * HOUR, 95: 4 * HOUR, 100: 4 * HOUR},
    median_s=2 * HOUR,
    relevant=4,
    to_recover=4,
    of="4 Relevant Devices",
    recovered=4,
    lost=0,
    failed=0,
    unreachable=0,
    faults=0,
    earned={"SEC L10.2(a)": True, "SEC L10.3": False},
    curve=(2 * HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR),
)
LATER = replace(
    RUN,
    folder="runs/this-year",
    decision_s=HOUR / 2,
    share_s={50: 2 * HOUR, 95: None, 100: None},
    recovered=3,
    lost=1,
    devices_verdict=DevicesVerdict.WRONG,
    failed=1,
    curve=RUN.curve[:3],
    earned={"SEC L10.2(a)": False, "SEC L10.3": True},
)


def judged(comparison: Comparison) -> dict[str, tuple[object, object, str]]:
    return {each.name: (each.old, each.new, each.judgement) for each in comparison.changes}


def test_earlier_and_fewer_are_better_and_a_share_that_was_never_reached_is_worse() -> None:
    found = judged(Comparison(RUN, LATER))
    assert found["decision_s"] == (HOUR, HOUR / 2, "better")
    assert found["first_device_s"] == (2 * HOUR, 2 * HOUR, "same")
    assert found["share_95_s"] == (4 * HOUR, inf, "worse")
    assert found["lost"] == (0, 1, "worse")
    assert found["recovered"] == (4, 3, "")


def test_a_figure_that_a_run_does_not_tell_is_neither_better_nor_worse() -> None:
    untold = replace(
        RUN,
        relevant=None,
        to_recover=None,
        lost=None,
        decision_s=None,
        share_s=dict.fromkeys(RUN.share_s),
    )
    comparison = Comparison(untold, RUN)
    found = judged(comparison)
    assert found["lost"] == (None, 0, "")
    assert found["share_50_s"] == (None, 2 * HOUR, "")
    assert comparison.changes[0].words == ("not told", "60 min", "")


def test_the_changes_are_written_as_people_say_them() -> None:
    words = {each.name: each.words for each in Comparison(RUN, LATER).changes}
    assert words["decision_s"] == ("60 min", "30 min", "\N{MINUS SIGN}30 min")
    assert words["share_100_s"] == ("4.0 h", "never", "no longer reached")
    assert words["failed"] == ("0", "1", "+1")


def test_what_an_attacker_held_and_what_waves_waited_is_compared() -> None:
    old = replace(RUN, waited_s=2 * HOUR, attacked=2, attacker_lost=0, attacked_s=HOUR)
    new = replace(RUN, waited_s=38 * HOUR, attacked=3, attacker_lost=1, attacked_s=3 * HOUR)
    comparison = Comparison(old, new)
    found = judged(comparison)
    assert found["attacked"] == (2, 3, "worse")
    assert found["attacker_lost"] == (0, 1, "worse")
    assert found["attacked_s"] == (HOUR, 3 * HOUR, "worse")
    assert found["waited_s"] == (2 * HOUR, 38 * HOUR, "worse")
    [reason] = comparison.reasons
    assert reason.startswith("Waves of the new run waited 36.0 h longer for devices that did not")
    assert not Comparison(RUN, RUN).reasons


def test_what_neither_run_came_to_is_said_in_words() -> None:
    words = {each.name: each.words for each in Comparison(LATER, LATER).changes}
    assert words["share_95_s"] == ("never", "never", "in neither run")


def test_clauses_that_were_gained_and_lost_are_named() -> None:
    comparison = Comparison(RUN, LATER)
    assert (comparison.gained, comparison.lost) == (["SEC L10.3"], ["SEC L10.2(a)"])


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"story": "another"}, "runs of two stories, fleet and another"),
        ({"story_digest": "cd" * 32}, "The story fleet was changed between"),
        ({"version": "2.0"}, "firmware-sim: 1.0 and 2.0"),
        ({"target": "mqtt"}, "the target: memory and mqtt"),
        ({"devices": 5}, "They have 4 and 5 devices"),
        ({"outcome": None}, "The new run never came to its end"),
    ],
)
def test_what_makes_two_runs_hard_to_compare_is_said(other: dict[str, object], words: str) -> None:
    [warning] = Comparison(RUN, replace(RUN, **other)).warnings  # type: ignore[arg-type]
    assert words in warning
    assert not Comparison(RUN, RUN).warnings


@pytest.mark.parametrize(
    ("recovered", "reached"),
    [
        # 8 devices: 50 % are 4 of them, 95 % are 7.6 and so all 8.
        (8, {50: 4.0, 95: 8.0, 100: 8.0}),
        (7, {50: 4.0, 95: None, 100: None}),
        (0, {50: None, 95: None, 100: None}),
    ],
)
def test_a_share_is_reached_with_the_device_that_completes_it(
    recovered: int, reached: dict[int, float | None]
) -> None:
    found = [Recovery(f"{number}", float(number)) for number in range(1, recovered + 1)]
    assert shares_reached(found, 8) == reached
    assert set(shares_reached(found, None).values()) == {None}


def test_the_page_has_both_curves_and_both_verdicts_of_both_runs() -> None:
    page = render_comparison(Comparison(RUN, LATER))
    assert page.count('class="verdict ') == 4
    assert "A device did wrong." in page
    assert "The dashed line is the old run." in page
    assert page.count("stroke-dasharray") >= 1
    assert "does not verify" not in page


def test_the_page_says_in_its_banner_that_a_ledger_does_not_verify() -> None:
    page = render_comparison(Comparison(replace(RUN, ledger_problem="run.sqlite: <b>x</b>"), LATER))
    assert "The old ledger does not verify." in page
    assert "<b>x</b>" not in page
