"""What the page shows of a run follows from the rows of its ledger, in their order."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.live.feed import Feed
from firmware_sim.bench.live.fleet_map import MOST_TILES, FleetMap, ShownState
from firmware_sim.bench.live.recovery import RecoveryCurve
from firmware_sim.bench.live.rows import RowsSoFar
from tests.bench.drills.attacker_stories import BEFORE_NOTICE, PREMISES, small_story
from tests.bench.drills.rehearsal import rehearse as in_a_drill
from tests.bench.evidence.rehearsal import rehearse
from tests.bench.live.played import fed, sections


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live") / "run"
    rehearse(folder, premises=3, failing=2)
    return folder


def test_rows_come_in_the_order_of_the_chain_however_many_are_taken_at_once(played: Path) -> None:
    with closing(sqlite3.connect(played / LEDGER_NAME, isolation_level=None)) as database:
        whole = RowsSoFar().take(database, 1_000_000)
        few, parts = RowsSoFar(), []
        while part := few.take(database, 7):
            parts += part
    assert [row.place for row in whole] == sorted(row.place for row in whole)
    assert parts == whole


def test_the_page_tells_what_the_record_tells(played: Path) -> None:
    record, told = read_record(played), sections(played)
    assert told["run"]["title"] == record.run.title
    assert told["messages"]["total"] == len(record.messages)
    assert told["fleet"]["devices"] == len(record.devices)
    assert told["fleet"]["refusals"] == len(record.refusals)
    last = record.messages[-1]
    first = told["messages"]["messages"][0]
    assert (first["number"], first["use_case"], first["counter"]) == (
        last.id, last.use_case, last.counter,
    )  # fmt: skip
    assert told["verdicts"]["end"]["outcome"] == record.run.outcome


def test_devices_with_a_failed_check_are_stuck_with_its_reason(played: Path) -> None:
    record, told = read_record(played), sections(played)
    failed = {check.device for check in record.checks if check.verdict == "failed"} - {None}
    assert failed
    assert {each["device"] for each in told["stuck"]["devices"]} >= failed
    assert all(each["reason"] for each in told["stuck"]["devices"])
    counts = {each["state"]: each["devices"] for each in told["fleet"]["counts"]}
    assert counts["wrong"] == len(failed)


def test_who_was_away_is_told_what_has_changed_since_and_nothing_else(played: Path) -> None:
    feed = fed(played)
    whole = json.loads(feed.since(-1))
    place = sorted(feed.state.changed.values())[len(feed.state.changed) // 2]
    rest = json.loads(feed.since(place))
    assert rest.keys() < whole.keys()
    assert all(rest[name] == whole[name] for name in rest)
    assert feed.since(feed.state.place) == ""


def test_however_a_run_is_cut_into_looks_the_page_comes_to_the_same(played: Path) -> None:
    whole = sections(played)
    feed, shown = Feed(played), {}
    with closing(sqlite3.connect(played / LEDGER_NAME, isolation_level=None)) as database:
        rows = RowsSoFar().take(database, 1_000_000)
    with feed._reading() as (_, unpacker):
        for start in range(0, len(rows), 5):
            place = feed.state.place
            for row in rows[start : start + 5]:
                feed.state.fold(row, unpacker)
            shown.update(json.loads(json.dumps(feed.state.since(place))))
    assert shown == whole


def test_a_ledger_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / LEDGER_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(UsageError, match="is no valid ledger"):
        Feed(tmp_path).refresh()


def test_a_million_devices_are_a_map_of_a_bounded_number_of_tiles() -> None:
    fleet = FleetMap()
    fleet.add(number=1_000_000)
    for device in range(0, 1_000_000, 1000):
        fleet.set(device, ShownState.WRONG)
    told = fleet.told()
    assert len(told["tiles"]) <= MOST_TILES
    assert sum(map(sum, told["tiles"])) == 1_000_000
    assert sum(tile[ShownState.WRONG] for tile in told["tiles"]) == 1000
    assert fleet.counts[ShownState.NOT_ASKED] == 999_000


def test_devices_that_come_one_by_one_give_the_same_counts_as_all_at_once() -> None:
    one_by_one = FleetMap()
    for device in range(MOST_TILES + 5):
        one_by_one.add(ShownState.ASKED if device % 3 else ShownState.ANSWERED)
    assert sum(map(sum, one_by_one.told()["tiles"])) == MOST_TILES + 5
    assert len(one_by_one.told()["tiles"]) <= MOST_TILES


async def test_what_the_thief_has_taken_is_not_recovered_until_a_party_wins_it_back(
    tmp_path: Path,
) -> None:
    """Row by row: nothing is recovered before the decision, and at the end the record is met."""
    run = await in_a_drill(small_story(BEFORE_NOTICE), tmp_path / "run", premises=PREMISES)
    feed, most_taken, decided = Feed(run.folder), 0, False
    with closing(sqlite3.connect(run.folder / LEDGER_NAME, isolation_level=None)) as database:
        rows = RowsSoFar().take(database, 1_000_000)
    with feed._reading() as (_, unpacker):
        for row in rows:
            feed.state.fold(row, unpacker)
            decided |= row.table == "governance" and row.values[2] == GovernanceEvent.DECISION
            counts = feed.state.devices.map.counts
            most_taken = max(most_taken, counts[ShownState.TAKEN])
            if not decided:
                assert counts[ShownState.RECOVERED] == 0
                assert feed.state.devices.curve.told()["points"] == []
    assert most_taken == 3
    told, record = feed.state.devices, read_record(run.folder)
    assert (told.map.counts[ShownState.TAKEN], told.map.counts[ShownState.RECOVERED]) == (0, 15)
    seconds = [each.seconds for each in record.recoveries or ()]
    assert told.curve.told()["points"] == [
        [each, seconds.index(each) + seconds.count(each)] for each in dict.fromkeys(seconds)
    ]


def test_the_curve_counts_a_device_once_and_not_when_a_check_of_it_failed() -> None:
    curve = RecoveryCurve()
    curve.begin("2026-03-02T09:00:00.000+00:00")
    curve.recovered(1, "2026-03-02T09:30:00.000+00:00")
    curve.recovered(1, "2026-03-02T09:40:00.000+00:00")
    curve.recovered(2, "2026-03-02T10:00:00.000+00:00")
    assert curve.told()["points"] == [[1800.0, 1], [3600.0, 2]]
    curve.lost(1)
    assert curve.told()["points"][-1] == [3600.0, 1]
