"""An attack on a fleet: each representative counts as the devices of its course."""

from firmware_sim.bench.evidence.accounts.attacks import DeviceAttack
from firmware_sim.bench.experiments.fleet.attacked import attack_summary
from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.experiments.fleet.summary import Tally

DAY = "2027-02-01T{}:00:00.000+00:00"
COURSES = [{"representative": f"90b3d51f3000000{number}"} for number in range(4)]
SHARDS = {
    0: ShardSummary(0, "Python", 70, ((0, 40), (1, 20), (2, 10)), (), "", 0.0),
    1: ShardSummary(1, "Python", 30, ((1, 25), (3, 5)), (), "", 0.0),
}


def attack(number: int, **found: object) -> DeviceAttack:
    device = COURSES[number]["representative"]
    return DeviceAttack(device=device, holds="supplier.DS", tries=3, **found)  # type: ignore[arg-type]


def test_devices_are_counted_by_their_courses() -> None:
    attacks = [
        attack(0),
        attack(1, cells=("supplier.DS",), since=DAY.format("08"), until=DAY.format("18")),
        attack(
            3,
            cells=("supplier.DS",),
            since=DAY.format("08"),
            until=DAY.format("10"),
            lost=("supplier.KA",),
        ),
    ]
    assert attack_summary(Tally(COURSES, SHARDS), attacks) == {
        "devices": 40 + 45 + 5,
        "commands": 3 * (40 + 45 + 5),
        "changed": 45 + 5,
        "won_back": 45,
        "lost": 5,
        "held_hours": {"median": 10.0, "longest": 10.0},
    }


def test_an_attack_that_changed_nothing_held_nothing() -> None:
    found = attack_summary(Tally(COURSES, SHARDS), [attack(2)])
    assert found is not None
    assert (found["devices"], found["changed"], found["held_hours"]) == (10, 0, None)


def test_a_fleet_without_an_attack_tells_of_none() -> None:
    assert attack_summary(Tally(COURSES, SHARDS), []) is None


def test_exposure_ends_when_a_party_has_won_a_device_back_and_not_when_it_sent() -> None:
    update = {"step": "recovery", "fate": "recovered", "attempts": 1, "settled": 4_600}
    courses: list[dict[str, object]] = [
        {"fate": "recovered", "updates": [update], "recovered": 8_200},
        # Its cells held nothing that fell.
        {"fate": "recovered", "updates": [update], "recovered": None},
        {"fate": "lost", "updates": [update], "recovered": None},
        # As a version before wrote it.
        {"fate": "recovered", "updates": [update]},
    ]
    found = Tally(courses, SHARDS).exposure(1_000)
    assert found is not None
    assert found["devices"] == 40 + 5
    assert found["still_exposed"] == 10
    assert (found["median_hours"], found["longest_hours"]) == (2.0, 2.0)
    assert found["device_hours"] == 40 * 2 + 5
    assert Tally(courses, SHARDS).exposure(None) is None
