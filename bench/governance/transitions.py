"""The one table of the procedure: from which state, by what, on which condition, to which state.

Nothing else knows the order of things. The diagram in docs/drills.md is drawn from it.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from firmware_sim.bench.governance.states import CaseEvent, CaseState, Track

_S = CaseState
_E = CaseEvent


@dataclass(slots=True)
class CaseFacts:
    """What the conditions of the table look at, about one Compromise.

    Attributes:
        is_relevant: a device, an S1SP or an XML document still relies on the key.
        dcc_invited: to the last meeting.
        has_quorum: at the last meeting.
        unanswered: mandatory factors of the Guidance that the last decision left out.
        requires_key: the last decision requires a protected key.
        has_evidence: why no protected key was needed, for the Relevant Devices.
        replaces_oca: an OCA Certificate is replaced.
    """

    is_relevant: bool = True
    is_confirmed: bool = False
    dcc_invited: bool = False
    has_quorum: bool = False
    unanswered: tuple[str, ...] = ()
    requires_key: bool = False
    has_evidence: bool = False
    no_event_expected: bool = False
    replaces_oca: bool = False


class Guard(NamedTuple):
    """A condition in words, and whether it holds; `clause` is broken if it does not."""

    words: str
    holds: Callable[[CaseFacts], bool]
    clause: str


class Transition(NamedTuple):
    """One row."""

    source: CaseState
    event: CaseEvent
    guard: Guard | None
    target: CaseState
    clause: str


_RELEVANT: Final = Guard("the key is a Relevant Private Key", lambda f: f.is_relevant, "L10.30(c)")
_CONFIRMED: Final = Guard("the DCC has confirmed it", lambda f: f.is_confirmed, "L10.1(d)(i)")
_INVITED: Final = Guard(
    "a representative of the DCC is invited", lambda f: f.dcc_invited, "L1.14(a)"
)
_ANSWERED: Final = Guard(
    "every mandatory factor of the Guidance is answered", lambda f: not f.unanswered, "L10.10(a)"
)
_REQUIRES: Final = Guard("the use of a key is required", lambda f: f.requires_key, "L10.15(b)")
_DECLINED: Final = Guard(
    "no key is required, and there is evidence of attempts, or why there were none",
    lambda f: not f.requires_key and f.has_evidence,
    "L10.16(b)",
)
_EXPECTED: Final = Guard(
    "no Event is what the story expects: nothing can be claimed",
    lambda f: f.no_event_expected,
    "L10.16(b)",
)
_NO_OCA: Final = Guard(
    "no OCA Certificate is replaced", lambda f: not f.replaces_oca, "L10.1(c)(ii)"
)
_OCA: Final = Guard("an OCA Certificate is replaced", lambda f: f.replaces_oca, "L10.1(c)(ii)")

_BEFORE_DECISION: Final = (_S.NOTIFIED, _S.PREPARING, _S.SOFT_RECOVERY, _S.MEETING)


def _rows() -> Iterable[Transition]:
    yield Transition(_S.NORMAL, _E.SUSPECT, _RELEVANT, _S.SUSPECTED, "L10.30(c)")
    yield Transition(_S.SUSPECTED, _E.TELL_DCC, None, _S.CONFIRMING, "L10.1(a)")
    yield Transition(_S.CONFIRMING, _E.CONFIRM, None, _S.CONFIRMING, "L10.1(d)(i)")
    yield Transition(_S.CONFIRMING, _E.DISMISS, None, _S.FALSE_ALARM, "L10.1(d)(i)")
    yield Transition(_S.CONFIRMING, _E.NOTIFY_PMA, _CONFIRMED, _S.NOTIFIED, "L10.15(a)")
    for state in _BEFORE_DECISION:
        yield Transition(state, _E.PREPARE, None, _S.PREPARING, "L10.2(b)")
        yield Transition(state, _E.REPLACE_SOFTLY, None, _S.SOFT_RECOVERY, "L10.16(b)(i)")
        yield Transition(state, _E.MEET, _INVITED, _S.MEETING, "L1.13")
    yield Transition(_S.SOFT_RECOVERY, _E.READ_BACK, None, _S.READBACK, "L10.1(d)(ii)")
    yield Transition(_S.MEETING, _E.ASK, None, _S.INFORMATION, "L10.10(b)")
    yield Transition(_S.INFORMATION, _E.ANSWER, None, _S.MEETING, "L10.11")
    yield Transition(_S.MEETING, _E.DECIDE, _ANSWERED, _S.DECIDED, "L1.17(i)")
    yield Transition(_S.DECIDED, _E.EVENT_A, _REQUIRES, _S.EVENT_A, "L10.15(b)")
    yield Transition(_S.DECIDED, _E.EVENT_B, _DECLINED, _S.EVENT_B, "L10.16(c)")
    yield Transition(_S.DECIDED, _E.NO_EVENT, _EXPECTED, _S.NO_EVENT, "L10.16(b)")
    yield Transition(_S.EVENT_A, _E.HOLD_CEREMONY, None, _S.CEREMONY, "L10.1(b)")
    yield Transition(_S.CEREMONY, _E.COORDINATE, _OCA, _S.CSR_COORDINATION, "L10.1(c)(ii)")
    yield Transition(_S.CEREMONY, _E.EXECUTE, _NO_OCA, _S.EXECUTING, "L10.1(b)")
    yield Transition(_S.CSR_COORDINATION, _E.EXECUTE, None, _S.EXECUTING, "L10.1(b)")
    yield Transition(_S.EXECUTING, _E.EXECUTE, None, _S.EXECUTING, "L10.1(b)")
    yield Transition(_S.EXECUTING, _E.READ_BACK, None, _S.READBACK, "L10.1(c)(i)")
    yield Transition(_S.READBACK, _E.READ_BACK, None, _S.READBACK, "L10.1(c)(i)")
    yield Transition(_S.READBACK, _E.EXECUTE, None, _S.EXECUTING, "L10.1(b)")
    yield Transition(_S.READBACK, _E.MEET, _INVITED, _S.MEETING, "L1.13")
    yield Transition(_S.READBACK, _E.REPORT, None, _S.REPORTED, "L10.3")
    yield Transition(_S.EVENT_B, _E.REPORT, None, _S.REPORTED, "L10.3")
    yield Transition(_S.NO_EVENT, _E.REPORT, None, _S.REPORTED, "L10.3")
    yield Transition(_S.REPORTED, _E.CLOSE, None, _S.CLOSED, "L10.4")


TRANSITIONS: Final = tuple(_rows())
"""Every row."""

BESIDE: Final = {state: tuple(Track) for state in (CaseState.EVENT_A, CaseState.EVENT_B)}
"""The tracks that begin in a state and go on beside it (SEC L10.17-24, L10.25-29)."""

ENDS: Final = frozenset({CaseState.NORMAL, CaseState.FALSE_ALARM, CaseState.CLOSED})
"""The states in which nothing is left to do."""


def rows_from(state: CaseState, event: CaseEvent) -> tuple[Transition, ...]:
    """What an event does in a state; empty if it has no place there."""
    return tuple(row for row in TRANSITIONS if (row.source, row.event) == (state, event))


@cache
def next_to_do(state: CaseState) -> Transition | None:
    """The first step of the shortest way to an end; None in an end itself."""
    waiting: deque[tuple[CaseState, Transition | None]] = deque([(state, None)])
    seen = {state}
    while waiting:
        at, first = waiting.popleft()
        if at in ENDS and at is not CaseState.FALSE_ALARM:
            return first
        for row in TRANSITIONS:
            if row.event is CaseEvent.REPLACE_SOFTLY:
                continue  # a way that is open to a party, and nothing that is due
            if row.source is at and row.target not in seen:
                seen.add(row.target)
                waiting.append((row.target, first or row))
    return None
