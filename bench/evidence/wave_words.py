"""The waves of a run in sentences: what they waited for, and what became of their devices later."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from firmware_sim.bench.evidence.accounts.devices import Wave
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count, sentence, several, span

STOPS_AFTER: Final = " stops after "
"""Between a step and its last wave, where a row of governance says that the stop fired."""


def wave_sentences(
    waves: Sequence[Wave], recovered: int | None, stops: Sequence[str] = ()
) -> list[str]:
    """What the table of waves does not say by itself; empty of a run without waves.

    Args:
        recovered: devices that were recovered at the end of the run; None if nothing tells.
        stops: rows of governance for which `is_stop` holds.
    """
    return [*stop_sentences(waves, stops), *_waited(waves), *_later(waves, recovered)]


def stop_sentences(waves: Sequence[Wave], stops: Sequence[str]) -> list[str]:
    """That a stop fired, and whom the step did not come to for that reason."""
    return [f"A stop fired. {sentence(each)}; {_not_asked(waves, each)}." for each in stops]


def is_stop(event: str, detail: str) -> bool:
    """Whether a row of governance says that a step stopped after one of its waves."""
    return event == GovernanceEvent.WAVES and STOPS_AFTER in detail


def waited_s(waves: Sequence[Wave]) -> float | None:
    """How long waves waited for devices without an answer, in seconds; None without waves."""
    return sum(_took(wave).total_seconds() for wave in waves if wave.retried) if waves else None


def _not_asked(waves: Sequence[Wave], stop: str) -> str:
    step = stop.partition(STOPS_AFTER)[0]
    left = sum(each.not_asked for each in waves if each.step == step)
    were = "was" if left == 1 else "were"
    return f"{count(left, 'device')} of later waves {were} not asked in this step"


def _waited(waves: Sequence[Wave]) -> list[str]:
    """A wave takes time only between two attempts: it waits for who did not answer."""
    long = [(wave, took) for wave in waves if (took := _took(wave)) and wave.retried]
    if not long:
        return []
    each = several([f"{wave.name} {span(took.total_seconds())}" for wave, took in long])
    whole = sum((took for _, took in long), timedelta()).total_seconds()
    retried = sum(wave.retried for wave, _ in long)
    silent = sum(wave.unreachable for wave, _ in long)
    was = "was" if silent == 1 else "were"
    of = f", of which {silent:,} {was} not reached at all" if silent else ""
    told = (
        f"The waves waited {span(whole)} in all for {count(retried, 'device')} that did not "
        f"answer{of}: {each}. A wave begins only after the last attempt of the wave before it, so "
        "every device of a later wave stayed exposed for that time."
    )
    return [told]


def _later(waves: Sequence[Wave], recovered: int | None) -> list[str]:
    """Why the table and the outcome at the end differ."""
    within = sum(wave.recovered for wave in waves)
    if not waves or recovered is None or recovered <= within:
        return []
    more = recovered - within
    were = "device was" if more == 1 else "devices were"
    told = (
        f"{within:,} recovered in their waves; {more:,} more {were} recovered by later steps, so "
        f"that {recovered:,} are recovered at the end of the run."
    )
    return [told]


def _took(wave: Wave) -> timedelta:
    if wave.finished is None:
        return timedelta()
    return datetime.fromisoformat(wave.finished) - datetime.fromisoformat(wave.started)
