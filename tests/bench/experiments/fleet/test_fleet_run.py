"""A fleet run from wish to record: what it leaves, and what is left of one that was cut off."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.chain import Value
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.manifest import read_manifest
from firmware_sim.bench.evidence.waiting_rows import WaitingRows
from firmware_sim.bench.evidence.wishes import Wish, leave_wish, wish_of
from firmware_sim.bench.experiments.fleet import plan as planning
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard
from firmware_sim.bench.experiments.fleet.record import FleetRecord, check_fleet_chain
from firmware_sim.bench.experiments.fleet.recorded_fleet import contents_of, run_state
from firmware_sim.bench.experiments.fleet.running import Done, RunShards
from firmware_sim.bench.experiments.fleet.safe_shards import (
    is_to_wait,
    wait_as_wished,
    wishes_heeded,
)
from tests.bench.drills.wave_stories import text_of
from tests.bench.experiments.fleet.small_fleets import fleet_in, run_here
from tests.bench.live.played import fed

ONE_UPDATE = text_of(after="")


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "SHARD_DEVICES", 6)


def first_alone(plan: FleetPlan, shards: Sequence[Shard], done: Done) -> None:
    """Run one shard; then everything ends."""
    run_here(plan, shards[:1], done)
    raise KeyboardInterrupt


def test_a_run_leaves_a_summary_and_a_signed_manifest(tmp_path: Path) -> None:
    summary = fleet_in(tmp_path / "run", ONE_UPDATE).begin()
    assert summary["outcomes"] == {"recovered": 12}
    assert summary["by_type"] == {kind: {"recovered": 4} for kind in ("ESME", "GPF", "GSME")}
    assert summary["attempts"] == {"change": {1: 12}}
    assert summary["cost"]["shards"] == 2
    written = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert written["results"] == summary["results"]
    manifest, _ = read_manifest(tmp_path / "run")
    assert {"fleet.sqlite", "run.sqlite", "summary.json"} <= manifest.files.keys()


def test_a_run_that_was_cut_off_goes_on_to_the_same_result(tmp_path: Path) -> None:
    whole = fleet_in(tmp_path / "whole", ONE_UPDATE).begin()
    cut = fleet_in(tmp_path / "cut", ONE_UPDATE)
    with pytest.raises(KeyboardInterrupt):
        replace(cut, run_shards=first_alone).begin()
    seen: list[int] = []

    def rest(plan: FleetPlan, shards: Sequence[Shard], done: Done) -> None:
        seen.extend(shard.number for shard in shards)
        run_here(plan, shards, done)

    resumed = replace(cut, run_shards=rest).resume()
    assert seen == [1]
    assert resumed["results"] == whole["results"]


class PulledPlugError(BaseException):
    """The process is gone in this moment: nothing that it would do afterwards is done."""


def one_more(ending: type[BaseException]) -> RunShards:
    """Run one of the shards that are left; then everything ends."""

    def run(plan: FleetPlan, shards: Sequence[Shard], done: Done) -> None:
        run_here(plan, shards[:1], done)
        raise ending

    return run


def state_of(folder: Path) -> tuple[str, str]:
    """What ``fleet show`` and a page that is opened later say of a run."""
    feed = fed(folder)
    feed.is_closing = True  # whether it is written is asked at once
    return run_state(folder, contents_of(folder)), feed.status()


def test_a_run_that_was_stopped_is_told_from_one_that_was_killed(tmp_path: Path) -> None:
    """Also after it was taken up again: the last thing that happened counts."""
    fleet = fleet_in(tmp_path / "run", text_of(after=""), devices=30)
    stopped, killed = ("stopped", "interrupted"), ("cut off", "cut off")
    for begin, ending, state in (
        ("begin", PulledPlugError, killed),
        ("resume", KeyboardInterrupt, stopped),
        ("resume", PulledPlugError, killed),
        ("resume", KeyboardInterrupt, stopped),
    ):
        with pytest.raises(ending):
            getattr(replace(fleet, run_shards=one_more(ending)), begin)()
        assert state_of(fleet.folder) == state
        check_fleet_chain(fleet.folder)
    whole = fleet_in(tmp_path / "whole", text_of(after=""), devices=30).begin()
    assert fleet.resume()["results"] == whole["results"]
    assert state_of(fleet.folder) == ("over", "over")


def test_a_run_that_is_killed_while_it_is_taken_up_again_was_cut_off(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path / "run", ONE_UPDATE)
    with pytest.raises(KeyboardInterrupt):
        replace(fleet, run_shards=first_alone).begin()

    def none(plan: FleetPlan, shards: Sequence[Shard], done: Done) -> None:
        del plan, shards, done
        raise PulledPlugError

    with pytest.raises(PulledPlugError):
        replace(fleet, run_shards=none).resume()
    assert state_of(fleet.folder) == ("cut off", "cut off")


def test_a_run_whose_disk_takes_no_row_when_it_is_stopped_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = replace(fleet_in(tmp_path / "run", ONE_UPDATE), run_shards=first_alone)
    insert = FleetRecord._insert

    def full(self: FleetRecord, table: str, *values: Value) -> int:
        if table == "fleet_end":
            raise sqlite3.OperationalError("database or disk is full")
        return insert(self, table, *values)

    monkeypatch.setattr(FleetRecord, "_insert", full)
    with pytest.raises(KeyboardInterrupt):
        fleet.begin()
    assert state_of(fleet.folder) == ("cut off", "cut off")
    check_fleet_chain(fleet.folder)


def test_a_signal_in_the_midst_of_a_row_leaves_a_chain_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is written, and the run has not counted it yet."""
    fleet = fleet_in(tmp_path / "run", ONE_UPDATE)
    add = WaitingRows.add

    def signalled(self: WaitingRows, table: str, row: tuple[Value, ...]) -> None:
        add(self, table, row)
        if table == "shard":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(WaitingRows, "add", signalled)
        with pytest.raises(KeyboardInterrupt):
            fleet.begin()
    assert state_of(fleet.folder) == ("stopped", "interrupted")
    assert fleet.resume()["outcomes"] == {"recovered": 12}
    check_fleet_chain(fleet.folder)


