"""How a command travels, in plain words: to which devices, when, what it lacks, how often."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.wave_terms import RetryTerm, StopTerm, WaveTerm
from firmware_sim.bench.evidence.wording import count, several
from firmware_sim.bench.population.shares import per_cent
from firmware_sim.gbcs.times import NEVER


def which_devices(step: SendingStep, *, relevant_alone: bool) -> str:
    """To whose devices a step is kept; empty for all.

    Args:
        relevant_alone: what holds where the step does not say it.
    """
    at = step.whose_devices
    of = "" if at is None else f" of {at}"
    of += "" if step.smi is None else f" that are {step.smi}"
    if relevant_alone if step.relevant is None else step.relevant:
        return f", at the Relevant Devices{of} only"
    which = ", Relevant or not" if step.relevant is False else ""
    return f", at the devices{of}{which}" if of or which else ""


def how_sent(step: UpdateStep) -> str:
    """What an update says of its command, and of the way to the devices; empty for nothing."""
    return "".join(f", {each}" for each in _of_command(step)) + "".join(
        f"; {each}" for each in _of_way(step)
    )


def sent_again(step: UpdateAgainStep) -> str:
    """What `update again` does."""
    of = " or ".join(step.devices)
    text = f"sends the command of {step.of} again, for cells not replaced of devices that are {of}"
    return text + ("" if step.retry is None else f"; {_retried(step.retry)}")


def moment(at: datetime) -> str:
    """A time, to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def span_of(length: timedelta) -> str:
    """A length of time in whole minutes."""
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    return several([count(number, unit) for number, unit in parts if number] or ["no time"])


def _of_command(step: UpdateStep) -> Iterator[str]:
    if step.under is not None:
        yield f"beneath the Issuing OCA of generation {step.under}"
    if step.under_present_root:
        yield "beneath an Issuing OCA that the present root has certified anew"
    if step.links is not None:
        yield f"with the link certificates for the roots {several(list(map(str, step.links)))}"
    if step.forge:
        yield f"with a forged {several(list(step.forge))}"
    if step.omit:
        yield f"without its {several(list(step.omit))}"
    if not step.time_checks:
        yield "which disapplies the checks of validity periods"
    if step.clock != "reliable":
        yield f"while the devices' clocks are {step.clock}"
    if step.execute == NEVER:
        yield "which cancels what waits of the same party and mode"
    elif step.execute is not None:
        yield f"to be carried out at {moment(step.execute)}"


def _of_way(step: UpdateStep) -> Iterator[str]:
    if step.waves:
        yield f"in waves: {', '.join(map(_wave, step.waves))}"
    if step.stop is not None:
        yield _stopped(step.stop)
    if step.retry is not None:
        yield _retried(step.retry)


def _wave(wave: WaveTerm) -> str:
    share = "the rest" if isinstance(wave.share, str) else per_cent(wave.share)
    return f"{wave.name} ({share})" if wave.name else share


def _stopped(stop: StopTerm) -> str:
    return f"no further wave begins once {stop} have failed"


def _retried(retry: RetryTerm) -> str:
    times = count(retry.attempts, "time")
    return f"up to {times}, {span_of(retry.back_off)} apart, while nothing is heard"
