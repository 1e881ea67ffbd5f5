"""A claim for Recovery Costs: its clocks, its evidence and what is paid (SEC L10.18 to L10.24)."""

from datetime import UTC, datetime, timedelta

import pytest

from firmware_sim.bench.governance.claim_rules import CLAIM_RULES, Actor, ClaimAct
from firmware_sim.bench.governance.claims import ClaimReview, ClaimStep, RecoveryClaim, review_claim
from firmware_sim.bench.governance.periods import (
    Timeliness,
    three_month_periods,
    three_months_after,
)

EVENT = datetime(2027, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ACT = ClaimAct
POUND = 100


def step(
    act: ClaimAct,
    days: int,
    pence: int | None = None,
    by: Actor | None = None,
    due: int | None = None,
) -> ClaimStep:
    actors = CLAIM_RULES[act].actors
    actor = by or (Actor.PARTY if Actor.PARTY in actors else min(actors))
    return ClaimStep(
        act, actor, EVENT + days * DAY, pence, None if due is None else EVENT + due * DAY
    )


def review(*steps: ClaimStep, days: int = 400, threshold: int = 1000 * POUND) -> ClaimReview:
    return review_claim(RecoveryClaim("alpha", EVENT, steps), EVENT + days * DAY, threshold)


NOTICE, ESTIMATE = step(ACT.NOTICE, 30), step(ACT.ESTIMATE, 30, 900)
CEASED, TOTAL = step(ACT.COSTS_CEASED, 50), step(ACT.TOTAL, 60, 800)
PAID = step(ACT.PAID, 100, 800)


def test_a_claim_in_time_with_estimate_and_total_is_paid_in_full() -> None:
    found = review(NOTICE, ESTIMATE, CEASED, TOTAL, PAID)
    assert found.faults == ()
    assert found.payable == 800
    now = EVENT + 400 * DAY
    assert {each.at(now) for each in found.deadlines} == {Timeliness.KEPT}


def test_a_total_with_the_notice_needs_no_estimate() -> None:
    assert review(NOTICE, step(ACT.TOTAL, 30, 800)).faults == ()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2027, 1, 31, 12, tzinfo=UTC), datetime(2027, 4, 30, 12, tzinfo=UTC)),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), datetime(2027, 2, 28, 12, tzinfo=UTC)),
        (datetime(2027, 11, 29, 12, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC)),
        (datetime(2027, 2, 1, 8, tzinfo=UTC), datetime(2027, 5, 1, 8, tzinfo=UTC)),
    ],
)
def test_three_months_end_on_the_corresponding_day_or_the_last(
    start: datetime, end: datetime
) -> None:
    assert three_months_after(start) == end


def test_periods_of_three_months_are_counted_from_the_first_day() -> None:
    start = datetime(2027, 11, 30, tzinfo=UTC)
    ends = [end for _, end in three_month_periods(start, datetime(2028, 9, 1, tzinfo=UTC))]
    assert ends == [
        datetime(2028, month, day, tzinfo=UTC) for month, day in ((2, 29), (5, 30), (8, 30))
    ]


def test_notice_is_late_a_second_after_three_months_and_in_time_on_the_dot() -> None:
    due = three_months_after(EVENT)
    for late, faults in ((timedelta(), 0), (timedelta(seconds=1), 1)):
        notice = ClaimStep(ACT.NOTICE, Actor.PARTY, due + late)
        total = ClaimStep(ACT.TOTAL, Actor.PARTY, due + late, 800)
        found = review_claim(RecoveryClaim("alpha", EVENT, (notice, total)), due + late, 0)
        assert len(found.faults) == faults
        assert all("L10.19(a)" in each for each in found.faults)


def test_a_new_estimate_is_due_in_each_three_months_until_the_total() -> None:
    estimates = [step(ACT.ESTIMATE, days, 900) for days in (30, 100, 200)]
    missed = review(NOTICE, *estimates, step(ACT.TOTAL, 390, 800), days=391)
    assert [each for each in missed.faults if "new estimate" in each] == [
        "new estimate missed (due 2027-12-02) [SEC L10.19(b)(ii)]"
    ]
    in_time = review(NOTICE, *estimates, step(ACT.ESTIMATE, 300, 1), step(ACT.TOTAL, 390, 800))
    assert in_time.faults == ()


ASKED = (NOTICE, ESTIMATE, TOTAL)
QUESTION = step(ACT.QUESTION_REFERRED, 61)
DCC_WANTS, PANEL_WANTS = (
    step(act, 61, by=who, due=70)
    for act, who in ((ACT.EVIDENCE_REQUIRED, Actor.DCC), (ACT.AUDIT_REQUIRED, Actor.PANEL))
)

