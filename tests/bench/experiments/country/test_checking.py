"""Parameters of a small fleet predict larger ones that were played by dice, and only those."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.country.checking import Prediction, check, fitted
from firmware_sim.bench.experiments.country.runs import FleetCpu, cpu_of, read_run
from tests.bench.experiments.country.played import BACK_OFF, played

SMALL = 10_000

SUMMARY: dict[str, Any] = {
    "format": "firmware-sim/fleet/1",
    "devices": 2000,
    "waves": [
        {
            "step": "recovery",
            "wave": "canary",
            "started": "2027-02-01T10:00:00.000+00:00",
            "finished": "2027-02-01T10:30:00.000+00:00",
            "devices": 100,
            "failed": 1,
            "unreachable": 0,
        },
        {
            "step": "recovery",
            "wave": "rest",
            "started": "2027-02-01T10:30:00.000+00:00",
            "finished": "2027-02-01T12:00:00.000+00:00",
            "devices": 900,
            "failed": 1,
            "unreachable": 40,
        },
        {
            "step": "mend",
            "wave": "1",
            "started": "2027-02-01T12:30:00.000+00:00",
            "finished": "2027-02-01T12:31:00.000+00:00",
            "devices": 2,
            "failed": 0,
            "unreachable": 0,
        },
    ],
    "attempts": {"recovery": {"1": 930, "2": 30, "4": 40}, "mend": {"1": 2}},
    "settled": {"recovery": [[1801476000, 100], [1801477800, 830], [1801479600, 30]]},
    "cost": {"cpu_seconds": 0.6},
}


def folder_with(tmp_path: Path, summary: object) -> Path:
    (tmp_path / "summary.json").write_text(
        summary if isinstance(summary, str) else json.dumps(summary)
    )
    return tmp_path


def test_parameters_of_dice_are_found() -> None:
    found = fitted(played(SMALL, 1))
    assert found.away == pytest.approx(0.04, rel=0.2)
    assert found.lost == pytest.approx(0.03, rel=0.2)
    assert (found.attempts, found.back_off) == (4, BACK_OFF)
    assert sum(found.waves) == pytest.approx(1.0)


def test_a_fleet_ten_times_as_large_is_predicted() -> None:
    found = check([played(SMALL, 1), played(10 * SMALL, 2)])
    assert [each for each in found if not each.is_within] == []
    assert sum(each.is_judged for each in found) >= 8


def test_what_two_devices_of_the_first_run_did_is_shown_and_not_judged() -> None:
    small, large = played(SMALL, 1), played(100 * SMALL, 2)
    found = check([small._replace(failed=2), large._replace(failed=2)])
    (failed,) = [each for each in found if each.what == "devices that failed"]
    assert failed.predicted > 100
    assert failed.is_within
    assert not failed.is_judged


def test_what_hundreds_of_devices_of_the_first_run_did_is_judged() -> None:
    small, large = played(SMALL, 1), played(10 * SMALL, 2)
    found = check([small._replace(failed=200), large._replace(failed=200)])
    (failed,) = [each for each in found if each.what == "devices that failed"]
    assert not failed.is_within


@pytest.mark.parametrize(
    "other", [{"loss": 0.06}, {"away": 0.08}, {"attempts": 7}, {"waves": (0.2, 0.3, 0.5)}]
)
def test_a_fleet_of_another_kind_is_not(other: dict[str, Any]) -> None:
    found = check([played(SMALL, 1), played(3 * SMALL, 2, **other)])
    assert any(not each.is_within for each in found)


def cpu_predicted(small: FleetCpu, large: FleetCpu) -> Prediction:
    runs = [played(SMALL, 1)._replace(cpu=small), played(3 * SMALL, 2)._replace(cpu=large)]
    [found] = [each for each in check(runs) if each.what == "CPU seconds"]
    return found


def test_each_process_of_a_larger_run_is_predicted_to_start_once() -> None:
    found = cpu_predicted(
        FleetCpu(cpu_seconds=3.0, processes=2, starting_seconds=0.8),
        FleetCpu(cpu_seconds=9.0, processes=5, starting_seconds=2.0),
    )
    assert found.predicted == pytest.approx(9.0 + 5 * 0.4)
    assert found.found == pytest.approx(11.0)


def test_orders_of_a_larger_run_are_counted_beside_its_devices() -> None:
    """A count in the story stays what it is: a larger fleet has fewer orders a device."""
    small = FleetCpu(cpu_seconds=3.0, orders=20_000, orders_seconds=2.0)
    found = cpu_predicted(small, FleetCpu(cpu_seconds=7.0, orders=40_000, orders_seconds=4.0))
    assert found.predicted == pytest.approx(3 * 1.0 + 2 * 2.0)


def test_a_run_that_does_not_tell_of_orders_has_as_many_a_device_as_the_first() -> None:
    small = FleetCpu(cpu_seconds=3.0, orders=20_000, orders_seconds=2.0)
    assert cpu_predicted(small, FleetCpu(cpu_seconds=9.0)).predicted == pytest.approx(9.0)


def test_a_smaller_run_is_no_check() -> None:
    with pytest.raises(UsageError, match="give the smallest run first"):
        check([played(SMALL, 1), played(SMALL, 2)])


def test_the_update_of_most_devices_is_read(tmp_path: Path) -> None:
    run = read_run(folder_with(tmp_path, SUMMARY))
    assert (run.waves, run.failed, run.unreachable) == ((100, 900), 2, 40)
    assert run.commands == 930 + 60 + 160
    assert run.answered == 960
    assert run.answered_after(0.5) == 1800.0
    assert (run.began, run.seconds) == ((0.0, 1800.0), 7200.0)
    assert cpu_of(tmp_path)[0] == pytest.approx(300.0)


def test_starts_of_processes_are_read_and_an_earlier_version_tells_of_none(tmp_path: Path) -> None:
    before = read_run(folder_with(tmp_path, SUMMARY))
    assert before.cpu == FleetCpu(cpu_seconds=0.6)
    cost = {**SUMMARY["cost"], "processes": 2, "starting_seconds": 0.4, "orders": 3000}
    run = read_run(folder_with(tmp_path, SUMMARY | {"cost": cost}))
    assert (run.cpu.processes, run.cpu.starting_seconds, run.cpu.orders) == (2, 0.4, 3000)
    assert cpu_of(tmp_path)[0] == pytest.approx(300.0)


@pytest.mark.parametrize(
    ("summary", "says"),
    [
        ("no JSON", "no summary of a fleet run"),
        ({}, "devices: Field required"),
        (SUMMARY | {"devices": 0}, "devices: Input should be greater than 0"),
        (SUMMARY | {"cost": {"cpu_seconds": float("inf")}}, "cost.cpu_seconds"),
        (SUMMARY | {"waves": []}, "tells of no wave"),
        (SUMMARY | {"attempts": {"recovery": {"-1": 1}}}, "attempts"),
    ],
)
def test_what_is_no_summary_is_refused_in_one_line(
    tmp_path: Path, summary: object, says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_run(folder_with(tmp_path, summary))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_summary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"summary\.json"):
        read_run(tmp_path)


def test_devices_that_an_update_was_not_sent_to_count_for_none_of_its_numbers(
    tmp_path: Path,
) -> None:
    some = {"recovery": {"0": 2_000, "1": 930, "2": 30, "4": 40}}
    run = read_run(folder_with(tmp_path, SUMMARY | {"attempts": some}))
    assert run.attempts == {1: 930, 2: 30, 4: 40}