def test_another_fleet_is_not_resumed_in_its_place(tmp_path: Path) -> None:
    cut = replace(fleet_in(tmp_path / "run", ONE_UPDATE), run_shards=first_alone)
    with pytest.raises(KeyboardInterrupt):
        cut.begin()
    with pytest.raises(UsageError, match="holds another fleet run: devices 12"):
        fleet_in(tmp_path / "run", ONE_UPDATE, devices=15).resume()


def test_a_folder_that_another_process_writes_is_left_as_it_is(tmp_path: Path) -> None:
    ledger = tmp_path / "run.sqlite"
    ledger.write_bytes(b"of the other process")
    fleet = fleet_in(tmp_path, ONE_UPDATE)
    with Hold(tmp_path):
        for begin in (fleet.begin, fleet.resume):
            with pytest.raises(UsageError, match="another process is writing"):
                begin()
    assert ledger.read_bytes() == b"of the other process"


def test_a_fleet_that_cannot_be_planned_leaves_no_folder(tmp_path: Path) -> None:
    fleet = fleet_in(tmp_path / "run", text_of(top="inventory: devices.csv\n"))
    with pytest.raises(UsageError):
        fleet.begin()
    assert not (tmp_path / "run").exists()


def test_wishes_are_heeded_between_shards_and_taken_away_at_both_ends(tmp_path: Path) -> None:
    leave_wish(tmp_path, Wish.STOP)  # of a process that was killed
    with wishes_heeded(tmp_path):
        assert not is_to_wait()
        leave_wish(tmp_path, Wish.PAUSE)
        assert is_to_wait()
        leave_wish(tmp_path, Wish.STOP)
        with pytest.raises(KeyboardInterrupt):
            wait_as_wished()
    assert wish_of(tmp_path) is None
    leave_wish(tmp_path, Wish.STOP)
    assert not is_to_wait()  # no run heeds it


def test_a_folder_with_a_run_takes_no_other(tmp_path: Path) -> None:
    (tmp_path / "run.sqlite").touch()
    with pytest.raises(BenchError, match="already holds a run"):
        fleet_in(tmp_path, ONE_UPDATE).begin()


@pytest.mark.parametrize(
    ("devices", "problem"),
    [
        (0, "make no premises"),
        (2, "make no premises"),
        (-3, "make no premises"),
        (3 * (1 << 24) + 3, "have no identifiers"),
    ],
)
def test_a_number_that_makes_no_fleet_is_refused(
    devices: int, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=problem):
        fleet_in(tmp_path / "run", ONE_UPDATE, devices).begin()
    assert not (tmp_path / "run").exists()


def test_a_story_that_names_devices_one_by_one_is_refused(tmp_path: Path) -> None:
    text = ONE_UPDATE.replace("devices: [", "inventory: mine.csv\ndevices: [")
    with pytest.raises(UsageError, match=r"names devices one by one, in mine\.csv"):
        fleet_in(tmp_path / "run", text).begin()
    assert not (tmp_path / "run").exists()
