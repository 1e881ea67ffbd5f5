"""Who is deemed in breach after a Recovery Event, of what, and until when: SEC L10.25 to L10.29."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from firmware_sim.bench.governance.claim_rules import Actor
from firmware_sim.bench.governance.fallen_key import RelevantSubscriber, SubscriberCertificate
from firmware_sim.bench.governance.periods import Deadline, Timeliness, three_months_after
from firmware_sim.bench.population.schema import DCC


class BreachProvision(StrEnum):
    """What a Relevant Subscriber is deemed to have broken."""

    PRIVATE_KEYS = "SEC L11.9"
    CRYPTOGRAPHIC_MODULE = "Organisation Certificate Policy, Part 6.2.1"


class DeemedBreach(NamedTuple):
    """One Relevant Subscriber after an Event.

    Attributes:
        provision: None if the Code deems no breach.
        clause: the clause that says so.
    """

    subscriber: RelevantSubscriber
    provision: BreachProvision | None
    clause: str
    reason: str


def deemed_breach(subscriber: RelevantSubscriber) -> DeemedBreach:
    """What the Code deems of a Relevant Subscriber when a Recovery Event has occurred."""
    keys, module = BreachProvision.PRIVATE_KEYS, BreachProvision.CRYPTOGRAPHIC_MODULE
    if subscriber.organisation == DCC:
        if subscriber.certificate is SubscriberCertificate.OCA:
            reason = "the DCC is the Subscriber for a compromised OCA Certificate"
            return DeemedBreach(subscriber, module, "L10.25(b)", reason)
        reason = "the DCC is the Subscriber for a compromised Organisation Certificate"
        return DeemedBreach(subscriber, keys, "L10.25(a)", reason)
    if subscriber.beneath:
        reason = "the Compromise is due to that of an OCA Certificate"
        return DeemedBreach(subscriber, None, "L10.26", reason)
    reason = "it is the Subscriber for a compromised Organisation Certificate"
    return DeemedBreach(subscriber, keys, "L10.26", reason)


class BreachAct(StrEnum):
    """What can happen to a deemed breach."""

    REFERRED = "matter referred to the Panel"
    SHOWN = "shown not to be due to its breach"
    NO_BREACH = "the Panel determines that no breach occurred"
    BREACH = "the Panel determines that the breach stands"
    APPEALED = "appeal to the Authority"
    AUTHORITY_NO_BREACH = "the Authority decides that no breach occurred"
    AUTHORITY_BREACH = "the Authority decides that the breach stands"


@dataclass(frozen=True, slots=True)
class BreachStep:
    """One step of a rebuttal."""

    act: BreachAct
    by: Actor
    at: datetime


class BreachState(StrEnum):
    """How it stands."""

    NONE = "no breach deemed"
    DEEMED = "deemed; the party may refer it to the Panel"
    BEFORE_PANEL = "deemed, before the Panel"
    UNDER_APPEAL = "deemed, before the Authority"
    CEASED = "no breach occurred"
    FINAL = "final and binding"


class BreachReview(NamedTuple):
    """What the Code says of a deemed breach now.

    Attributes:
        clause: the clause that its state rests on.
        referral: by when it can be referred; None if no breach is deemed.
        faults: steps by the wrong body, out of order or too late, each with its clause.
    """

    state: BreachState
    clause: str
    referral: Deadline | None
    faults: tuple[str, ...]


_ACT, _PANEL, _AUTHORITY = BreachAct, Actor.PANEL, Actor.AUTHORITY
_PANEL_ACTS = frozenset({_ACT.NO_BREACH, _ACT.BREACH})
_AUTHORITY_ACTS = frozenset({_ACT.AUTHORITY_NO_BREACH, _ACT.AUTHORITY_BREACH})

BREACH_RULES: dict[BreachAct, tuple[str, frozenset[Actor], frozenset[BreachAct]]] = {
    _ACT.REFERRED: ("L10.27(a)", frozenset({Actor.PARTY, Actor.DCC}), frozenset()),
    _ACT.SHOWN: ("L10.27(b)", frozenset({Actor.PARTY, Actor.DCC}), frozenset({_ACT.REFERRED})),
    _ACT.NO_BREACH: ("L10.27(c)", frozenset({_PANEL}), frozenset({_ACT.SHOWN})),
    _ACT.BREACH: ("L10.27(c)", frozenset({_PANEL}), frozenset({_ACT.REFERRED})),
    _ACT.APPEALED: ("L10.29", frozenset({Actor.PARTY, Actor.DCC}), _PANEL_ACTS),
    _ACT.AUTHORITY_NO_BREACH: ("L10.29", frozenset({_AUTHORITY}), frozenset({_ACT.APPEALED})),
    _ACT.AUTHORITY_BREACH: ("L10.29", frozenset({_AUTHORITY}), frozenset({_ACT.APPEALED})),
}
"""Of each step: its clause, who takes it, and one of which others must have come before it."""


def review_breach(
    deemed: DeemedBreach, event_at: datetime, steps: tuple[BreachStep, ...], now: datetime
) -> BreachReview:
    """Judge a deemed breach as it stands now; a step that is a fault changes nothing."""
    if deemed.provision is None:
        out_of_place = tuple(f"{each.act} where no breach is deemed" for each in steps)
        return BreachReview(BreachState.NONE, deemed.clause, None, out_of_place)
    due = three_months_after(event_at)
    valid: dict[BreachAct, datetime] = {}
    faults: list[str] = []
    for step in steps:
        found = list(_step_faults(step, valid, event_at, due))
        faults += found
        if not found:
            valid[step.act] = step.at
    done = next((each.at for each in steps if each.act is _ACT.REFERRED), None)
    referral = Deadline("L10.27(a)", "referral to the Panel", due, done)
    state, clause = _state(valid, is_open=referral.at(now) is Timeliness.OPEN)
    return BreachReview(state, clause or deemed.clause, referral, tuple(faults))


def _step_faults(
    step: BreachStep, valid: dict[BreachAct, datetime], event_at: datetime, due: datetime
) -> Iterator[str]:
    clause, actors, after = BREACH_RULES[step.act]
    if step.by not in actors:
        yield f"{step.act}, by {step.by} [SEC {clause}]"
    if step.at < max((event_at, *valid.values())):
        yield f"{step.act}, before what led to it [SEC {clause}]"
    if after and not after & valid.keys():
        yield f"{step.act}, without {' or '.join(sorted(after))} [SEC {clause}]"
    if step.act is _ACT.REFERRED and step.at > due:
        yield f"{step.act}, after {due:%Y-%m-%d} [SEC {clause}]"
    determined = (step.act in _PANEL_ACTS and valid.keys() & _PANEL_ACTS) or (
        step.act in _AUTHORITY_ACTS and valid.keys() & _AUTHORITY_ACTS
    )
    if determined:
        yield f"{step.act}, though it is decided already [SEC {clause}]"


def _state(valid: dict[BreachAct, datetime], *, is_open: bool) -> tuple[BreachState, str]:
    """The state, and its clause if that is not the one that deems the breach."""
    if _ACT.AUTHORITY_NO_BREACH in valid:
        return BreachState.CEASED, "L10.29"
    if _ACT.AUTHORITY_BREACH in valid:
        return BreachState.FINAL, "L10.29"
    if _ACT.APPEALED in valid:
        return BreachState.UNDER_APPEAL, "L10.29"
    if _ACT.NO_BREACH in valid:
        return BreachState.CEASED, "L10.27"
    if _ACT.BREACH in valid:
        return BreachState.FINAL, "L10.28"
    if _ACT.REFERRED in valid:
        return BreachState.BEFORE_PANEL, "L10.27(a)"
    return (BreachState.DEEMED, "") if is_open else (BreachState.FINAL, "L10.28")
