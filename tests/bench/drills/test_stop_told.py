"""A stop that fired is told where everybody looks: first page, terminal, live page."""

from pathlib import Path

from firmware_sim.bench.evidence.board_lines import board_lines
from firmware_sim.bench.evidence.first_page import FirstPage
from firmware_sim.bench.evidence.narrative import what_happened
from firmware_sim.bench.evidence.reading import read_record
from tests.bench.drills.rehearsal import rehearse
from tests.bench.drills.test_faults import NEW
from tests.bench.drills.wave_stories import story_of
from tests.bench.live.played import sections

WAVES = "    waves: [{share: 10%, name: canary}, {share: 50%}, {share: rest}]\n"
BAD = "faults: [{bad certificate: supplier.KA, count: 12}]\n"
TOLD = (
    "A stop fired. Change stops after wave 2: 6 of 6 devices that count failed (50% of a wave, and "
    "at least 3 devices); 5 devices of later waves were not asked in this step."
)


async def test_a_stop_that_fired_stands_on_the_first_page_and_on_the_live_page(
    tmp_path: Path,
) -> None:
    text = story_of(f"{WAVES}    stop: {{failed: 50%, of: wave}}\n", top=BAD, after=NEW)
    run = await rehearse(text, tmp_path / "run", premises=4)
    record = read_record(run.folder)
    assert TOLD in [line.text for line in board_lines(record)]
    assert dict(what_happened(record))["The waves"].startswith(TOLD)
    assert not [note for note in FirstPage(record).wave_notes if "stops after" in note]
    waves = sections(run.folder)["waves"]
    assert waves["notes"][0] == TOLD
    assert [each["not_asked"] for each in waves["waves"]] == [0, 0, 5]


async def test_a_step_that_only_may_stop_is_not_told_as_stopped(tmp_path: Path) -> None:
    text = story_of(f"{WAVES}    stop: {{failed: 50%, of: wave}}\n", top="", after=NEW)
    run = await rehearse(text, tmp_path / "run", premises=4)
    record = read_record(run.folder)
    assert record.stops == []
    assert not [line for line in board_lines(record) if "stop" in line.text]
    assert sections(run.folder)["waves"]["notes"] == []
