"""Round trips of some 40 ms are told of, once; others are not."""

import pytest

from firmware_sim.devices.links.round_trips import ENOUGH, RoundTrips


def tell(
    watch: RoundTrips, seconds: float, count: int = ENOUGH, start: float = 100.0
) -> list[float]:
    told = []
    for number in range(count):
        at = start + number
        watch.sent(at)
        found = watch.came(at + seconds)
        told += [] if found is None else [found]
    return told


@pytest.mark.parametrize("seconds", [0.0005, 0.005, 0.030, 0.080, 1.0])
def test_other_round_trips_are_not_told_of(seconds: float) -> None:
    assert tell(RoundTrips(), seconds, 100) == []


def test_delayed_acknowledgements_are_told_of_once() -> None:
    watch = RoundTrips()
    assert tell(watch, 0.044, ENOUGH - 1) == []
    (told,) = tell(watch, 0.044, 50, start=1000.0)
    assert told == pytest.approx(0.044)


def test_some_fast_ones_between_them_speak_against_it() -> None:
    watch, told = RoundTrips(), []
    for number in range(100):
        told += tell(watch, 0.044 if number % 4 else 0.001, 1, start=100.0 + number)
    assert told == []


def test_round_trips_side_by_side_say_nothing() -> None:
    watch = RoundTrips()
    for number in range(100):
        at = 100 + number / 10
        watch.sent(at)
        watch.sent(at)
        assert watch.came(at + 0.044) is watch.came(at + 0.044) is None


def test_a_command_without_an_answer_is_forgotten() -> None:
    watch = RoundTrips()
    watch.sent(1.0)
    assert len(tell(watch, 0.044)) == 1
