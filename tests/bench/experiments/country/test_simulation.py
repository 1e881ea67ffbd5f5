"""The simulation of a recovery, against cases that can be calculated by hand."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.bench.experiments.country.simulation import (
    Away,
    RecoveryCourse,
    RecoveryModel,
    Simulation,
)

HOUR, DAY = 3600.0, 86_400.0
DEVICES = 36_000.0
MUCH = 1e9

SIMPLE = RecoveryModel(
    waves=(DEVICES,),
    watches=(0.0,),
    regions={"all": (1.0, MUCH)},
    away=(),
    lost=0.0,
    fails=0.0,
    signing=MUCH,
    signing_day=DAY,
    attempts=100,
    back_off=HOUR,
    step=HOUR,
    longest=1000 * DAY,
)


def run(**changes: Any) -> RecoveryCourse:
    return Simulation(SIMPLE._replace(**changes)).run()


def accounted(course: RecoveryCourse) -> float:
    return course.recovered[-1] + course.failed + course.unanswered + course.left


def test_a_wan_takes_devices_by_its_rate() -> None:
    """One command a second: 36,000 devices in ten hours."""
    course = run(regions={"all": (1.0, 1.0)})
    assert course.reached(0.5) == pytest.approx(5 * HOUR)
    assert course.reached(1.0) == pytest.approx(10 * HOUR)
    assert course.exposure() == pytest.approx(DEVICES * 5 * HOUR)


def test_the_slowest_region_is_the_last() -> None:
    course = run(regions={"fast": (0.5, 5.0), "slow": (0.5, 0.5)})
    assert course.reached(0.5 + 0.5 * 0.1) == pytest.approx(1 * HOUR, rel=0.01)
    assert course.reached(1.0) == pytest.approx(10 * HOUR)


def test_a_ceremony_signs_by_its_rate_and_hours() -> None:
    """3,600 an hour for two hours a day: the tenth hour of signing is the second of day five."""
    course = run(signing=1.0, signing_day=2 * HOUR)
    assert course.reached(1.0) == pytest.approx(4 * DAY + 2 * HOUR)


def test_what_is_signed_by_day_is_sent_by_night() -> None:
    """All is signed in the first hour, and carried in ten."""
    course = run(signing=10.0, signing_day=HOUR, regions={"all": (1.0, 1.0)})
    assert course.reached(1.0) == pytest.approx(10 * HOUR)


def test_lost_commands_are_sent_again_until_they_arrive() -> None:
    """Each device needs 1 / (1 - loss) commands."""
    course = run(lost=0.2)
    assert course.recovered[-1] == pytest.approx(DEVICES)
    assert course.commands == pytest.approx(DEVICES / 0.8)
    assert course.sent_again == pytest.approx(DEVICES / 0.8 - DEVICES)


def test_attempts_that_are_used_up_leave_devices_without_an_answer() -> None:
    course = run(lost=0.2, attempts=3)
    assert course.unanswered == pytest.approx(DEVICES * 0.2**3)


def test_devices_that_refuse_are_not_asked_again() -> None:
    course = run(fails=0.01)
    assert course.failed == pytest.approx(DEVICES * 0.01)
    assert course.commands == pytest.approx(DEVICES)
    assert course.reached(0.995) is None


def test_devices_that_never_come_back_are_left_over() -> None:
    course = run(away=(Away(0.1, None),), attempts=5)
    assert course.unanswered == pytest.approx(DEVICES * 0.1)
    assert course.commands == pytest.approx(DEVICES * 0.9 + DEVICES * 0.1 * 5)


def test_half_of_those_away_is_recovered_after_their_half_life() -> None:
    course = run(away=(Away(0.2, 10 * HOUR),))
    assert course.reached(0.9) == pytest.approx(10 * HOUR, abs=HOUR)
    assert course.reached(0.95) == pytest.approx(20 * HOUR, abs=HOUR)


def test_the_next_wave_begins_when_this_one_was_asked_and_watched() -> None:
    course = run(waves=(3600.0, 3600.0), watches=(2 * DAY, 0.0), regions={"all": (1.0, 1.0)})
    first, second = course.waves
    assert first.began == 0.0
    assert second.began == pytest.approx(2 * DAY, abs=HOUR)
    assert course.reached(1.0) == pytest.approx(2 * DAY + HOUR, abs=HOUR)


def test_a_patient_wave_waits_for_every_device() -> None:
    """As a story plays it: four attempts take three waits."""
    changes: dict[str, Any] = {
        "waves": (1000.0, 1000.0),
        "watches": (0.0, 0.0),
        "attempts": 4,
        "away": (Away(0.1, None),),
    }
    _, second = run(**changes, is_patient=True).waves
    assert second.began == pytest.approx(3 * HOUR)
    _, second = run(**changes).waves
    assert second.began == 0.0


def test_what_cannot_end_ends_after_the_longest_time() -> None:
    course = run(regions={"all": (1.0, 1e-6)}, longest=5 * DAY)
    assert course.times[-1] == 5 * DAY
    assert course.left == pytest.approx(DEVICES, rel=0.001)


shares = st.floats(0, 0.3)


@settings(max_examples=30)
@given(
    st.lists(st.floats(10, 50_000), min_size=1, max_size=4),
    st.tuples(shares, shares, shares),
    st.tuples(shares, shares),
    st.floats(0.01, 20),
    st.floats(0.01, 20),
    st.integers(1, 6),
    st.booleans(),
)
def test_every_device_is_accounted_for(
    waves: list[float],
    away: tuple[float, float, float],
    chances: tuple[float, float],
    wan: float,
    signing: float,
    attempts: int,
    is_patient: bool,
) -> None:
    groups = tuple(map(Away, away, (HOUR, 5 * DAY, None)))
    course = run(
        waves=tuple(waves),
        watches=tuple(HOUR for _ in waves),
        regions={"a": (0.3, wan), "b": (0.7, 2 * wan)},
        away=groups,
        lost=chances[0],
        fails=chances[1],
        signing=signing,
        attempts=attempts,
        is_patient=is_patient,
        longest=20 * DAY,
    )
    assert accounted(course) == pytest.approx(sum(waves), rel=1e-6, abs=0.01)
    assert course.recovered == sorted(course.recovered)
    assert course.commands <= signing * course.times[-1] * (1 + 1e-9)
