"""Who is deemed in breach after an Event, and how that ends (SEC L10.25 to L10.29)."""

from datetime import UTC, datetime, timedelta

import pytest

from firmware_sim.bench.governance.breach import (
    BreachAct,
    BreachProvision,
    BreachReview,
    BreachState,
    BreachStep,
    deemed_breach,
    review_breach,
)
from firmware_sim.bench.governance.claim_rules import Actor
from firmware_sim.bench.governance.fallen_key import RelevantSubscriber, SubscriberCertificate

EVENT = datetime(2027, 2, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ACT = BreachAct
OCA, ORGANISATION = SubscriberCertificate.OCA, SubscriberCertificate.ORGANISATION
ALPHA = RelevantSubscriber("alpha", ORGANISATION)
PARTY, PANEL, AUTHORITY = Actor.PARTY, Actor.PANEL, Actor.AUTHORITY


def review(*steps: BreachStep, days: int = 400) -> BreachReview:
    return review_breach(deemed_breach(ALPHA), EVENT, steps, EVENT + days * DAY)


def step(act: BreachAct, days: float, by: Actor) -> BreachStep:
    return BreachStep(act, by, EVENT + days * DAY)


REFERRED = step(ACT.REFERRED, 10, PARTY)
SHOWN = step(ACT.SHOWN, 20, PARTY)
NO_BREACH = step(ACT.NO_BREACH, 30, PANEL)
BREACH = step(ACT.BREACH, 30, PANEL)
APPEALED = step(ACT.APPEALED, 40, PARTY)


@pytest.mark.parametrize(
    ("subscriber", "provision", "clause"),
    [
        (RelevantSubscriber("dcc", ORGANISATION), BreachProvision.PRIVATE_KEYS, "L10.25(a)"),
        (RelevantSubscriber("dcc", OCA), BreachProvision.CRYPTOGRAPHIC_MODULE, "L10.25(b)"),
        (ALPHA, BreachProvision.PRIVATE_KEYS, "L10.26"),
        (RelevantSubscriber("alpha", ORGANISATION, beneath=True), None, "L10.26"),
    ],
)
def test_the_subscriber_and_the_certificate_say_which_provision_is_broken(
    subscriber: RelevantSubscriber, provision: BreachProvision | None, clause: str
) -> None:
    found = deemed_breach(subscriber)
    assert (found.provision, found.clause) == (provision, clause)


@pytest.mark.parametrize(
    ("steps", "state", "clause"),
    [
        ((), BreachState.FINAL, "L10.28"),
        ((REFERRED,), BreachState.BEFORE_PANEL, "L10.27(a)"),
        ((REFERRED, SHOWN, NO_BREACH), BreachState.CEASED, "L10.27"),
        ((REFERRED, SHOWN, BREACH), BreachState.FINAL, "L10.28"),
        ((REFERRED, SHOWN, BREACH, APPEALED), BreachState.UNDER_APPEAL, "L10.29"),
        (
            (REFERRED, SHOWN, BREACH, APPEALED, step(ACT.AUTHORITY_NO_BREACH, 50, AUTHORITY)),
            BreachState.CEASED,
            "L10.29",
        ),
        (
            (REFERRED, SHOWN, NO_BREACH, APPEALED, step(ACT.AUTHORITY_BREACH, 50, AUTHORITY)),
            BreachState.FINAL,
            "L10.29",
        ),
    ],
)
def test_a_deemed_breach_stands_until_the_panel_or_the_authority_says_otherwise(
    steps: tuple[BreachStep, ...], state: BreachState, clause: str
) -> None:
    found = review(*steps)
    assert (found.state, found.clause, found.faults) == (state, clause, ())


def test_within_three_months_it_is_deemed_and_can_be_referred() -> None:
    found = review(days=89)
    assert (found.state, found.clause) == (BreachState.DEEMED, "L10.26")
    assert found.referral is not None
    assert found.referral.due == datetime(2027, 5, 1, 8, tzinfo=UTC)


FAULTS = {
    "referred after three months": (
        (
            step(ACT.REFERRED, 89.1, PARTY),
            step(ACT.SHOWN, 90, PARTY),
            step(ACT.NO_BREACH, 91, PANEL),
        ),
        "after 2027-05-01 [SEC L10.27(a)]",
    ),
    "nothing was shown": ((REFERRED, NO_BREACH), "without shown not to be due"),
    "never referred": ((SHOWN, NO_BREACH), "without matter referred"),
    "the Party acquits itself": (
        (REFERRED, SHOWN, step(ACT.NO_BREACH, 30, PARTY)), "by the Party [SEC L10.27(c)]",
    ),
    "before the Event": ((step(ACT.REFERRED, -1, PARTY),), "before what led to it"),
    "the Panel decides an appeal": (
        (REFERRED, SHOWN, BREACH, APPEALED, step(ACT.AUTHORITY_NO_BREACH, 50, PANEL)),
        "by the Panel [SEC L10.29]",
    ),
    "appeal without a determination": ((REFERRED, APPEALED), "appeal to the Authority, without"),
    "determined twice": (
        (REFERRED, SHOWN, BREACH, step(ACT.NO_BREACH, 31, PANEL)), "decided already",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("steps", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_step_that_the_code_does_not_allow_ends_no_breach(
    steps: tuple[BreachStep, ...], said: str
) -> None:
    found = review(*steps)
    assert any(said in each for each in found.faults), found.faults
    assert found.state is not BreachState.CEASED


def test_where_no_breach_is_deemed_there_is_nothing_to_refer() -> None:
    beneath = deemed_breach(RelevantSubscriber("alpha", ORGANISATION, beneath=True))
    found = review_breach(beneath, EVENT, (REFERRED,), EVENT + DAY)
    assert (found.state, found.referral) == (BreachState.NONE, None)
    assert len(found.faults) == 1
