"""The same stream of inputs to several devices, and the first thing in which two differ."""

from collections.abc import Callable, Sequence
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
    | Ability.ENTER
    | Ability.RESET
    | Ability.DIGEST
    | Ability.IMAGE
)
"""What every twin must be able to do."""


class Answer(NamedTuple):
    """What came of one input: a `RefusalReason`, 0 for none, and every message, in order."""

    reason: int
    messages: tuple[bytes, ...]

    @classmethod
    def of(cls, effects: Effects) -> Self:
        """Without the words of a refusal, in which two implementations may differ."""
        return cls(reason_number(effects), effects.messages)


class TwinDifference(NamedTuple):
    """Where a twin parted from the first one.

    Attributes:
        step: number of the step in its trial; None if the flash images differ at the end.
        what: what differs.
        one, other: what the first and the other did, for people.
        twin: which one is the other, counted from 1; the first is 0.
    """

    trial: int
    step: int | None
    what: str
    one: str
    other: str
    twin: int = 1


def compare(
    trial: TwinTrial,
    twins: Sequence[DeviceUnderTest],
    done: Callable[[TwinStep, Answer], None] | None = None,
) -> TwinDifference | None:
    """Give the same inputs to all; None if they did the same throughout.

    Args:
        twins: two or more; what one does is compared with what the first does.
        done: called after each step in which all did the same.
    """
    blueprint = Blueprint(trial.device_type, trial.entity, trial.records)
    for twin in twins:
        twin.begin(blueprint)
    for number, step in enumerate(trial.steps):
        answer, *others = (_act(twin, step) for twin in twins)
        digest, *digests = (twin.digest() for twin in twins)
        for place, (other, found) in enumerate(zip(others, digests, strict=True), 1):
            if other != answer:
                told = _told(answer), _told(other)
                return TwinDifference(trial.number, number, "the answer", *told, place)
            if found != digest:
                apart = TwinDifference(trial.number, number, "the trust store", "", "", place)
                return _images(trial, number, twins, place, "the trust store") or apart
        if done is not None:
            done(step, answer)
    apart_at_end = (
        _images(trial, None, twins, place, "the flash image") for place in range(1, len(twins))
    )
    return next(filter(None, apart_at_end), None)


def _act(twin: DeviceUnderTest, step: TwinStep) -> Answer:
    if step.kind is StepKind.POWER:
        twin.reset()
    twin.set_clock(reading_at(step.seconds, step.reliability))
    match step.kind:
        case StepKind.MESSAGE:
            return Answer.of(twin.receive(step.octets))
        case StepKind.ENTER:
            return Answer.of(twin.enter(step.octets))
        case StepKind.TICK:
            return Answer.of(twin.tick())
    return Answer(0, ())


def _images(
    trial: TwinTrial, step: int | None, twins: Sequence[DeviceUnderTest], place: int, what: str
) -> TwinDifference | None:
    """How an image differs from the first's: in a record, or if in none, in how it came about."""
    first, second = twins[0].image(), twins[place].image()
    if first == second:
        return None
    changes = diff_images(first, second)
    one = "; ".join(f"{each.record} {each.field}: {each.before or 'none'}" for each in changes)
    other = "; ".join(f"{each.record} {each.field}: {each.after or 'none'}" for each in changes)
    at = next(at for at, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1])
    return TwinDifference(
        trial.number,
        step,
        what,
        _with_octets(one, first, at),
        _with_octets(other, second, at),
        place,
    )


def _with_octets(records: str, image: bytes, at: int) -> str:
    """Some octets say what happened; none is a secret, for the seed of the stream gives all."""
    return (
        f"{records or 'equal records'}; the images part at {at:#x}: {image[at : at + 8].hex(' ')}"
    )


def _told(answer: Answer) -> str:
    reason = RefusalReason(answer.reason).label if answer.reason else "executed"
    return f"{reason}; {', '.join(octets.hex() for octets in answer.messages) or 'silence'}"
