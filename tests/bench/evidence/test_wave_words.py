"""What the table of waves does not say by itself: who was waited for, and what came later."""

from dataclasses import replace

from firmware_sim.bench.evidence.accounts.devices import Wave
from firmware_sim.bench.evidence.wave_words import wave_sentences

DAY = "2027-02-01T{}:00:00.000+00:00"


def wave(name: str, begin: str, end: str, **counts: int) -> Wave:
    whole = Wave(
        name=name, started=DAY.format(begin), finished=DAY.format(end), devices=10, recovered=0
    )
    return replace(whole, **counts)  # type: ignore[arg-type]


def test_it_is_told_how_long_waves_waited_and_for_whom() -> None:
    waves = [
        wave("canary", "00", "12", recovered=8, unreachable=2, retried=2),
        wave("rest", "12", "12", recovered=10),
    ]
    (told,) = wave_sentences(waves, 18)
    assert told.startswith(
        "The waves waited 12.0 h in all for 2 devices that did not answer, of which 2 were not "
        "reached at all: canary 12.0 h."
    )


def test_it_is_told_what_later_steps_recovered() -> None:
    (told,) = wave_sentences([wave("all", "00", "00", recovered=7, failed=3)], 9)
    assert told == (
        "7 recovered in their waves; 2 more devices were recovered by later steps, so that 9 are "
        "recovered at the end of the run."
    )


def test_without_waves_or_waiting_nothing_is_told() -> None:
    assert wave_sentences([], 9) == []
    assert wave_sentences([wave("all", "00", "00", recovered=9)], 9) == []
    assert wave_sentences([wave("all", "00", "00", recovered=9)], None) == []
