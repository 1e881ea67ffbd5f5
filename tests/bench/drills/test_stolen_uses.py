"""What a thief got done with copied keys in steps of the story is counted and told."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.evidence.accounts.told import read_accounts
from firmware_sim.bench.evidence.attacks import TRIED_NOTHING, attack_figures
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.narrative import what_happened
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.outcome import Outcome
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.test_uses import NEW, PRINTED, RENEWED, STOLEN, falls, story_of, use

READ = use("read", "read register", keep="old") | {"minutes": 60}
AGREEMENT_FALLS = falls("supplier.KA")
ASKS = use("thief-asks", "read register", **STOLEN)
REMEMBERS = use("thief-remembers", "open recorded", kept="old", **STOLEN)
IN_VAIN = [
    use("new-read", "read register", keep="new", **NEW),
    use("thief-listens", "open recorded", kept="new", expect="unreadable", **STOLEN),
]
READABLE = "what was recorded before stays readable"


async def played(folder: Path, *steps: dict[str, Any]) -> tuple[Rehearsal, RunRecord]:
    run = await rehearse(story_of(*steps), folder / "run", premises=2)
    return run, export(run.folder)


def page_of(run: Rehearsal, part: str) -> str:
    page = (run.folder / "report.html").read_text("utf-8")
    if part == "banners":
        return page.split('class="banners"')[1].split("</section>")[0]
    return page.split(f'<section id="{part}">')[1].split("</section>")[0]


async def test_the_meters_that_a_thief_read_are_counted_and_told_first(tmp_path: Path) -> None:
    """Two homes with three devices each that answer a supplier: the hub does not."""
    run, record = await played(tmp_path, READ, AGREEMENT_FALLS, ASKS, RENEWED, *IN_VAIN, REMEMBERS)
    assert run.whole is not Outcome.FAILED, run.reasons()
    assert record.attack is not None
    read = json.loads((run.folder / "record.json").read_text("utf-8"))["attack"]["read"]
    assert read == {
        "devices": 6,
        "types": {"ESME": 2, "GPF": 2, "GSME": 2},
        "answers": 12,
        "asked": 6,
        "opened": 6,
        "opened_late": 6,
        "first": "2026-05-11T08:00:00.000+00:00",
        "last": "2026-05-11T09:01:00.000+00:00",
    }
    told = (
        "The attacker read 6 devices (2 ESME, 2 GPF and 2 GSME): 12 answers, given from "
        "11 May 2026, 08:00 to 09:01; it opened 6 of 12 recorded answers and it asked for "
        "6 answers itself."
    )
    assert record.attack.harm[0] == told
    assert READABLE in record.attack.harm[1]
    for place in ("banners", "attack"):
        assert told in page_of(run, place)
        assert READABLE in page_of(run, place)
    assert told in dict(what_happened(record))["The attacker"]
    with (run.folder / "csv" / "stolen-key-uses.csv").open(encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 12
    assert {row["under another key"] for row in rows if row["deed"] == "opened"} == {"1"}


async def test_a_thief_who_only_opens_what_it_recorded_has_tried_something(tmp_path: Path) -> None:
    run, record = await played(tmp_path, READ, AGREEMENT_FALLS, REMEMBERS)
    assert record.attack is not None
    first, second = record.attack.sentences
    assert first == "The attacker sent no command."
    assert second.startswith("The attacker read 6 devices")
    assert "tried nothing" not in page_of(run, "banners")
    assert READABLE not in second  # the key still stands in the devices


async def test_a_thief_who_opens_nothing_is_told_to_have_tried(tmp_path: Path) -> None:
    run, record = await played(tmp_path, AGREEMENT_FALLS, RENEWED, *IN_VAIN)
    assert record.attack is not None
    assert (record.attack.openings, record.attack.harm) == (6, [])
    assert "tried nothing" not in (run.folder / "report.html").read_text("utf-8")


async def test_what_else_devices_did_for_a_thief_is_told_by_what_they_did(tmp_path: Path) -> None:
    steps = (use("arms", "arm supply", **STOLEN), {**RENEWED, **STOLEN, "install": 1})
    _, record = await played(
        tmp_path, *(falls(f"supplier.{key}") for key in ("DS", "KA", "KA.PP")), PRINTED, *steps
    )
    assert record.attack is not None
    (did,) = record.attack.harm
    assert did == (
        "With a copied key it topped up 4 devices with tokens that nobody had paid for, armed the "
        "supply of 2 devices and replaced credentials in 6 devices."
    )
    assert "none of them changed" not in record.attack.sentences[0]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("supplier.DS", "takes every holder of that key for the owner"),
        ("supplier.KA", "authenticates nothing that comes in"),
        ("supplier.KA.PP", "credits the tokens of every holder"),
    ],
)
async def test_exposure_says_what_the_key_that_fell_is_good_for(
    cell: str, told: str, tmp_path: Path
) -> None:
    run, _ = await played(tmp_path, falls(cell), RENEWED)
    section = page_of(run, "exposure")
    assert told in section
    assert section.count("Until the certificate") == 1


def test_a_record_that_tells_no_reading_is_read_as_before(tmp_path: Path) -> None:
    """Accounts of earlier versions have neither openings nor uses."""
    figures = attack_figures(read_accounts([("attack", '{"tries": 0}')]))
    assert figures is not None
    assert figures.sentences == [TRIED_NOTHING]
    assert figures.as_json()["read"] is None