FAULTS = {
    "no notice at all": ((), "notice of the claim missed"),
    "no estimate with the notice": ((NOTICE, TOTAL), "best estimate with the notice missed"),
    "total over three months after costs cease": (
        (NOTICE, ESTIMATE, step(ACT.COSTS_CEASED, 31), step(ACT.TOTAL, 125, 8)),
        "total amount late",
    ),
    "estimate after the total": (
        (*ASKED, step(ACT.ESTIMATE, 61, 1)),
        "after the total amount",
    ),
    "total without notice": ((TOTAL,), "total amount without notice of intention"),
    "total without an amount": ((NOTICE, ESTIMATE, step(ACT.TOTAL, 60)), "without an amount"),
    "step before the Event": ((step(ACT.NOTICE, -1), step(ACT.TOTAL, -1, 1)), "before what led"),
    "evidence too late": (
        (*ASKED, DCC_WANTS, step(ACT.EVIDENCE_GIVEN, 71)),
        "evidence given late",
    ),
    "auditor's report missing": ((*ASKED, PANEL_WANTS), "auditor's report given missed"),
    "question referred by the Party": (
        (*ASKED, step(ACT.QUESTION_REFERRED, 61, by=Actor.PARTY)),
        "question referred by the Party [SEC L10.23(a)]",
    ),
    "amount determined without a question": (
        (*ASKED, step(ACT.AMOUNT_DETERMINED, 61, 400)),
        "amount determined without question referred",
    ),
    "more determined than asked for": (
        (*ASKED, QUESTION, step(ACT.AMOUNT_DETERMINED, 62, 801)),
        "more determined than was requested",
    ),
    "paid while the question is open": ((*ASKED, QUESTION, PAID), "while the amount is open"),
    "paid while evidence is outstanding": ((*ASKED, DCC_WANTS, PAID), "while the amount is open"),
    "paid more than was determined": (
        (*ASKED, QUESTION, step(ACT.AMOUNT_DETERMINED, 62, 400), PAID),
        "800 pence paid where 400 are due",
    ),
    "dates referred below the threshold": (
        (*ASKED, step(ACT.DATES_REFERRED, 61)),
        "below the threshold",
    ),
    "appeal without a decision": ((*ASKED, step(ACT.APPEALED, 61)), "appeal without"),
    "appeal decided by the Panel": (
        (
            *(*ASKED, QUESTION, step(ACT.AMOUNT_DETERMINED, 62, 4), step(ACT.APPEALED, 63)),
            step(ACT.APPEAL_DECIDED, 64, 5, by=Actor.PANEL),
        ),
        "appeal decided by the Panel",
    ),
}


@pytest.mark.parametrize(("steps", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_what_the_code_does_not_allow_is_a_fault_with_its_clause(
    steps: tuple[ClaimStep, ...], said: str
) -> None:
    faults = review(*steps).faults
    assert any(said in each for each in faults), faults
    assert all("[SEC L10." in each for each in faults)


def test_the_panel_determines_all_a_part_or_nothing_and_the_authority_is_final() -> None:
    asked = (NOTICE, ESTIMATE, TOTAL, step(ACT.QUESTION_REFERRED, 61))
    for amount in (800, 300, 0):
        determined = review(*asked, step(ACT.AMOUNT_DETERMINED, 62, amount))
        assert (determined.payable, determined.faults) == (amount, ())
    decided = (*asked, step(ACT.AMOUNT_DETERMINED, 62, 300), step(ACT.APPEALED, 63))
    assert review(*decided).payable is None
    assert review(*decided, step(ACT.APPEAL_DECIDED, 64, 700)).payable == 700


def test_above_the_threshold_the_panel_sets_dates_and_instalments() -> None:
    dates = [step(ACT.DATES_DETERMINED, 62, due=due) for due in (100, 200)]
    instalments = step(ACT.PAID, 100, 500), step(ACT.PAID, 200, 300)
    claim = (NOTICE, ESTIMATE, TOTAL, step(ACT.DATES_REFERRED, 61), *dates)
    consider = step(ACT.PROPOSAL_CONSIDERED, 62)
    assert review(*claim, consider, *instalments, threshold=700).faults == ()
    [fault] = review(*claim, step(ACT.PAID, 101, 800), threshold=700).faults
    assert fault == "payment on another date than determined [SEC L10.24(b)]"


def test_the_threshold_is_compared_with_the_requests_of_all_parties() -> None:
    claim = RecoveryClaim("alpha", EVENT, (NOTICE, ESTIMATE, TOTAL, step(ACT.DATES_REFERRED, 61)))
    assert review_claim(claim, EVENT + 62 * DAY, threshold=900, together=200).faults == ()


def test_a_deadline_that_has_not_come_is_open_and_no_fault() -> None:
    found = review(days=1)
    assert found.faults == ()
    assert [each.at(EVENT + DAY) for each in found.deadlines] == [Timeliness.OPEN]
