"""Claims and deemed breaches of a story, before the DCC, the Panel and the Authority."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.telling import decide, fall, meet, notice, step, story

STORIES = Path(__file__).with_name("stories")


def text(name: str) -> str:
    return (STORIES / f"{name}.yaml").read_text(encoding="utf-8")


def details(run: Rehearsal, event: str) -> list[str]:
    query = f"SELECT detail FROM governance WHERE event = '{event}' ORDER BY id"
    return [detail for (detail,) in run.rows(query)]


def i12(run: Rehearsal) -> list[str]:
    """What breaks it; the clause of the invariant itself is left out."""
    found = [each for each in run.departures() if each.startswith("I12: ")]
    return [each.removesuffix(" [SEC L10.19]") for each in found]


@pytest.mark.parametrize("name", ["claim-before-panel", "breach-rebutted"])
async def test_every_step_before_panel_and_authority_is_in_order_and_in_time(
    name: str, tmp_path: Path
) -> None:
    run = await rehearse(load_story(str(STORIES / f"{name}.yaml")), tmp_path)
    assert run.departures() == []
    assert run.whole is Outcome.PASSED, run.reasons()


async def test_the_record_says_what_is_owed_after_the_appeal_and_how_the_breach_stands(
    tmp_path: Path,
) -> None:
    """1.3 million pounds asked for, 0.9 determined, 1.1 on appeal: the last one is owed."""
    run = await rehearse(load_story(str(STORIES / "claim-before-panel.yaml")), tmp_path / "claim")
    assert "claim of alpha: what the DCC owes is £1,100,000.00 [SEC L10.22, L10.23]" in details(
        run, "Claim"
    )
    assumed = "over 1,000,000.00 pounds are requested after one Recovery Event"
    assert any(assumed in each for each in details(run, "Assumption"))
    run = await rehearse(load_story(str(STORIES / "breach-rebutted.yaml")), tmp_path / "breach")
    assert account(run, "breach")["status"] == "no breach occurred"


def account(run: Rehearsal, kind: str) -> Any:
    (content,) = run.rows(f"SELECT content FROM account WHERE kind = '{kind}'")
    return json.loads(content[0])


def changed(name: str, old: str, new: str) -> Story:
    whole = text(name)
    assert whole.count(old) == 1
    return read_story(whole.replace(old, new), "changed.yaml")


LATE = {
    "evidence a day late": (
        "days: 20, minutes: 7200",
        "days: 20, minutes: 30240",
        "evidence given late (due 2026-12-02) [SEC L10.20]",
    ),
    "an auditor's report too late": (
        "days: 30, minutes: 14400",
        "days: 13, minutes: 20160",
        "auditor's report given late (due 2026-12-01) [SEC L10.21]",
    ),
    "a payment on another day than the Panel set": (
        "pence: 60000000, minutes: 43200",
        "pence: 60000000, minutes: 43201",
        "payment on another date than determined [SEC L10.24(b)]",
    ),
    "more paid than the Authority decided": (
        "pence: 50000000, minutes: 1",
        "pence: 50000001, minutes: 1",
        "110000001 pence paid where 110000000 are due [SEC L10.22]",
    ),
    "the Panel decides an appeal against itself": (
        "act: appeal decided, by: the Authority",
        "act: appeal decided, by: the Panel",
        "appeal decided by the Panel [SEC L10.29]",
    ),
    "a question that the Party refers": (
        "act: question referred, by: the DCC",
        "act: question referred, by: the Party",
        "question referred by the Party [SEC L10.23(a)]",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), LATE.values(), ids=LATE.keys())
async def test_what_is_late_or_by_the_wrong_body_breaks_i12(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    run = await rehearse(changed("claim-before-panel", old, new), tmp_path)
    assert f"I12: the claim of alpha: {said}" in i12(run), run.reasons()
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED


async def test_a_story_can_set_the_threshold_of_the_panel(tmp_path: Path) -> None:
    """With 1.4 million as the threshold, 1.3 million are below, but not with another claim."""
    whole = text("claim-before-panel").replace(
        "steps:\n", "assumptions: {threshold: 140000000}\nsteps:\n", 1
    )
    run = await rehearse(read_story(whole, "below.yaml"), tmp_path / "below")
    assert any("dates referred below the threshold [SEC L10.24(a)]" in each for each in i12(run))
    beta = "".join(
        step(f"beta-{number}", f"do: claim, party: beta, {said}, minutes: 0")
        for number, said in enumerate(
            (
                "act: notice of intention",
                "act: best estimate, pence: 20000000",
                "act: costs cease",
                "act: total amount, pence: 20000000",
            )
        )
    )
    place = "  - {name: question,"
    both = whole.replace(place, beta + place)
    run = await rehearse(read_story(both, "both.yaml"), tmp_path / "both")
    assert not any("below the threshold" in each for each in i12(run)), run.reasons()


BREACHES = {
    "the Panel determines without proof": (
        "act: the Panel determines that no breach occurred, by: the Panel",
        "without shown not to be due to its breach [SEC L10.27(c)]",
    ),
    "the Party acquits itself": (
        "act: the Panel determines that no breach occurred, by: the Party",
        "by the Party [SEC L10.27(c)]",
    ),
    "an appeal against nothing": ("act: appeal to the Authority", "[SEC L10.29]"),
}


@pytest.mark.parametrize(("said", "fault"), BREACHES.values(), ids=BREACHES.keys())
async def test_a_rebuttal_out_of_order_breaks_i12_and_changes_nothing(
    said: str, fault: str, tmp_path: Path
) -> None:
    told = story(
        fall(), notice(), meet(), decide(),
        step("referral", "do: refer breach, party: supplier"),
        step("out-of-order", f"do: breach, party: supplier, {said}"),
    )  # fmt: skip
    run = await rehearse(told, tmp_path)
    assert any(fault in each for each in i12(run)), run.reasons()
    assert account(run, "breach")["status"] == "deemed, before the Panel"


async def test_a_rebuttal_where_there_was_no_event_breaks_i12(tmp_path: Path) -> None:
    told = story(fall(), notice(), step("referral", "do: refer breach, party: supplier"))
    run = await rehearse(told, tmp_path)
    assert i12(run) == [
        "I12: the deemed breach of supplier: there is no Recovery Event [SEC L10.27(a)]"
    ]


async def test_an_appeal_against_a_demand_of_the_dcc_is_no_appeal(tmp_path: Path) -> None:
    claim = (
        "act: notice of intention",
        "act: best estimate, pence: 1",
        "act: evidence required, by: the DCC, days: 9",
        "act: appeal",
    )
    steps = [
        step(f"claim-{number}", f"do: claim, party: alpha, {said}, minutes: 0")
        for number, said in enumerate(claim)
    ]
    run = await rehearse(story(fall(), notice(), meet(), decide(), *steps), tmp_path)
    assert any("appeal where the Panel has decided nothing" in each for each in i12(run))
