"""The flash maps of a report: what they say is what the flash counted, or what its image proves."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.flash.layout import FlashLayout, Piece, Wear
from firmware_sim.bench.evidence.flash.picture import picture_of
from firmware_sim.bench.evidence.flash.words import LETTERS, TONE_NAMES, TONES, words_of
from firmware_sim.bench.evidence.folder import REPORT_NAME
from firmware_sim.bench.evidence.grouping import MAP_LIMIT, flash_maps
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.flash.geometry import STM32L1
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import RecordKind
from firmware_sim.machine.image.regions import RegionKind
from firmware_sim.machine.store import Store
from tests.bench.evidence.rehearsal import run_info
from tests.bench.evidence.test_html import Page
from tests.machine.store.starting_stores import NEW_CELLS, SMALL, device_key, provisioned
from tests.machine.store.sweeping import commit


def entity(number: int) -> EntityId:
    return EntityId.parse(f"00db12345678{number:04x}")


def wear_out(flash: NorFlash, compactions: int) -> None:
    store = Store.open(flash)
    for number in range(compactions):
        commit(store, dict([encode(device_key(0x61 + number))]))
    commit(store, NEW_CELLS)


def reported(
    folder: Path, compactions: Sequence[int], *, counted: bool = True, bad: int | None = None
) -> RunRecord:
    """A run of one ESME each, which compacts its small flash so many times."""
    with RunLedger.create(folder, run_info()) as ledger:
        step = ledger.step("one", "The only step")
        for number, times in enumerate(compactions):
            ledger.device(entity(number), "ESME", number)
            flash = provisioned(SMALL)
            ledger.image(entity(number), "before", flash.image(), flash.wear if counted else None)
            wear_out(flash, times)
            ledger.image(entity(number), "after", flash.image(), flash.wear if counted else None)
            verdict = Verdict.FAILED if number == bad else Verdict.PASSED
            ledger.check(step, entity(number), "a check", verdict)
        ledger.finish_step(step, Verdict.PASSED)
        ledger.finish(Outcome.PASSED)
    return export(folder)


def section(source: str) -> str:
    (found,) = re.findall(r'<section id="flash">.*?</section>', source, re.DOTALL)
    return str(found)


def test_every_content_has_a_letter_and_a_colour() -> None:
    kinds = {kind.name.lower().replace("_", " ") for kind in RecordKind}
    kinds |= {kind.value for kind in RegionKind if kind is not RegionKind.RECORD}
    assert set(LETTERS) == kinds
    assert set(TONES) == kinds
    assert set(TONES.values()) == set(TONE_NAMES)
    assert len(set(LETTERS.values())) == len(LETTERS)


def test_a_layout_reads_back_from_the_ledger(tmp_path: Path) -> None:
    flash = provisioned(SMALL)
    layout = FlashLayout.of(flash.image())
    assert FlashLayout.from_json(layout.as_json()) == layout
    assert (layout.second_area, layout.active, layout.generation) == (2, 0, 1)
    record = reported(tmp_path / "run", [0])
    (kept,) = record.layouts.values()
    assert kept.block_sizes == SMALL.block_sizes
    assert Piece(0, 64, "superblock", "superblock") == kept.pieces[0]


def test_the_report_shows_the_wear_that_the_flash_counted(tmp_path: Path) -> None:
    record = reported(tmp_path / "run", [3])
    (device,) = record.devices
    assert device.flash_before is not None
    assert device.flash_after is not None
    assert device.flash_before.erases == (1, 1, 1, 1)
    # Power-on does not know that area 1 is erased, so the first compaction erases both areas;
    # the second erases area 1, the third area 0.
    assert device.flash_after.erases == (3, 3, 3, 3)
    page = Page(render(record))
    assert "The run erased 4 blocks of 4, 2 times each; 3 times each since" in page.text
    drawn = re.findall(r">(\d+x)</text><text class=\"f-new\"[^>]*>(\d+x)<", section(render(record)))
    assert drawn == [("3x", "2x")] * 4


def test_without_counted_wear_the_report_shows_what_the_image_proves(tmp_path: Path) -> None:
    record = reported(tmp_path / "run", [3], counted=False)
    page, drawn = Page(render(record)), section(render(record))
    assert "Erases were not counted; the image proves at least 2 to 3 a block." in page.text
    assert re.findall(r">≥ (\d)x<", drawn) == ["3", "2", "2", "2"]
    assert "f-new" not in drawn
    assert "By the run" not in page.text


def test_a_run_without_an_erase_is_described_as_such(tmp_path: Path) -> None:
    page = Page(render(reported(tmp_path / "run", [0])))
    assert "The run erased no block; each was erased once before it." in page.text


def test_the_words_of_a_map_agree_with_its_picture(tmp_path: Path) -> None:
    page = Page(render(reported(tmp_path / "run", [1])))
    assert page.unbalanced == []
    # Two cells and a set of counters were replaced, with a commit mark of 16 octets.
    assert "area 1: 656 of 1,024 octets live, 288 superseded." in page.text
    labels = [label for label in page.attributes("aria-label") if label.startswith("Map of")]
    assert labels == ["Map of the flash of this ESME; the same in words below"]
    layout = FlashLayout.of(provisioned(SMALL).image())
    first, second, rest = words_of(layout, Wear((1, 1, 2, 2), counted=True))
    assert (first.blocks, first.start, first.erased) == ("0", "000000", "1")
    assert first.holds == (
        "superblocks and marks: 128; identity and registers: 64; own keys and certificates: 112; "
        "Trust Anchor Cells: 208"
    )
    assert second.holds == (
        "superblocks and marks: 16; Trust Anchor Cells: 48; counters, balance, retired keys: 64"
    )
    assert (rest.blocks, rest.holds, rest.erased) == ("2-3", "nothing", "2")


def test_devices_with_equal_flash_share_a_map_and_failed_devices_come_first(tmp_path: Path) -> None:
    record = reported(tmp_path / "run", [0, 1, 1, 1, 0], bad=4)
    maps = flash_maps(record)
    assert [[device.entity for device in each.devices] for each in maps] == [
        [str(entity(4))],
        [str(entity(number)) for number in (1, 2, 3)],
        [str(entity(0))],
    ]
    assert "3 ESME Generation 2" in Page(render(record)).text


def test_a_page_has_a_limited_number_of_small_maps(tmp_path: Path) -> None:
    record = reported(tmp_path / "run", range(MAP_LIMIT + 3))
    source = render(record)
    assert section(source).count("<figure>") == MAP_LIMIT
    assert f"{MAP_LIMIT} of {MAP_LIMIT + 3} maps are here" in Page(source).text
    assert len(section(source)) < MAP_LIMIT * 10_000
    alike = reported(tmp_path / "alike", [1] * 60)
    assert section(render(alike)).count("<figure>") == 1
    assert len(alike.layouts) == 1


def test_neighbouring_erased_blocks_are_one_bar() -> None:
    flash = provisioned(STM32L1)
    picture = picture_of(FlashLayout.of(flash.image()), Wear(tuple(flash.wear), counted=True))
    assert [bar.label for bar in picture.bars] == ["0", "1", "2", "3-31", "32-63"]


def test_an_image_that_does_not_open_is_reported_with_its_reason(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(entity(0), "ESME", 0)
        ledger.image(entity(0), "after", bytes(4096))
    page = Page(render(export(tmp_path / "run")))
    assert "does not open: no sound superblock describes an image of this length." in page.text
    (kept,) = (tmp_path / "run").glob("images/*")
    assert kept.read_bytes() == bytes(4096)


def test_a_page_without_images_says_that_no_flash_was_read(passed: RunRecord) -> None:
    assert "No flash was read after this run." in Page(render(passed)).text


def test_devices_whose_flash_was_not_read_are_counted(tmp_path: Path) -> None:
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        for number in range(3):
            ledger.device(entity(number), "ESME", number)
        ledger.image(entity(0), "after", provisioned(SMALL).image())
    page = Page(render(export(tmp_path / "run")))
    assert "The flash of 2 devices was not read after this run." in page.text


def test_a_later_image_of_a_device_replaces_the_earlier_one(tmp_path: Path) -> None:
    flash = provisioned(SMALL)
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.device(entity(0), "ESME", 0)
        for erases in ((1, 1, 1, 1), (2, 2, 2, 2)):
            ledger.image(entity(0), "after", flash.image(), erases)
    (device,) = read_record(tmp_path / "run").devices
    assert device.flash_after is not None
    assert device.flash_after.erases == (2, 2, 2, 2)


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "drill"
    story = "root-compromise-contingency"
    assert run(["drill", "run", story, "--seed", "5", "--out", str(folder)]) == 0
    return folder


def test_a_drill_maps_each_device_with_counted_wear(drilled: Path) -> None:
    record = read_record(drilled)
    assert [each.type for each in flash_maps(record)] == ["CHF", "GPF", "ESME", "GSME"]
    assert all(each.wear.by_run is not None for each in flash_maps(record))
    source = (drilled / REPORT_NAME).read_text("utf-8")
    assert section(source).count("<figure>") == 4
    assert "<title>root at " in section(source)
    assert len(section(source)) < 50_000


def test_record_json_has_each_layout_once(drilled: Path) -> None:
    document = json.loads((drilled / "record.json").read_text("utf-8"))
    for device in document["devices"]:
        layout = document["layouts"][device["flash_after"]["layout"]]
        assert sum(octets for _, octets, _, _ in layout["pieces"]) == sum(layout["block_sizes"])
        assert device["flash_after"]["counted"] is True
        assert device["flash_before"]["layout"] == ""
