"""What always holds, whatever a story does: looked at after every step of every run.

Each has a name by which a record speaks of it. That custody refuses what would break one does not
mend it: people tried, and the procedure was not followed.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from firmware_sim.bench.governance.book import REPORTED_THINGS, ProcedureBook, ProtectedUse
from firmware_sim.bench.governance.earned_clauses import is_earned, is_of_section_l

NO_DECISION: Final = "no decision that holds"
OTHER_KEY: Final = "the decision requires another key"
OUTSIDE: Final = "outside the decision"
_SYMMETRIC: Final = "symmetric"


class Invariant(NamedTuple):
    """One rule: `broken` says how it is broken, a sentence for each way."""

    name: str
    words: str
    clause: str
    broken: Callable[[ProcedureBook], Iterator[str]]


def _asked(book: ProcedureBook) -> Iterator[ProtectedUse]:
    return (use for use in book.uses if not use.is_probe)


def _before_decision(book: ProcedureBook) -> Iterator[str]:
    for use in _asked(book):
        if use.refusal == NO_DECISION:
            yield f"the {use.key} key was asked for: {use.reason}"


def _symmetric(book: ProcedureBook) -> Iterator[str]:
    for use in _asked(book):
        if use.key == _SYMMETRIC and use.refusal == OTHER_KEY:
            yield f"the Contingency Symmetric Key was asked for: {use.reason}"


def _preparations(book: ProcedureBook) -> Iterator[str]:
    for step in book.preparations:
        if not step.instructed_by:
            yield f"it is not on record who instructed: {step.what}"
        elif not step.may_instruct:
            yield f"{step.instructed_by} instructed, and is not the one to do so: {step.what}"


def _reports(book: ProcedureBook) -> Iterator[str]:
    if book.is_over and book.unreported:
        yield "a protected key was used, and the DCC did not report it to the SMKI PMA"
    for report in book.reports:
        for what, counted, stated in list(
            zip(REPORTED_THINGS, report.counted, report.stated, strict=True)
        )[:2]:
            if stated is not None and stated != counted:
                yield f"the report says {stated} {what}, the ledger {counted}"


def _one_event(book: ProcedureBook) -> Iterator[str]:
    for compromise, number in Counter(event.compromise for event in book.events).items():
        if number > 1:
            yield f"{number} Recovery Events for one Compromise, of {compromise}"


def _frozen(book: ProcedureBook) -> Iterator[str]:
    for report in book.reports:
        counted, stated = report.counted[2], report.stated[2]
        if stated is not None and stated != counted:
            yield f"{stated} Relevant Devices after the Event, {counted} just before it"
        if not {event.digest for event in book.events}.issuperset(report.digests):
            yield "the Relevant Devices of the report are not those of just before the Event"


def _roots(book: ProcedureBook) -> Iterator[str]:
    for root in book.roots:
        if not root.in_replacement:
            yield (
                f"a Root OCA Certificate of generation {root.generation} was issued while no root "
                "was being replaced"
            )


def _outside(book: ProcedureBook) -> Iterator[str]:
    for use in _asked(book):
        is_other = use.refusal == OTHER_KEY and use.key != _SYMMETRIC
        if use.refusal == OUTSIDE or is_other:
            yield use.reason


def _decisions(book: ProcedureBook) -> Iterator[str]:
    for decision in book.decisions:
        if decision.problem:
            yield f"no decision about {decision.compromise}: {decision.problem}"


def _rules(book: ProcedureBook) -> Iterator[str]:
    if not book.is_over:
        return
    for rule in book.rules:
        if is_of_section_l(rule) and not is_earned(rule, book.earned):
            yield f"{rule} is among the rules of the story, and nothing of it happened"


def _evidence(book: ProcedureBook) -> Iterator[str]:
    for declined in book.declined:
        if not declined.is_expected and declined.with_evidence < declined.needed:
            yield (
                "no Recovery Event, and nothing can be claimed: there is evidence of attempts, or "
                f"why there were none, for {declined.with_evidence} of {declined.needed} Relevant "
                "Devices"
            )


def _timed(book: ProcedureBook) -> Iterator[str]:
    for step in book.timed:
        if step.problem:
            yield f"{step.what}: {step.problem} [SEC {step.clause}]"


def _renewed(book: ProcedureBook) -> Iterator[str]:
    if any(use.stale_root for use in book.uses):
        yield (
            "the root that was installed carries a contingency key which the symmetric key of "
            "before still opens"
        )


INVARIANTS: Final = (
    Invariant("I1", "no protected signature before a decision", "L10.2(a)", _before_decision),
    Invariant("I2", "the symmetric key only with Contingency", "L1.17(i)", _symmetric),
    Invariant("I3", "a preparatory step names who instructed it", "L10.2(b)", _preparations),
    Invariant("I4", "a report after every use, equal to the ledger", "L10.3", _reports),
    Invariant("I5", "one Recovery Event for a Compromise", "L10.14", _one_event),
    Invariant("I6", "the Relevant Devices stay as before the Event", "L10.30(a)", _frozen),
    Invariant("I7", "two Root OCA Certificates only in a replacement", "L3.19(b)", _roots),
    Invariant("I8", "every protected command lies inside its decision", "L10.2(a)", _outside),
    Invariant("I9", "a decision falls in an open meeting with a quorum", "L1.13", _decisions),
    Invariant("I10", "every clause that is printed was earned", "L10.1(e)", _rules),
    Invariant("I11", "an Event of type B only with evidence", "L10.16(b)", _evidence),
    Invariant("I12", "no claim and no rebuttal out of its time", "L10.19", _timed),
    Invariant("I13", "after mode 9 another contingency key and another symmetric key", "L10.1(b)",
              _renewed),
)  # fmt: skip
"""All of them."""


def broken(book: ProcedureBook) -> Iterator[tuple[Invariant, str]]:
    """Every invariant that does not hold, and how."""
    for invariant in INVARIANTS:
        for how in invariant.broken(book):
            yield invariant, how
