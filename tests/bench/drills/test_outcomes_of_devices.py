"""What became of each device: told one by one, with sums, and declared by a story."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from firmware_sim.bench.drills.link_terms import LinkTerms
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from tests.bench.drills.rehearsal import SUPPLIER_STORY, Rehearsal, rehearse
from tests.bench.drills.telling import ceremony, look, recovery, report, story, until_decided
from tests.bench.drills.wave_stories import story_of

LINKS = "links: {unreachable: {count: 2}}\n"


def outcomes_of(run: Rehearsal) -> Counter[str]:
    rows = run.rows("SELECT content FROM account WHERE kind = 'device outcome'")
    return Counter(json.loads(content)["outcome"] for (content,) in rows)


@pytest.mark.parametrize(
    ("declared", "outcome"),
    [
        ("", Outcome.OUTSTANDING),
        ("verdicts: {devices: outstanding}\n", Outcome.PASSED),
        ("verdicts: {procedure: nothing to follow, devices: outstanding}\n", Outcome.PASSED),
        ("verdicts: {devices: right}\n", Outcome.OUTSTANDING),
        ("verdicts: {procedure: followed, devices: outstanding}\n", Outcome.NOT_AS_DECLARED),
    ],
)
async def test_devices_out_of_reach_are_green_only_if_the_story_declares_them(
    declared: str, outcome: Outcome, tmp_path: Path
) -> None:
    run = await rehearse(story_of(top=LINKS + declared), tmp_path / "run")
    assert run.devices is DevicesVerdict.OUTSTANDING
    assert run.whole is outcome
    assert outcomes_of(run) == {"unreachable": 2, "recovered": 1}


async def test_a_story_that_declares_outstanding_devices_and_has_none_is_not_green(
    tmp_path: Path,
) -> None:
    run = await rehearse(story_of(top="verdicts: {devices: outstanding}\n"), tmp_path / "run")
    assert run.devices is DevicesVerdict.RIGHT
    assert run.whole is Outcome.NOT_AS_DECLARED


def test_a_wrong_device_cannot_be_declared() -> None:
    with pytest.raises(UsageError, match=r"verdicts\.devices: must be one of right, outstanding"):
        story_of(top="verdicts: {devices: wrong}\n")


async def test_relevant_devices_that_are_out_of_reach_are_listed_with_their_supplier(
    tmp_path: Path,
) -> None:
    """In the record, in a table, and on the page; their costs fall under L10.17(b)(i)."""
    links = LinkTerms.model_validate({"unreachable": {"count": 2}})
    story = load_story(SUPPLIER_STORY).model_copy(update={"links": links})
    run = await rehearse(story, tmp_path / "run", premises=2)
    assert run.devices is DevicesVerdict.OUTSTANDING, run.reasons()
    record = export(run.folder)
    assert record.outcome_sums == {
        "recovered": 4, "lost": 0, "unreachable": 2, "failed": 0, "not asked": 0, "total": 6,
    }  # fmt: skip
    told = json.loads((run.folder / "record.json").read_text())
    listed = [(each["device"], each["outcome"]) for each in told["not_recovered"]]
    assert len(listed) == 2
    assert {each["responsible_supplier"] for each in told["not_recovered"]} == {"supplier"}
    assert told["costs"]["b_i"] == 2
    assert told["exposure"]["lost"] == 2
    with (run.folder / "csv" / "l10-17-b.csv").open(encoding="utf-8-sig") as table:
        assert [(row["device"], row["outcome"]) for row in csv.DictReader(table)] == listed
    page = (run.folder / "report.html").read_text()
    assert "2 Relevant Devices not recovered" in page


async def test_a_device_that_was_given_what_fell_is_not_recovered(tmp_path: Path) -> None:
    """Recovery was obeyed in every cell, and has installed the generation that fell."""
    back = recovery().replace("install: 2", "install: 1")
    read = look(", holding: {all: 1}")
    told = story(until_decided(), ceremony(), back, read, report())
    run = await rehearse(told, tmp_path / "run")
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert outcomes_of(run) == {"failed": 3}
    (departure,) = run.departures()
    assert "the command puts what fell into 3 devices again [SEC L10.1(c)(i)]" in departure
    assert run.whole is Outcome.PROCEDURE_NOT_FOLLOWED
