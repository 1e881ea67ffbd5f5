"""A fleet on the page: what its record and that of its governance drill tell, shard by shard."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.wishes import Wish, leave_wish
from firmware_sim.bench.experiments.fleet import plan as planning
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard
from firmware_sim.bench.experiments.fleet.record import FLEET_NAME
from firmware_sim.bench.experiments.fleet.running import Done
from firmware_sim.bench.experiments.fleet.shard import Different
from firmware_sim.bench.live.feed import Feed
from firmware_sim.bench.live.fleet_map import MOST_TILES
from firmware_sim.bench.live.pace import Pace
from firmware_sim.bench.live.shard_map import DIFFERENT, STATES, ShardMap
from tests.bench.drills.wave_stories import text_of
from tests.bench.experiments.fleet.small_fleets import fleet_in, run_here
from tests.bench.live.played import fed, sections

UNREACHABLE = text_of(top="links: {unreachable: {count: 2}}\n", after="")
"""Of twelve devices, four of each of three types, two cannot be reached."""


@pytest.fixture(scope="module", autouse=True)
def _small_shards() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "SHARD_DEVICES", 6)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet") / "run"
    fleet_in(folder, UNREACHABLE).begin()
    return folder


class PulledPlugError(BaseException):
    """The process is gone in this moment: nothing that it would do afterwards is done."""


def first_alone(plan: FleetPlan, shards: Sequence[Shard], done: Done) -> None:
    run_here(plan, shards[:1], done)
    raise PulledPlugError


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, whose process was killed after the first of two shards."""
    folder = tmp_path_factory.mktemp("cut") / "run"
    with pytest.raises(PulledPlugError):
        replace(fleet_in(folder, UNREACHABLE), run_shards=first_alone).begin()
    return folder


def counts(told: dict[str, Any]) -> dict[str, int]:
    return {each["word"]: each["devices"] for each in told["fleet"]["counts"] if each["devices"]}


def test_a_finished_fleet_is_told_as_its_story_ends(finished: Path) -> None:
    told = sections(finished)
    assert (told["run"]["is_fleet"], told["run"]["devices"]) == (True, 12)
    assert counts(told) == {"recovered": 10, "unreachable": 2}
    assert (told["shards"]["devices"], told["shards"]["shards"]) == (12, 2)
    assert told["curve"]["points"][-1][1] == 10
    assert told["stuck"]["total"] == 2
    assert all("unreachable: " in each["reason"] for each in told["stuck"]["devices"])
    assert told["verdicts"]["end"]["outcome"] == "outstanding"
    assert fed(finished).status() == "over"


def test_outcomes_by_type_and_supplier_are_those_of_the_summary(finished: Path) -> None:
    told = sections(finished)["outcomes"]
    summary = json.loads((finished / "summary.json").read_text())
    for table, key in zip(told["tables"], ("by_type", "by_supplier"), strict=True):
        for row in table["rows"]:
            found = dict(zip(told["states"], row["devices"], strict=True))
            assert {k: n for k, n in found.items() if n} == summary[key][row["name"]]


def test_between_two_shards_the_rest_waits_and_no_verdict_of_devices_is_final(
    cut_off: Path,
) -> None:
    told = sections(cut_off)
    assert counts(told)["not run yet"] == 6
    assert (told["shards"]["devices"], told["shards"]["of"]) == (6, 12)
    assert (told["shards"]["shards"], told["shards"]["of_shards"]) == (1, 2)
    assert [sum(tile) for tile in told["fleet"]["tiles"]] == [6, 6]
    assert told["verdicts"]["end"] is None
    assert told["verdicts"]["both"][1]["word"] == "outstanding so far"


def test_a_fleet_without_a_process_is_cut_off_and_one_that_was_stopped_says_so(
    cut_off: Path,
) -> None:
    feed = fed(cut_off)
    feed._grown = 0
    assert feed.status() == "cut off"
    with Hold(cut_off):
        feed._asked = 0
        assert feed.status() == "running"
        leave_wish(cut_off, Wish.STOP)
        assert feed.status() == "stopping"
        leave_wish(cut_off, None)  # as the run does when it has heeded it
        assert feed.status() == "stopping"
    feed._asked = 0
    assert feed.status() == "interrupted"


