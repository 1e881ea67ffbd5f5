"""The clocks of devices under test: one stands still, one runs."""

from datetime import UTC, datetime, timedelta

from firmware_sim.bench.dut.clock import (
    START,
    UNSET,
    RunningClock,
    StillClock,
    posix_seconds,
    reading_at,
)
from firmware_sim.machine.ports import ClockReading, ClockReliability


def test_a_still_clock_stands_until_it_is_put() -> None:
    clock = StillClock()
    assert clock.now() == clock.now() == ClockReading(START, ClockReliability.RELIABLE)
    clock.advance(minutes=90)
    assert clock.time == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    clock.put(UNSET)
    assert clock.now().reliability is ClockReliability.INVALID


def test_a_still_clock_that_is_put_to_a_time_keeps_its_reliability() -> None:
    clock = StillClock(START, ClockReliability.UNRELIABLE)
    clock.put_time(START - timedelta(days=1))
    at = START - timedelta(days=1)
    assert clock.now() == ClockReading(at, ClockReliability.UNRELIABLE)


def test_a_running_clock_shows_the_time_of_this_machine() -> None:
    before = datetime.now(UTC)
    now = RunningClock().now()
    assert before <= now.time <= datetime.now(UTC)
    assert now.reliability is ClockReliability.RELIABLE


def test_a_running_clock_can_begin_elsewhere() -> None:
    clock = RunningClock(START)
    first, second = clock.now().time, clock.now().time
    assert START <= first <= second < START + timedelta(minutes=1)


def test_seconds_are_posix_seconds() -> None:
    # 2026-03-02 09:00:00 UTC by `date -u -d @1772442000`.
    assert posix_seconds(ClockReading(START, ClockReliability.RELIABLE)) == 1_772_442_000
    assert reading_at(1_772_442_000, ClockReliability.UNRELIABLE).time == START
    assert posix_seconds(UNSET) == 0
