"""A party replaces its own credentials (Method 1): no Recovery Event, and a sum of what is left."""

import re
from pathlib import Path

from firmware_sim.bench.drills.remarks import remarks
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.evidence.exposure_curve import of_words
from firmware_sim.bench.evidence.first_page import FirstPage
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.narrative import what_happened
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_figures import figures_of
from tests.bench.drills.rehearsal import rehearse
from tests.bench.live.played import sections

STORY = """\
name: own-key
title: The party replaces its own credentials
summary: A tenth of the devices stay silent.
devices: [ESME, GSME]
population: {premises: 10}
start: 2027-01-12T09:00:00Z
links: {unreachable: {share: 20%}}
verdicts: {devices: outstanding}
assumptions:
  prices: {ESME: {visit: 85, replacement: 240.50}, GSME: {visit: 85}}
steps:
  - {name: fall, title: It falls, do: compromise, key: supplier.KA, reporter: Party}
  - {name: told, title: It is told, do: notify, from: DCC, to: [SMKI PMA]}
  - name: own
    title: The party replaces its own credentials
    do: update
    by: supplier
    mode: supplierBySupplier
    cells: [supplier]
    install: 2
    minutes: 60
  - {name: report, title: The DCC reports, do: report}
"""


def story(text: str = STORY) -> Story:
    return read_story(text, "own-key.yaml")


def without_people() -> str:
    people = ("do: compromise", "do: notify", "do: report")
    lines = (line for line in STORY.splitlines() if not any(each in line for each in people))
    return "\n".join(lines)


async def test_what_is_left_has_a_sum_and_is_named_no_recovery_cost(tmp_path: Path) -> None:
    run = await rehearse(story(), tmp_path / "run", premises=10)
    record = read_record(run.folder)
    found = record.as_json()["prices"]
    left = [each for each in record.outcomes.values() if each.outcome == "unreachable"]
    assert len(left) == 4
    types = {device.entity: device.type for device in record.devices}
    pence = sum(325_50 if types[each.device] == "ESME" else 85_00 for each in left)
    assert found["recovery_event"] is False
    assert found["total"] == {"replace": 4, "renew": 0, "unpriced": 0, "pence": pence}
    assert {each["provision"] for each in found["devices"]} == {"none"}
    assert record.as_json()["costs"] is None
    assert not record.as_json()["claims"]
    page = " ".join(render(record).split())
    assert "Assumed, not measured, and no Recovery Cost:" in page
    assert "There is no Recovery Event, so that L10.17 pays for nothing here" in page
    assert "to replace the 4 devices that still hold the compromised certificate" in page
    assert "(b)(i)</th>" not in page
    assert "under L10.17(b)" not in page
    assert "4 devices that held the compromised certificate are not recovered" in page
    told = dict(what_happened(record))["What it would cost"]
    assert told.endswith("Without a Recovery Event it is no Recovery Cost.")


async def test_without_a_compromise_the_record_says_that_prices_have_no_effect(
    tmp_path: Path,
) -> None:
    lines = [line for line in STORY.splitlines() if "do: compromise" not in line]
    text = "\n".join(
        line for line in lines if "do: notify" not in line and "do: report" not in line
    )
    run = await rehearse(story(text), tmp_path / "run", premises=10)
    record = read_record(run.folder)
    assert record.as_json()["prices"] is None
    assert "no key fell, so that the prices that the story assumes have no effect" in [
        row.detail for row in record.governance
    ]


async def test_the_whole_of_every_share_is_the_devices_that_held_the_certificate(
    tmp_path: Path,
) -> None:
    """20 devices, of which 4 stay silent: the curve ends at 80 %, and 95 % is not reached."""
    run = await rehearse(story(), tmp_path / "run", premises=10)
    record = read_record(run.folder)
    assert (record.to_recover, len(record.recoveries or ())) == (20, 16)
    assert record.exposure is not None
    assert record.exposure.lost == 4
    told = " ".join(FirstPage(record).exposure_sentences)
    assert "Of 20 devices that held the compromised certificate, 16 were recovered" in told
    assert "4 devices that held the compromised certificate were not recovered." in told
    figures = figures_of(run.folder)
    assert figures.share_s[50] is not None
    assert (figures.share_s[95], figures.share_s[100], figures.lost) == (None, None, 4)
    curve = sections(run.folder)["curve"]
    assert (curve["of"], curve["points"][-1][1]) == (20, 16)
    assert curve["of_what"] == "devices that held the compromised certificate"
    assert of_words(record) == figures.of == "20 devices that held the compromised certificate"


async def test_a_device_that_no_update_addresses_belongs_to_the_whole(tmp_path: Path) -> None:
    """The party replaces its key in the ESME alone: the GSME still obey the thief."""
    text = STORY.replace("    cells: [supplier]\n", "    cells: [supplier]\n    devices: [ESME]\n")
    run = await rehearse(story(text), tmp_path / "run", premises=10)
    record = read_record(run.folder)
    gas = sum(device.type == "GSME" for device in record.devices)
    assert record.to_recover == 20
    assert record.exposure is not None
    assert record.exposure.lost is not None
    assert record.exposure.lost >= gas == 10


async def test_without_an_event_no_device_is_counted_as_relevant(tmp_path: Path) -> None:
    organised = (
        STORY.replace(
            "population: {premises: 10}",
            "population: {premises: 10, suppliers: {alpha: 50%, beta: 50%}}",
        )
        .replace("by: supplier\n", "by: supplier\n    party: alpha\n")
        .replace("key: supplier.KA,", "key: supplier.KA, party: alpha,")
    )
    run = await rehearse(story(organised), tmp_path / "run", premises=10)
    record = read_record(run.folder)
    page = " ".join(render(record).split())
    assert "Devices by Responsible Supplier" in page
    assert ">Relevant Devices</th>" not in page
    assert ">Populated</th>" not in page
    assert "No device is a Relevant Device here" in page
    rows = re.findall(r'<tr><th scope="row">(?:alpha|beta)</th>(.*?)</tr>', page)
    assert [each.count("<td") for each in rows[:2]] == [2, 2]
    told = dict(what_happened(record))
    assert "Relevant" not in told["What came of it"]


def test_check_remarks_that_there_is_no_recovery_cost() -> None:
    [remark] = remarks(story())
    assert "there is no Recovery Event, and nothing is a Recovery Cost" in remark
    without = STORY.replace("assumptions:\n", "").replace("  prices:", "# prices:")
    assert not [*remarks(story(without))]


def test_check_remarks_that_prices_have_no_effect_where_no_key_falls() -> None:
    [remark] = remarks(story(without_people()))
    assert remark == "assumptions.prices: no key falls in this story, so they have no effect."
