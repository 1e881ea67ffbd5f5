"""The same stream of inputs to two devices, and the first thing in which they differ."""

from collections.abc import Callable
from typing import NamedTuple, Self

from firmware_sim.bench.dut.blueprint import Blueprint
from firmware_sim.bench.dut.clock import reading_at
from firmware_sim.bench.dut.device_under_test import Ability, DeviceUnderTest, reason_number
from firmware_sim.bench.experiments.twin.trial import StepKind, TwinStep, TwinTrial
from firmware_sim.machine.image.diff import diff_images
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason

NEEDED = (
    Ability.PROVISION
    | Ability.CLOCK
    | Ability.TICK
    | Ability.RESET
    | Ability.DIGEST
    | Ability.IMAGE
)
"""What both of two twins must be able to do."""


class Answer(NamedTuple):
    """What came of one input: a `RefusalReason`, 0 for none, and every message, in order."""

    reason: int
    messages: tuple[bytes, ...]

    @classmethod
    def of(cls, effects: Effects) -> Self:
        """Without the words of a refusal, in which two implementations may differ."""
        return cls(reason_number(effects), effects.messages)


class TwinDifference(NamedTuple):
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
    trial: TwinTrial,
    one: DeviceUnderTest,
    other: DeviceUnderTest,
    done: Callable[[TwinStep, Answer], None] | None = None,
) -> TwinDifference | None:
    """Give the same inputs to both; None if they did the same throughout.

    Args:
        done: called after each step in which both did the same.
    """
    blueprint = Blueprint(trial.device_type, trial.entity, trial.records)
    one.begin(blueprint)
    other.begin(blueprint)
    for number, step in enumerate(trial.steps):
        first, second = _act(one, step), _act(other, step)
        if first != second:
            return TwinDifference(trial.number, number, "the answer", _told(first), _told(second))
        if one.digest() != other.digest():
            apart = TwinDifference(trial.number, number, "the trust store", "", "")
            return _images(trial, number, one, other, "the trust store") or apart
        if done is not None:
            done(step, first)
    return _images(trial, None, one, other, "the flash image")


def _act(twin: DeviceUnderTest, step: TwinStep) -> Answer:
    if step.kind is StepKind.POWER:
        twin.reset()
    twin.set_clock(reading_at(step.seconds, step.reliability))
    match step.kind:
        case StepKind.MESSAGE:
            return Answer.of(twin.receive(step.octets))
        case StepKind.TICK:
            return Answer.of(twin.tick())
    return Answer(0, ())


def _images(
    trial: TwinTrial, step: int | None, one: DeviceUnderTest, other: DeviceUnderTest, what: str
) -> TwinDifference | None:
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
        return TwinDifference(trial.number, step, what, text, text)
    return TwinDifference(
        trial.number,
        step,
        what,
        "; ".join(f"{each.record} {each.field}: {each.before or 'none'}" for each in changes),
        "; ".join(f"{each.record} {each.field}: {each.after or 'none'}" for each in changes),
    )


def _told(answer: Answer) -> str:
    reason = RefusalReason(answer.reason).label if answer.reason else "executed"
    return f"{reason}; {', '.join(octets.hex() for octets in answer.messages) or 'silence'}"
