"""Replay tokens of a sweep: a cut, made again and made simpler.

``esme/update/anyByContingency@tiny:4:ff:full#7:prefix:1c,2:bits:ff``: operation, part with write
unit and erased value, room, the cut and, if there is one, the cut of the recovery after it. In
place of the room, ``device`` stands for a cut under a whole device, and ``rot`` for a flipped
bit, whose number follows.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final, NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.campaign.shrinking import simplest
from firmware_sim.bench.experiments.campaign.token import TokenForm
from firmware_sim.bench.experiments.sweep.case import (
    FlashPart,
    Room,
    SweepCase,
    cut,
    watched_recovery,
)
from firmware_sim.bench.experiments.sweep.judging import AfterCut, Judge, SweepCheck, Violation
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.machine.flash.cut import CutPlan, Flavour
from firmware_sim.machine.flash.geometry import ERASED_VALUES, NAMED, WRITE_UNITS

_FORM: Final = TokenForm("a sweep", ",")
REPLAY_FORM: Final = "OPERATION@PART:UNIT:ERASED:ROOM#N:FLAVOUR:AMOUNT"
"""How a token is written; a second cut follows behind a comma."""
REPLAY_WORDS: Final = (
    "UNIT: octets of a write unit; ERASED: ff or 00; ROOM: roomy or full (the journal); N: number "
    "of the flash operation, from 0; FLAVOUR: before, after, prefix (AMOUNT octets are done), bits "
    "(those under the mask AMOUNT change; torn in the link protocol) or preprogrammed; AMOUNT is "
    "in hexadecimal, 0 where none is needed. ,N:FLAVOUR:AMOUNT behind it cuts the recovery too."
)
"""What the words of the form mean."""
MOST_STEPS: Final = 60


class SweepToken(NamedTuple):
    """A case and the cuts made in it, one or two."""

    operation: str
    part: FlashPart
    room: Room
    cuts: tuple[CutPlan, ...]

    def __str__(self) -> str:
        return _FORM.write(f"{self.operation}@{self.part}:{self.room}", self.cuts)

    @classmethod
    def of(cls, case: SweepCase, cuts: tuple[CutPlan, ...]) -> "SweepToken":
        """The token of cuts in a case."""
        return cls(case.recorded.operation.name, case.part, case.room, cuts)

    @classmethod
    def parse(cls, text: str) -> "SweepToken":
        """Read a token.

        Raises:
            UsageError: it is none, or names what there is not.
        """
        try:
            (operation, part, room), cuts = _FORM.read(text, _place, CutPlan.parse)
        except UsageError as error:
            raise UsageError(f"{error.problem}; its form is {REPLAY_FORM}", REPLAY_WORDS) from None
        token = cls(operation, part, room, cuts)
        _check(token)
        return token


def _place(text: str) -> tuple[str, FlashPart, Room]:
    operation, _, place = text.partition("@")
    name, unit, erased, room = place.split(":")
    return operation, FlashPart(name, int(unit), int(erased, 16)), Room(room)


def _check(token: SweepToken) -> None:
    if token.operation not in operations():
        raise no_such("operation", token.operation, operations(), "see: sweep list")
    part = token.part
    check_part(part.name)
    if part.write_unit not in WRITE_UNITS:
        raise UsageError(f"there is no write unit of {part.write_unit}", "use 1, 4, 8 or 16")
    if part.erased_value not in ERASED_VALUES:
        raise UsageError(f"no part erases to {part.erased_value:02x}", "use ff or 00")
    if len(token.cuts) > 2:
        raise UsageError("a token holds one cut or two", "copy it from a sweep")


def check_part(name: str) -> None:
    """Refuse a flash part that there is not.

    Raises:
        UsageError: with the nearest name.
    """
    if name not in NAMED:
        raise no_such("flash part", name, NAMED, f"use one of {', '.join(NAMED)}")


def no_such(what: str, name: str, known: Iterable[str], mend: str) -> UsageError:
    """The error for a name that there is not, with the nearest one if there is one."""
    near = get_close_matches(name, list(known), 1)
    meant = f"; do you mean {near[0]}?" if near else ""
    return UsageError(f"there is no {what} {name!r}{meant}", mend)


def replay(case: SweepCase, cuts: tuple[CutPlan, ...]) -> AfterCut:
    """Make one cut, or two, and judge what comes back.

    Raises:
        IndexError: the case, or its recovery, has no flash operation of that number.
    """
    first, *rest = cuts
    step, flash, judge = case.steps[first.operation], case.flash, Judge(case)
    cut(flash, step.before, step.operation, first)
    after_first = flash.snapshot()
    found = judge.recovered(flash, step.transaction)
    if not rest or found.violation is not None:
        return found
    before, operation = watched_recovery(flash, after_first)[rest[0].operation]
    cut(flash, before, operation, rest[0])
    return judged_again(judge.recovered(flash, step.transaction), found)


def judged_again(again: AfterCut, first: AfterCut) -> AfterCut:
    """What a cut recovery came to; a violation if it is not what the uncut one came to."""
    if again.violation is None and again.state != first.state:
        text = f"state {again.state}, and state {first.state} without the second cut"
        return AfterCut(again.state, Violation(SweepCheck.RECOVERY, text))
    return again


def shrunk(case: SweepCase, cuts: tuple[CutPlan, ...], check: str) -> tuple[CutPlan, ...]:
    """The simplest cuts found that the check still fails on.

    Whole operations are simpler than torn ones, short prefixes than long ones, few torn bits
    than many.
    """
    return simplest(
        cuts, simpler_cuts, lambda simpler: _fails(case, simpler, check), most_steps=MOST_STEPS
    )


def _fails(case: SweepCase, cuts: tuple[CutPlan, ...], check: str) -> bool:
    try:
        violation = replay(case, cuts).violation
    except IndexError:  # with that first cut, recovery has no such operation
        return False
    return violation is not None and violation.check == check


def simpler_cuts(cuts: tuple[CutPlan, ...]) -> Iterator[tuple[CutPlan, ...]]:
    """Cuts that are simpler in one of them."""
    for place, plan in enumerate(cuts):
        for simpler in _simpler(plan):
            yield (*cuts[:place], simpler, *cuts[place + 1 :])


def _simpler(plan: CutPlan) -> Iterator[CutPlan]:
    if plan.flavour in (Flavour.BEFORE, Flavour.AFTER):
        return
    yield plan._replace(flavour=Flavour.BEFORE, amount=0)
    yield plan._replace(flavour=Flavour.AFTER, amount=0)
    if plan.flavour is Flavour.TORN_PREFIX:
        yield from (
            plan._replace(amount=amount)
            for amount in (plan.amount // 2, plan.amount - 16, plan.amount - 1)
            if 0 < amount < plan.amount
        )
    elif plan.flavour is Flavour.TORN_BITS:
        yield from (plan._replace(amount=amount) for amount in _fewer(plan.amount))


def _fewer(mask: int) -> Iterator[int]:
    """The lower and the upper half of the set bits, then all of them but one end."""
    places = [place for place, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"]
    if len(places) < 2:
        return
    lower = mask % (1 << places[len(places) // 2])
    yield lower
    yield mask ^ lower
    yield mask ^ 1 << places[0]
    yield mask ^ 1 << places[-1]
