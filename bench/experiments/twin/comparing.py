"""Two devices through one trial, and the first thing in which they differ."""

from collections.abc import Callable
from typing import NamedTuple

from firmware_sim.bench.experiments.twin.trial import StepKind, TwinStep, TwinTrial
from firmware_sim.bench.experiments.twin.twin import Answer, Twin
from firmware_sim.machine.image.diff import diff_images
from firmware_sim.machine.refusals import RefusalReason


class Difference(NamedTuple):
    """Where two twins parted.

    Attributes:
        step: number of the step in its trial; None if the flash images differ at the end.
        what: what differs.
        one, other: what each of the two did, for people.
    """

    trial: int
    step: int | None
    what: str
    one: str
    other: str


def compare(
    trial: TwinTrial, one: Twin, other: Twin, done: Callable[[TwinStep, Answer], None] | None = None
) -> Difference | None:
    """Let a trial happen to both; None if they did the same throughout.

    Args:
        done: called after each step in which both did the same.
    """
    one.begin(trial)
    other.begin(trial)
    for number, step in enumerate(trial.steps):
        first, second = _act(one, step), _act(other, step)
        if first != second:
            return Difference(trial.number, number, "the answer", _told(first), _told(second))
        if one.digest() != other.digest():
            apart = Difference(trial.number, number, "the trust store", "", "")
            return _images(trial, number, one, other, "the trust store") or apart
        if done is not None:
            done(step, first)
    return _images(trial, None, one, other, "the flash image")


def _act(twin: Twin, step: TwinStep) -> Answer:
    if step.kind is StepKind.POWER:
        twin.power_cycle()
    twin.set_clock(step.seconds, step.reliability)
    match step.kind:
        case StepKind.MESSAGE:
            return twin.receive(step.octets)
        case StepKind.TICK:
            return twin.tick()
    return Answer(0, ())


def _images(
    trial: TwinTrial, step: int | None, one: Twin, other: Twin, what: str
) -> Difference | None:
    """How two images differ: in a record, or if in none, in how they came about."""
    first, second = one.image(), other.image()
    if first == second:
        return None
    changes = diff_images(first, second)
    if not changes:
        at = next(
            place
            for place, pair in enumerate(zip(first, second, strict=True))
            if pair[0] != pair[1]
        )
        text = f"equal records, but other octets from {at:#x} on"
        return Difference(trial.number, step, what, text, text)
    return Difference(
        trial.number,
        step,
        what,
        "; ".join(f"{each.record} {each.field}: {each.before or 'none'}" for each in changes),
        "; ".join(f"{each.record} {each.field}: {each.after or 'none'}" for each in changes),
    )


def _told(answer: Answer) -> str:
    reason = RefusalReason(answer.reason).label if answer.reason else "executed"
    return f"{reason}; {', '.join(octets.hex() for octets in answer.messages) or 'silence'}"
