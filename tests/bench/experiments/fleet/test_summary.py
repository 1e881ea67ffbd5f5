"""What a fleet's report counts: who is concerned, and what is a recovery."""

from typing import Any

from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.experiments.fleet.summary import Tally

FALL, DECIDED, LATER = 1000, 5000, 9000


def update(step: str, settled: int | None, fate: str = "recovered") -> dict[str, Any]:
    return {"step": step, "fate": fate, "attempts": 1, "settled": settled}


def course(fate: str, *updates: dict[str, Any]) -> dict[str, Any]:
    return {"type": "ESME", "fate": fate, "updates": list(updates)}


OLD_KEY, RECOVERY, NEW_KEY = "old-key-works", "recovery", "new-key-works"
COURSES = [
    course("recovered", update(OLD_KEY, 500), update(RECOVERY, DECIDED), update(NEW_KEY, LATER)),
    course("not asked", update(OLD_KEY, 500), update(RECOVERY, None, "not asked")),
    course("not asked"),
]
TALLY = Tally(COURSES, {0: ShardSummary(0, "Python", 100, ((0, 60), (1, 3), (2, 37)), (), "", 0)})


def test_devices_that_an_update_left_out_are_told_from_those_that_none_concerns() -> None:
    expected = {"recovered": 60, "not asked": 3, "not concerned": 37}
    assert TALLY.outcomes() == expected
    assert TALLY.by("type") == {"ESME": expected}


def test_only_the_update_that_first_replaced_cells_after_the_fall_is_a_recovery() -> None:
    assert TALLY.recovered(FALL) == {RECOVERY: [(DECIDED, 60)]}
    assert set(TALLY.settled()) == {OLD_KEY, RECOVERY, NEW_KEY}
    assert TALLY.recovered(None) == {OLD_KEY: [(500, 63)]}  # no key fell: the first of all
