"""Who does what in a step of people, in plain words, from what the step says."""

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.authoring import committee_words
from firmware_sim.bench.drills.authoring.committee_words import DCC, PMA, Said, not_voting
from firmware_sim.bench.drills.authoring.failure_words import said_of_failure
from firmware_sim.bench.drills.ceremony_steps import AskCustodyStep, CeremonyStep
from firmware_sim.bench.drills.claim_steps import BreachActStep, ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.compromise_steps import (
    CompromiseStep,
    ConfirmStep,
    EvidenceStep,
    NotifyStep,
    PrepareStep,
    ReportStep,
)
from firmware_sim.bench.drills.estimate_step import EstimateStep
from firmware_sim.bench.drills.failure_steps import FailureStep
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep
from firmware_sim.bench.drills.meeting_steps import (
    AskInformationStep,
    CloseMeetingStep,
    DecideStep,
    InformStep,
    LeaveStep,
    MeetStep,
)
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.evidence.wording import several
from firmware_sim.bench.governance.compromise import Body, Certainty
from firmware_sim.bench.governance.decision import DecisionOutcome


def _compromise(step: CompromiseStep) -> Said:
    verb = "is" if step.certainty is Certainty.ACTUAL else "may be"
    key = words.fallen_key(step.fallen, step.generation, step.party or "")
    text = f"finds out that {key} {verb} known to others"
    copy = "" if step.copied is False else ", and the attacker has a copy"
    if step.copied is None and step.certainty is Certainty.SUSPECTED:
        copy = ", and the attacker has a copy only if a later step uses it"
    who = words.body(step.reporter) if isinstance(step.reporter, Body) else step.reporter
    return Said(who, f"{text}{copy}" + (f": {step.found}" if step.found else ""))


def _notify(step: NotifyStep) -> Said:
    return Said(words.body(step.sender), f"tells {words.recipients(step.to)}")


def _confirm(step: ConfirmStep) -> Said:
    is_true = step.finding == "confirmed"
    return Said(DCC, f"{'confirms it' if is_true else 'finds a false alarm'}: {step.how}")


def _prepare(step: PrepareStep) -> Said:
    who = "nobody" if step.instructed is None else words.body(step.instructed)
    return Said(who, f"has this prepared: {step.what}")


def _meet(step: MeetStep) -> Said:
    text = "meets: " + ", ".join(words.office(seat) for seat in step.present)
    if step.invited:
        text += f"; invited: {words.recipients(step.invited)}"
    if step.guests:
        text += f"; guests: {', '.join(step.guests)}"
    has_quorum = step.expect == "quorum"
    return Said(PMA, text, "enough to decide" if has_quorum else "too few to decide")


def _decide(step: DecideStep) -> Said:
    text = f"decides: {words.decision(step.outcome, step.grounds)}"
    if step.outcome is not DecisionOutcome.NOT_REQUIRED:
        is_contingency = step.outcome is DecisionOutcome.REQUIRE_CONTINGENCY
        touched = "every cell" if is_contingency else "the cells that the Compromise touches"
        text += f"; allowed: {', '.join(step.cells) or touched}"
    if step.outcome is DecisionOutcome.REQUIRE_RECOVERY:
        text += f", by Method {' or '.join(f'{method:d}' for method in step.methods)}"
    if step.hours is not None:
        text += f", for {step.hours} hours"
    text += f", on {several([kind.name for kind in step.devices])} only" if step.devices else ""
    text += f"; before {'; '.join(step.precedence)}" if step.precedence else ""
    text += not_voting(step.against)
    expected = {"decided": "a decision", "refused": "no decision is possible"}
    return Said(PMA, text, expected.get(step.expect, "a decision, and no Recovery Event"))


def _ceremony(step: CeremonyStep) -> Said:
    held = "the keys can be used" if step.expect == "held" else "the keys stay in their shares"
    return Said("Key Custodians", f"come together: {', '.join(step.present)}", held)


def _ask_custody(step: AskCustodyStep) -> Said:
    text = f"is asked for {words.custody_key(step.use)}, which no decision opens"
    return Said("custody", text, "custody refuses")


def _report(step: ReportStep) -> Said:
    stated = {"commands": step.commands, "devices": step.devices, "relevant": step.relevant}
    numbers = [f"{name} {number:,}" for name, number in stated.items() if number is not None]
    text = "reports to the SMKI PMA what it did"
    return Said(DCC, f"{text} ({', '.join(numbers)})" if numbers else text)


def _estimate(step: EstimateStep) -> Said:
    names = several([each.name for each in step.algorithms])
    text = f"computes what {names} would cost, beside today's algorithms; nothing is installed"
    return Said(DCC, text, "every size is computed, and no device is asked")


_EXCHANGES: Final = (
    "exchanges every Communications Hub: new CHF and GPF with fresh Device Certificates come, and "
    "the meters join them"
)


def _claim(step: ClaimActStep) -> Said:
    text = f"{step.act.value}, in the claim of {step.party}"
    text += "" if step.pence is None else f": {step.pence:,} pence"
    return Said(step.by.value, text + ("" if step.days is None else f", due in {step.days} days"))


def _inform(step: InformStep) -> Said:
    cost = "" if step.pence is None else f", which cost {step.pence:,} pence"
    return Said(words.body(step.by), f"answers: {step.what}{cost}")


def _evidence(step: EvidenceStep) -> Said:
    of = f" of {several([kind.name for kind in step.devices])}" if step.devices else ""
    return Said(DCC, f"says why no ordinary commands were sent{of}: {step.why}")


def _leave(step: LeaveStep) -> str:
    return "leaves" if len(step.offices) == 1 else "leave"


_SAID: Final[Mapping[type[StoryStep], Callable[[Any], Said]]] = {
    **committee_words.SAID,
    CompromiseStep: _compromise,
    NotifyStep: _notify,
    ConfirmStep: _confirm,
    PrepareStep: _prepare,
    MeetStep: _meet,
    CloseMeetingStep: lambda _: Said(PMA, "closes its meeting"),
    AskInformationStep: lambda step: Said(PMA, f"asks {words.recipients(step.of)}: {step.what}"),
    InformStep: _inform,
    DecideStep: _decide,
    EvidenceStep: _evidence,
    CeremonyStep: _ceremony,
    AskCustodyStep: _ask_custody,
    ReportStep: _report,
    ClaimActStep: _claim,
    LeaveStep: lambda step: Said(several(list(step.offices)), f"{_leave(step)} the meeting"),
    BreachActStep: lambda step: Said(step.by.value, f"{step.act.value}, of {step.party}"),
    ReferBreachStep: lambda step: Said(step.party, "refers its deemed breach to the Panel"),
    EstimateStep: _estimate,
    ExchangeHubStep: lambda _step: Said("an installer", _EXCHANGES, "the meters are on record"),
    **dict.fromkeys(get_args(FailureStep), said_of_failure),
}


def said_of_people(step: StoryStep) -> Said:
    """What people do in a step; of a kind that is not known here, its title."""
    tell = _SAID.get(type(step))
    return Said("", step.title) if tell is None else tell(step)