def test_the_end_of_the_governance_drill_is_not_the_end_of_its_fleet(
    finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(finished / LEDGER_NAME, folder)
    told = sections(folder)
    assert told["run"]["is_fleet"]
    assert told["fleet"]["devices"] < 12  # one of each course
    assert told["verdicts"]["end"] is None
    with Hold(folder):
        assert fed(folder).status() == "running"


def test_one_device_that_differs_makes_the_devices_wrong_at_once(tmp_path: Path) -> None:
    def differing(plan: FleetPlan, shards: Sequence[Shard], done: Done) -> None:
        def told(summary: Any) -> None:
            course = summary.courses[0][0]
            wrong = Different("0011223344556677", course, 1, "answered otherwise")
            done(summary._replace(different=(wrong,)))

        run_here(plan, shards[:1], told)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(fleet_in(tmp_path / "run", UNREACHABLE), run_shards=differing).begin()
    told = sections(tmp_path / "run")
    assert told["verdicts"]["both"][1]["word"] == "wrong"
    assert counts(told)[DIFFERENT] == 1
    assert sum(counts(told).values()) == 12
    assert told["stuck"]["devices"][0]["reason"] == "different at step 1: answered otherwise"


def test_who_comes_back_is_told_what_came_since_and_nothing_else(finished: Path) -> None:
    feed = fed(finished)
    whole = json.loads(feed.since(-1))
    with closing(sqlite3.connect(finished / FLEET_NAME)) as database:
        (rows,) = database.execute("SELECT max(place) + 1 FROM fleet_end").fetchone()
    rest = json.loads(feed.since(feed.state.place - 1))
    assert rest.keys() == {"verdicts", "shards"}  # the row that ends it
    assert json.loads(feed.since(feed.state.place - rows)).keys() >= {"outcomes", "fleet", "curve"}
    assert "people" not in json.loads(feed.since(feed.state.place - rows))
    assert all(rest[name] == whole[name] for name in rest)


def test_a_run_that_began_anew_in_its_folder_is_told_from_its_beginning(
    finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    feed = Feed(folder, waits=True)
    feed.refresh()
    assert (feed.is_whole, feed.since(-1), feed.status()) == (True, "", "running")
    feed.is_closing = True  # no pause between two looks
    assert feed.status() == "cut off"
    folder.mkdir()
    shutil.copy(finished / LEDGER_NAME, folder / "copy")
    (folder / "copy").rename(folder / LEDGER_NAME)
    feed.refresh()
    once = json.loads(feed.since(-1))
    shutil.copy(finished / LEDGER_NAME, folder / "copy")
    (folder / "copy").rename(folder / LEDGER_NAME)
    feed.refresh()
    assert json.loads(feed.since(-1)) == once


@pytest.mark.parametrize(
    "mistake",
    [
        "UPDATE shard SET content = '[1, 2]'",
        "UPDATE shard SET content = replace(content, '[[0,', '[[99,')",
        "UPDATE course SET content = '{}'",
        "UPDATE fleet SET content = 'no JSON'",
    ],
)
def test_a_record_that_is_none_is_refused_in_one_line(
    mistake: str, finished: Path, tmp_path: Path
) -> None:
    for name in (LEDGER_NAME, FLEET_NAME):
        shutil.copy(finished / name, tmp_path)
    with closing(sqlite3.connect(tmp_path / FLEET_NAME)) as database, database:
        assert database.execute(mistake).rowcount > 0
    with pytest.raises(UsageError, match="is no valid record"):
        Feed(tmp_path).refresh()


def test_a_hundred_million_devices_are_a_map_of_a_bounded_number_of_tiles() -> None:
    fleet = ShardMap(100_000_000)
    for number in range(0, 20_000, 7):
        fleet.add(number, {"recovered": 4_000, "unreachable": 1_000})
    told = fleet.told()
    assert len(told["tiles"]) <= MOST_TILES
    assert sum(map(sum, told["tiles"])) == 100_000_000
    place = STATES.index("unreachable")
    assert sum(tile[place] for tile in told["tiles"]) == 1_000 * fleet.done
    assert len(STATES) == len(told["tiles"][0])


def test_the_pace_is_that_of_the_last_minute_and_unknown_at_first() -> None:
    pace = Pace()
    rates = []
    for second in (0, 10, *range(70, 200, 10)):
        pace.see(float(second), 900 + second * (10 if second < 70 else 20))
        rates.append(pace.rate)
    assert (rates[0], rates[1], rates[-1]) == (None, 10.0, 20.0)
