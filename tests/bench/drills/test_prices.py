"""What a recovery leaves, in money: only at prices that the story assumes, exact to the penny."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.bench.drills.price_terms import PriceTerm
from firmware_sim.bench.drills.pricing import paid_once
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.files.strict_yaml import read_yaml
from firmware_sim.bench.governance.costs import Allocation, CostCause, CostHead, PartyCost
from firmware_sim.bench.governance.prices import DevicePrice, pounds
from firmware_sim.bench.outcome import Outcome
from firmware_sim.gbcs.identifiers import EntityId
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.test_small_fleet import fleet_text

STORIES = Path(__file__).with_name("stories")


def priced(text: str, prices: str) -> Story:
    assumed = f"assumptions: {{prices: {prices}}}\nsteps:\n"
    return read_story(text.replace("\nsteps:\n", f"\n{assumed}", 1), "priced.yaml")


def without_gas(prices: str) -> Story:
    """The Recovery key is used at the ESME alone: of its GSME and GPF the supplier must see to."""
    story = yaml.safe_load((STORIES / "followed.yaml").read_text("utf-8"))
    story["start"] = story["start"].isoformat()
    story["steps"] = [each for each in story["steps"] if each["name"] != "cells-after"]
    for each in story["steps"]:
        if each["name"] == "recovery":
            each["devices"] = ["ESME"]
    return priced(yaml.safe_dump(story, sort_keys=False), prices)


def told(run: Rehearsal, event: str) -> list[str]:
    query = f"SELECT detail FROM governance WHERE event = '{event}' ORDER BY id"
    return [text for (text,) in run.rows(query)]


def record_of(run: Rehearsal) -> Any:
    export(run.folder)
    return json.loads((run.folder / "record.json").read_text("utf-8"))


def page_of(run: Rehearsal) -> str:
    return " ".join((run.folder / "report.html").read_text("utf-8").split())


async def test_each_device_has_its_price_and_the_supplier_and_all_their_sum(tmp_path: Path) -> None:
    prices = (
        "{GSME: {visit: '85.10', replacement: 240}, GPF: {replacement: 84.15}, CHF: {visit: 9}}"
    )
    run = await rehearse(without_gas(prices), tmp_path / "run")
    found = record_of(run)["prices"]
    listed = {
        (each["provision"], each["responsible_supplier"], each["pence"])
        for each in found["devices"]
    }
    assert listed == {("L10.17(b)(i)", "supplier", 325_10), ("L10.17(b)(i)", "supplier", 84_15)}
    whole = {"replace": 2, "renew": 0, "unpriced": 0, "pence": 409_25}
    assert (found["suppliers"], found["total"]) == ({"supplier": whole}, whole)
    assert {each["type"]: each["visit"] for each in found["assumed"]} == {
        "GSME": 85_10, "CHF": 900, "GPF": None,
    }  # fmt: skip
    words = "at the prices assumed 2 devices of supplier would cost £409.25"
    assert words in told(run, "Recovery Costs")
    with (run.folder / "csv" / "prices.csv").open(encoding="utf-8-sig") as table:
        rows = [(row["paragraph"], row["assumed pence"]) for row in csv.DictReader(table)]
    assert sorted(rows) == [("L10.17(b)(i)", "32510"), ("L10.17(b)(i)", "8415")]
    page = page_of(run)
    assert "would cost £409.25 under L10.17(b)." in page
    assert '<td class="number">£325.10</td>' in page
    assert "visited or replaced, £409.25 at the prices that the story assumes." in page


async def test_prices_are_told_as_assumptions(tmp_path: Path) -> None:
    story = without_gas("{GSME: {visit: 85.1, replacement: 240, data: 0.15}}")
    printed = told(await rehearse(story, tmp_path), "Assumption")
    assert (
        "to replace one GSME costs £325.10: £85.10 for the visit and £240.00 for the new device"
        in (printed)
    )
    assert "to replace the data in one GSME, which stays, costs £0.15" in printed
    assert any("is paid for once" in each for each in printed)


async def test_a_device_without_a_price_is_counted_apart_and_is_not_free(tmp_path: Path) -> None:
    run = await rehearse(without_gas("{GSME: {replacement: 0}}"), tmp_path / "run")
    found = record_of(run)["prices"]
    assert {each["pence"] for each in found["devices"]} == {0, None}
    assert found["total"] == {"replace": 2, "renew": 0, "unpriced": 1, "pence": 0}
    page = page_of(run)
    assert "would cost £0.00 under L10.17(b), without 1 device for which" in page
    assert "£0.00 at the prices that the story assumes, 1 of them without one." in page
    [sentence] = [each for each in told(run, "Recovery Costs") if "prices assumed" in each]
    assert sentence.endswith("; 1 more device of it without an assumed price")


async def test_where_commands_replace_the_data_the_price_is_that_of_data(tmp_path: Path) -> None:
    text = (STORIES / "event-b-replaced-afterwards.yaml").read_text("utf-8")
    prices = "{GSME: {visit: 85, replacement: 240, data: 0.15}, GPF: {replacement: 40}}"
    run = await rehearse(priced(text, prices), tmp_path / "run")
    assert run.whole is Outcome.PASSED, run.reasons()
    found = record_of(run)["prices"]
    assert {(each["provision"], each["pence"]) for each in found["devices"]} == {
        ("L10.17(b)(ii)", 15), ("L10.17(b)(ii)", None),
    }  # fmt: skip
    assert found["total"] == {"replace": 0, "renew": 2, "unpriced": 1, "pence": 15}


async def test_without_prices_the_record_has_none_and_says_that_none_was_assumed(
    tmp_path: Path,
) -> None:
    text = (STORIES / "event-b-with-evidence.yaml").read_text("utf-8")
    run = await rehearse(read_story(text, "story.yaml"), tmp_path / "run")
    assert record_of(run)["prices"] is None
    assert "The story assumes no prices, so no sums are given." in page_of(run)
    assert any("the story assumes no prices" in each for each in told(run, "Assumption"))
    assert not (run.folder / "csv" / "prices.csv").exists()


async def test_devices_that_are_stuck_stand_in_the_report_with_their_price(tmp_path: Path) -> None:
    """Two are out of reach; two were sent a bad certificate, and do not hold what fell any more."""
    each = "{visit: 100.01, data: 100.01}"
    story = priced(fleet_text(mended=False), f"{{ESME: {each}, GSME: {each}, GPF: {each}}}")
    run = await rehearse(story, tmp_path / "run", premises=4)
    found = record_of(run)
    assert found["prices"]["total"] == {"replace": 2, "renew": 2, "unpriced": 0, "pence": 400_04}
    outcomes = sorted(each["outcome"] for each in found["prices"]["devices"])
    assert outcomes == ["failed", "failed", "unreachable", "unreachable"]
    devices = {each["device"] for each in found["not_recovered"]}
    assert {each["device"] for each in found["prices"]["devices"]} == devices
    _, _, table = page_of(run).partition("4 Relevant Devices not recovered")
    assert table.partition("</table>")[0].count('<td class="number">£100.01</td></tr>') == 4


_ONE, _TWO = EntityId(bytes(7) + b"\1"), EntityId(bytes(7) + b"\2")


def cost(device: EntityId, head: CostHead, party: str = "alpha") -> Allocation:
    at = datetime(2026, 10, 5, tzinfo=UTC)
    return Allocation(PartyCost(party, CostCause.OTHER, 0, at, device), head, "")


def test_a_device_that_two_events_are_about_is_paid_for_once() -> None:
    """Where it has to be replaced after either Event, its data cost nothing more."""
    used, data = cost(_ONE, CostHead.KEY_USE), cost(_ONE, CostHead.DATA)
    first, again = cost(_ONE, CostHead.DEVICE), cost(_ONE, CostHead.DEVICE, "beta")
    other = cost(_TWO, CostHead.DATA)
    found = paid_once([used, data, other, first, again])
    assert dict(found) == {_ONE: first, _TWO: other}


@given(st.integers(0, 999_999_999))
def test_a_price_is_exact_to_the_penny_as_number_and_as_text(pence: int) -> None:
    written = pounds(pence).removeprefix("£").replace(",", "")
    for text in (written, f"'{written}'", written.removesuffix(".00")):
        _, value = read_yaml(text, "price")
        price = PriceTerm.model_validate({"visit": value}).value
        assert price.under(CostHead.DEVICE) == pence


@pytest.mark.parametrize(
    "written",
    ["-1", "0.005", "1.999", "'1,000'", "'£5'", "10000000", "true", ".inf", "'1e3'", "''", "[1]"],
)
def test_what_is_no_sum_of_pounds_is_refused_in_its_line(written: str) -> None:
    with pytest.raises(UsageError, match=r"line \d+, assumptions\.prices\.ESME\.visit: .*pounds"):
        priced((STORIES / "followed.yaml").read_text("utf-8"), f"{{ESME: {{visit: {written}}}}}")


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ("{ESMEE: {visit: 1}}", "did you mean 'ESME'"),
        ("{ESME: {}}", "says no price; give visit, replacement or data"),
        ("{ESME: {visits: 1}}", "did you mean 'visit'"),
    ],
)
def test_a_mistake_in_prices_says_how_to_mend_it(prices: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        priced((STORIES / "followed.yaml").read_text("utf-8"), prices)


def test_a_price_of_one_part_is_that_part_and_of_none_is_none() -> None:
    assert DevicePrice(visit=5).under(CostHead.DEVICE) == 5
    assert DevicePrice(data=5).under(CostHead.DEVICE) is None
    assert DevicePrice(visit=5, replacement=6, data=7).under(CostHead.KEY_USE) is None
