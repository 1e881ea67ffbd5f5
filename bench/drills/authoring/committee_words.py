"""Who does what when the SMKI PMA is asked, people are given tasks, and certificates are wanted."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.certificate_steps import CoordinateStep, IssueStep, RefusedBy
from firmware_sim.bench.drills.committee_steps import (
    AppointStep,
    DetermineStep,
    NominateStep,
    PerformStep,
    ReferStep,
)
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.evidence.wording import several
from firmware_sim.bench.population.smi import SmiStatus

PMA: Final = "the SMKI PMA"
DCC: Final = "the DCC"


class Said(NamedTuple):
    """Who acts, what they do, and what must come of it; empty if nothing is checked."""

    who: str
    what: str
    expected: str = ""


def not_voting(against: tuple[str, ...]) -> str:
    """Who does not vote for something; empty if all do."""
    return f"; not for it: {', '.join(against)}" if against else ""


def _refer(step: ReferStep) -> Said:
    return Said(words.body(step.by), f"refers to {PMA} whether {step.what} ({step.question})")


def _determine(step: DetermineStep) -> Said:
    text = "determines that the key is a Relevant Private Key"
    if step.question is not None:
        text = f"determines {step.question}: {step.answer}"
    is_determined = step.expect == "determined"
    expected = "it is determined" if is_determined else "nothing can be determined"
    return Said(PMA, text + not_voting(step.against), expected)


def _nominate(step: NominateStep) -> Said:
    required = None if step.required is None else words.body(step.required)
    by = ", which nobody required" if required is None else f", as {required} required"
    return Said(step.party, f"nominates {step.person} as {step.task}{by}")


def _appoint(step: AppointStep) -> Said:
    return Said(words.body(step.by), f"appoints {step.person} as {step.task}")


def _perform(step: PerformStep) -> Said:
    how = "" if step.instructed else ", otherwise than instructed"
    return Said(step.person, f"does this as {step.task}: {step.what}{how}")


def _coordinate(step: CoordinateStep) -> Said:
    asked = several([role.label for role in step.asked])
    applied = several([role.label for role in step.applied]) if step.applied else "nobody"
    now = "" if step.requests is None else f": {step.requests:,} now"
    text = f"asks for Certificate Signing Requests of {asked}{now}, {step.usual:,} in a usual month"
    told = "is" if step.notified else "is not"
    return Said(DCC, f"{text}; {applied} applies, and the DCC {told} notified of the demand")


def _issue(step: IssueStep) -> Said:
    if step.party is not None:
        return Said(step.party, f"asks for all its certificates of generation {step.generation}")
    wanted = step.application(replaces_root=False)
    refused = step.expect if isinstance(step.expect, RefusedBy) else None
    expected = "it is issued" if refused is None else f"the PKI refuses by {refused.refused}"
    details = "".join(f", {each}" for each in _of_request(step))
    text = f"asks for {wanted.name} of generation {step.generation}{details}"
    return Said(wanted.applicant_label.value, text, expected)


def _of_request(step: IssueStep) -> Iterator[str]:
    if step.subject is not None:
        yield f"for {step.subject}"
    if step.identifier == "another":
        yield "with another's identifier"
    if step.system is not None:
        yield f"from DCC Live System ({step.system})"
    if not step.authorised:
        yield "without being an Authorised Subscriber"
    if step.migrating:
        yield "while SMETS1 devices are being migrated"
    if step.status is not SmiStatus.PENDING:
        yield f"for a device that is {step.status.value}"


SAID: Final[Mapping[type[StoryStep], Callable[[Any], Said]]] = {
    ReferStep: _refer,
    DetermineStep: _determine,
    NominateStep: _nominate,
    AppointStep: _appoint,
    PerformStep: _perform,
    CoordinateStep: _coordinate,
    IssueStep: _issue,
}
"""By the kind of a step."""
