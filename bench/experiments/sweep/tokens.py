"""The replay tokens of an operation on a part, for who chooses one cut without a sweep."""

from collections.abc import Iterator

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.sweep.case import (
    DoesNotFit,
    FlashPart,
    Room,
    SweepCase,
    prepare_case,
    rooms,
)
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.plans import COARSE, plans
from firmware_sim.bench.experiments.sweep.recording import Recorded, record
from firmware_sim.bench.experiments.sweep.replaying import SweepToken, check_part, no_such


def tokens_of(place: str) -> list[tuple[SweepToken, str]]:
    """Each token with what it cuts, in words: every flash operation, cut in a few ways.

    Args:
        place: ``OPERATION@PART``, a name of `sweep list` and one of a flash part.

    Raises:
        UsageError: there is no such operation or part, or it does not fit there.
    """
    name, _, part = place.partition("@")
    if name not in operations():
        raise no_such("operation", name, operations(), "give OPERATION@PART; see: sweep list")
    check_part(part)
    recorded = record(operations()[name])
    return [
        each
        for room in rooms(recorded)
        for each in _of_case(_case(recorded, FlashPart.native(part), room))
    ]


def _case(recorded: Recorded, part: FlashPart, room: Room) -> SweepCase:
    try:
        return prepare_case(recorded, part, room)
    except DoesNotFit as error:
        raise UsageError(f"the operation does not fit that part: {error}") from error


def _of_case(case: SweepCase) -> Iterator[tuple[SweepToken, str]]:
    unit = case.flash.geometry.write_unit
    for number, (_, operation, _) in enumerate(case.steps):
        octets = f"{len(operation.after)} octets at {operation.address}"
        for plan in plans(operation, number, unit, COARSE):
            yield SweepToken.of(case, (plan,)), f"{operation.kind.value} {octets}"
