"""A request to be recompensed, as the Code judges it: SEC L10.18 to L10.24 and L10.29."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple

from firmware_sim.bench.governance.claim_rules import CLAIM_RULES, Actor, ClaimAct
from firmware_sim.bench.governance.periods import (
    Deadline,
    Timeliness,
    three_month_periods,
    three_months_after,
)

ESTIMATES_RULE: Final = (
    "the periods of L10.19(b)(ii) follow one another from the notice, and each has an estimate"
)
"""An assumption, to be printed: the clause can also be read as three months from the last one."""

SAME_TIME_RULE: Final = "“at the same time” is on the same day, in UTC"
"""An assumption, to be printed."""

_ACT = ClaimAct


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """One step.

    Attributes:
        pence: an amount, where the step has one; an appeal's decision may have one.
        due: by when evidence must be there, or the date of a payment.
    """

    act: ClaimAct
    by: Actor
    at: datetime
    pence: int | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecoveryClaim:
    """The claim of one Party after one Event; its steps in the order in which they were taken."""

    party: str
    event_at: datetime
    steps: tuple[ClaimStep, ...]

    def times(self, act: ClaimAct) -> list[datetime]:
        """When a step was taken."""
        return [step.at for step in self.steps if step.act is act]

    def amount(self, act: ClaimAct) -> int | None:
        """The latest amount of a step; None if there is none."""
        amounts = [step.pence for step in self.steps if step.act is act and step.pence is not None]
        return amounts[-1] if amounts else None


class ClaimReview(NamedTuple):
    """What the Code says of a claim.

    Attributes:
        deadlines: everything that had or has its time.
        faults: what was done out of order, by the wrong body or too late, each with its clause.
        payable: pence that the DCC must pay; None while that is open.
    """

    deadlines: tuple[Deadline, ...]
    faults: tuple[str, ...]
    payable: int | None


def review_claim(
    claim: RecoveryClaim, now: datetime, threshold: int, together: int = 0
) -> ClaimReview:
    """Judge a claim as it stands now.

    Args:
        threshold: pence over which the DCC may refer the dates of payment (L10.24); in the Code the
            Panel sets it.
        together: pence that other Parties request after the same Event.
    """
    deadlines = tuple(claim_deadlines(claim, now))
    late = (
        f"{each.what} {each.at(now)} (due {each.due:%Y-%m-%d}) [SEC {each.clause}]"
        for each in deadlines
        if each.at(now) in (Timeliness.LATE, Timeliness.MISSED)
    )
    payable = _payable(claim)
    wrong = _step_faults(claim, (claim.amount(_ACT.TOTAL) or 0) + together > threshold)
    return ClaimReview(deadlines, (*wrong, *late, *_payment_faults(claim, payable)), payable)


def claim_deadlines(claim: RecoveryClaim, now: datetime) -> Iterator[Deadline]:
    """Every act of the claim that has a last moment (L10.19, L10.20)."""
    notice, total = _first(claim.times(_ACT.NOTICE)), _first(claim.times(_ACT.TOTAL))
    yield Deadline("L10.19(a)", "notice of the claim", three_months_after(claim.event_at), notice)
    if notice is not None:
        yield from _estimates(claim, notice, total, now)
    for ceased in claim.times(_ACT.COSTS_CEASED):
        yield Deadline("L10.19(c)", "total amount", three_months_after(ceased), total)
    for required, given in (
        (_ACT.EVIDENCE_REQUIRED, _ACT.EVIDENCE_GIVEN),
        (_ACT.AUDIT_REQUIRED, _ACT.AUDIT_GIVEN),
    ):
        for step in claim.steps:
            if step.act is required and step.due is not None:
                done = _first(at for at in claim.times(given) if at >= step.at)
                yield Deadline(CLAIM_RULES[given].clause, given.value, step.due, done)


def _estimates(
    claim: RecoveryClaim, notice: datetime, total: datetime | None, now: datetime
) -> Iterator[Deadline]:
    estimates = claim.times(_ACT.ESTIMATE)
    day_ends = datetime.combine(notice.date(), time(), notice.tzinfo) + timedelta(days=1)
    if total is not None and total < day_ends:
        return
    first = _first(at for at in estimates if at >= notice)
    yield Deadline("L10.19(b)(i)", "best estimate with the notice", day_ends, first)
    for begins, ends in three_month_periods(notice, total or now):
        done = _first(at for at in estimates if begins < at <= ends)
        yield Deadline("L10.19(b)(ii)", "new estimate", ends, done)


def _step_faults(claim: RecoveryClaim, over_threshold: bool) -> Iterator[str]:
    taken: set[ClaimAct] = set()
    before, decided = claim.event_at, False
    for step in claim.steps:
        rule = CLAIM_RULES[step.act]
        if step.by not in rule.actors:
            yield f"{step.act} by {step.by} [SEC {rule.clause}]"
        if step.at < before:
            yield f"{step.act} before what led to it [SEC {rule.clause}]"
        if rule.after and not rule.after & taken:
            needed = " or ".join(sorted(rule.after))
            yield f"{step.act} without {needed} [SEC {rule.clause}]"
        if rule.amount and (step.pence is None or step.pence < 0):
            yield f"{step.act} without an amount [SEC {rule.clause}]"
        if step.act is _ACT.APPEALED and not decided:
            yield f"{step.act} where the Panel has decided nothing [SEC {rule.clause}]"
        if step.act is _ACT.ESTIMATE and _ACT.TOTAL in taken:
            yield f"{step.act} after the total amount [SEC {rule.clause}]"
        if step.act in (_ACT.DATES_REFERRED, _ACT.PROPOSAL_CONSIDERED) and not over_threshold:
            yield f"{step.act} below the threshold [SEC {rule.clause}]"
        taken.add(step.act)
        decided |= step.by is Actor.PANEL
        before = max(before, step.at)


def _payable(claim: RecoveryClaim) -> int | None:
    """What is owed: decided on appeal, else by the Panel, else what was asked for."""
    acts = [step.act for step in claim.steps]
    if acts.count(_ACT.APPEALED) > acts.count(_ACT.APPEAL_DECIDED):
        return None
    on_appeal = claim.amount(_ACT.APPEAL_DECIDED)
    if on_appeal is not None:
        return on_appeal
    if _ACT.QUESTION_REFERRED in acts:
        return claim.amount(_ACT.AMOUNT_DETERMINED)
    waiting = acts.count(_ACT.EVIDENCE_REQUIRED) > acts.count(_ACT.EVIDENCE_GIVEN)
    if waiting or acts.count(_ACT.AUDIT_REQUIRED) > acts.count(_ACT.AUDIT_GIVEN):
        return None
    return claim.amount(_ACT.TOTAL)


def _payment_faults(claim: RecoveryClaim, payable: int | None) -> Iterator[str]:
    paid = sum(step.pence or 0 for step in claim.steps if step.act is _ACT.PAID)
    total, determined = claim.amount(_ACT.TOTAL), claim.amount(_ACT.AMOUNT_DETERMINED)
    if determined is not None and determined > (total or 0):
        yield "more determined than was requested [SEC L10.23(b)]"
    if paid and payable is None:
        yield "payment while the amount is open [SEC L10.22]"
    elif paid > (payable or 0):
        yield f"{paid} pence paid where {payable or 0} are due [SEC L10.22]"
    dates = [step.due for step in claim.steps if step.act is _ACT.DATES_DETERMINED]
    if dates:
        for step in claim.steps:
            if step.act is _ACT.PAID and step.at not in dates:
                yield "payment on another date than determined [SEC L10.24(b)]"


def _first(times: Iterable[datetime]) -> datetime | None:
    return next(iter(times), None)
