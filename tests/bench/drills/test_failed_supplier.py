"""A supplier that fails: who is on supply, what the DCC passes on, what the SMKI PMA has wait."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.drills import served
from firmware_sim.bench.drills.authoring.timeline import timeline
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.accounts.uses import Prepayment, TopUpGap
from firmware_sim.bench.evidence.first_page import FirstPage
from firmware_sim.bench.evidence.gap_words import gap_lines, gap_sentences
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.spreadsheets import write_spreadsheets
from firmware_sim.bench.files.strict_yaml import MistakesError
from firmware_sim.bench.outcome import Outcome
from firmware_sim.gbcs.policy import Policy
from tests.bench.drills.rehearsal import Rehearsal, rehearse

NAME = "supplier-failure"
Fields = dict[str, Any]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rehearsal, RunRecord]:
    story, folder = load_story(NAME), tmp_path_factory.mktemp("failure")
    assert story.population is not None
    run = asyncio.run(rehearse(story, folder, premises=story.population.premises))
    return run, read_record(folder)


def test_the_record_counts_customers_and_minutes_by_device(
    played: tuple[Rehearsal, RunRecord], tmp_path: Path
) -> None:
    run, record = played
    gaps = record.accounts.all(TopUpGap)
    types = {device.entity: device.type for device in record.devices}
    lines = gap_lines(gaps)
    # Two homes of failing: each ESME and GSME is a customer's, and one ESME is out of reach.
    assert Counter(types[line.device] for line in lines) == {"ESME": 2, "GSME": 2}
    [cut_off] = [line for line in lines if not line.is_over]
    assert types[cut_off.device] == "ESME"
    assert "unreachable" in cut_off.why
    assert [line.minutes for line in lines if line.is_over] == [951 + 31, 951, 951]
    # Each gap begins with a check of that device that the step has, and none is only computed.
    asked = {device for _, device, _ in checks(run, "nobody-tops-up")}
    assert asked == {line.device for line in lines}
    assert all(verdict == "passed" for *_, verdict in checks(run, "nobody-tops-up"))
    told = " ".join(FirstPage(record).prepayment_sentences)
    assert "4 prepayment customers could not top up" in told
    assert "1 customer still could not" in told
    write_spreadsheets(record, tmp_path)
    table = (tmp_path / "csv" / "top-up-gaps.csv").read_text("utf-8-sig").splitlines()
    assert len(table) == 1 + len(gaps)


@pytest.mark.slow
def test_the_page_has_a_row_for_each_customer_who_could_not_top_up(
    played: tuple[Rehearsal, RunRecord],
) -> None:
    page = render(played[1])
    assert page.count("<td>can top up</td>") == 3
    assert page.count("<td>still cannot</td>") == 1


def checks(run: Rehearsal, step: str) -> list[tuple[str, str, str]]:
    return run.rows(
        "SELECT step.name, device, verdict.verdict FROM verdict JOIN step ON step.id = step "
        f"WHERE step.name = '{step}' AND device IS NOT NULL"
    )


def test_tokens_of_before_are_lost_and_the_rest_stays_listed(
    played: tuple[Rehearsal, RunRecord],
) -> None:
    run, record = played
    told = record.accounts.last(Prepayment)
    assert told is not None
    assert (told.lost, told.lost_pence) == (3, 3000)  # the fourth meter is out of reach
    events = "SELECT detail FROM governance WHERE event = 'Supplier failure' ORDER BY id DESC"
    [(last,), *_] = run.rows(events)
    assert "still stand in the cells of 1 device" in last
    assert last.endswith("listed with shared-resources")


def test_nothing_is_sent_that_the_dcc_does_not_pass_on(
    played: tuple[Rehearsal, RunRecord],
) -> None:
    run, _ = played
    sent = dict(run.rows(
        "SELECT step.name, count(*) FROM message JOIN step ON step.id = step "
        "WHERE direction = 'to device' GROUP BY step.name"
    ))  # fmt: skip
    for name in ("nobody-tops-up", "take-over-too-early", "provider-rejected",
                 "method-2-without-a-compromise"):  # fmt: skip
        assert name not in sent
    assert sent["provider-tops-up"] > 0


def story(*steps: Fields) -> str:
    head = {"name": "own", "start": "2027-03-05T16:00:00Z",
            "population": {"premises": 2, "suppliers": {"old": "50%", "new": "50%"}}}  # fmt: skip
    return json.dumps(head | {"steps": [{"title": step["name"], **step} for step in steps]})


FAILS: Fields = {"name": "fails", "do": "supplier fails", "party": "old", "how": "it is gone"}
TOP_UP: Fields = {"name": "top-up", "do": "use", "what": "top up", "by": "supplier", "party": "old"}
STANDS_IN: Fields = {"name": "in", "do": "stand in", "party": "old", "provider": "shared"}
MEETS: Fields = {
    "name": "meets", "do": "meet",
    "present": ["chair", "supplier-2", "network-1", "smki-specialist"],
}  # fmt: skip
DELAY: Fields = {
    "name": "delay", "do": "delay", "party": "old", "delays": ["revocation"], "why": "supply",
}  # fmt: skip
REVOKES: Fields = {"name": "revoked", "do": "revoke", "party": "old"}


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ((FAILS, TOP_UP), "top-up"),
        ((FAILS, STANDS_IN), "in"),
        ((FAILS, DELAY), "delay"),
        ((FAILS, MEETS, DELAY, REVOKES), "revoked"),
        ((FAILS, MEETS, DELAY, STANDS_IN, TOP_UP), ""),
        ((FAILS, MEETS, DELAY, STANDS_IN, {**TOP_UP, "expect": "not served"}), "top-up"),
        ((FAILS, REVOKES, MEETS, DELAY, STANDS_IN), "in"),
        ((FAILS, {**TOP_UP, "party": "new"}), ""),
    ],
)
async def test_what_cannot_be_after_a_failure_fails_its_step(
    steps: tuple[Fields, ...], wrong: str, tmp_path: Path
) -> None:
    run = await rehearse(read_story(story(*steps), "own.yaml"), tmp_path, premises=2)
    failed = {name for name, verdict in run.steps().items() if verdict != "passed"}
    assert failed == ({wrong} if wrong else set()), run.reasons()


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((STANDS_IN,), "has not failed before it"),
        (({**FAILS, "party": "odl"},), "did you mean 'old'"),
        (({**TOP_UP, "expect": "not served"},), "passes everything on"),
        ((FAILS, {"name": "goes", "do": "transfer identifiers", "party": "old", "to": "old"}),
         "another supplier"),
    ],
)  # fmt: skip
def test_a_mistake_about_a_failure_is_told_before_anything_runs(
    steps: tuple[Fields, ...], told: str
) -> None:
    with pytest.raises((UsageError, MistakesError)) as caught:
        read_story(story(*steps), "own.yaml")
    assert told in str(caught.value)


async def test_a_dcc_that_passes_everything_on_fails_the_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "_why_not", lambda *_: "")
    text = story(FAILS, {**TOP_UP, "expect": "not served"})
    run = await rehearse(read_story(text, "own.yaml"), tmp_path, premises=2)
    assert run.whole is not Outcome.PASSED
    assert run.steps()["top-up"] == "failed"


def test_who_acts_with_the_keys_of_a_failed_supplier_is_named() -> None:
    who = {each.step.name: each.who for each in timeline(load_story(NAME), Policy())}
    assert who["customers-top-up"] == "failing"
    assert who["provider-tops-up"] == "shared-resources, with the keys of failing,"
    assert who["gaining-reads"] == "gaining"


def test_who_could_always_top_up_is_not_told() -> None:
    assert gap_sentences(()) == []
