"""Which clauses the steps of a story can earn: a rule that none of them can is an author's mistake.

Whether they do earn it shows the run (invariant I10).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from firmware_sim.bench.drills.ceremony_steps import AskCustodyStep, CeremonyStep
from firmware_sim.bench.drills.certificate_steps import CoordinateStep, IssueStep
from firmware_sim.bench.drills.checking_rules import Found
from firmware_sim.bench.drills.claim_steps import BreachActStep, ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.committee_steps import (
    AppointStep,
    DetermineStep,
    NominateStep,
    PerformStep,
    ReferStep,
)
from firmware_sim.bench.drills.compromise_steps import (
    CompromiseStep,
    ConfirmStep,
    EvidenceStep,
    NotifyStep,
    PrepareStep,
    ReportStep,
)
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.guided import GUIDANCE_CLAUSES, PRECEDENCE_CLAUSE
from firmware_sim.bench.drills.meeting import meeting_clauses
from firmware_sim.bench.drills.meeting_steps import (
    AskInformationStep,
    CloseMeetingStep,
    DecideStep,
    InformStep,
    LeaveStep,
    MeetStep,
)
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.story import ClauseEntry, Story
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.evidence.run_info import GovernanceEvent as Event
from firmware_sim.bench.governance.breach import BREACH_RULES
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.governance.earned_clauses import (
    SECTION,
    cited,
    is_earned,
    is_of_section_l,
    listed,
)
from firmware_sim.bench.governance.transitions import TRANSITIONS
from firmware_sim.gbcs.policy import Policy

_EVENTS: Final[Mapping[type[StoryStep], tuple[str, ...]]] = {
    NotifyStep: (Event.NOTIFICATION.clause,),
    ConfirmStep: (Event.CONFIRMATION.clause,),
    PrepareStep: (Event.PREPARATION.clause,),
    LeaveStep: (Event.MEETING.clause,),
    CloseMeetingStep: (Event.MEETING_CLOSED.clause,),
    AskInformationStep: (Event.INFORMATION.clause,),
    InformStep: (Event.INFORMATION.clause, "SEC L10.12"),
    EvidenceStep: (Event.EVIDENCE.clause,),
    ReferStep: (Event.REFERRAL.clause,),
    NominateStep: (Event.NOMINATION.clause,),
    AppointStep: (Event.APPOINTMENT.clause,),
    PerformStep: ("SEC L10.5, L10.2(c)(iii)",),
    DetermineStep: ("SEC L10.2(c)(ii), L10.30(c)(vi)",),
    CeremonyStep: ("SEC L10.1(b), L10.2(c)(iii)",),
    CoordinateStep: (Event.COORDINATION.clause,),
    AskCustodyStep: (Event.CUSTODY_REFUSED.clause,),
    ReportStep: (Event.STEP_REPORT.clause,),
    ReferBreachStep: (Event.BREACH_REFERRED.clause,),
}


def earnable(step: StoryStep) -> Iterator[str]:
    """What a step can earn, as references."""
    yield from _EVENTS.get(type(step), ())
    if isinstance(step, CompromiseStep):
        yield f"SEC L10.1(a), L10.6, L10.30(c)({step.fallen.kind})"
    if isinstance(step, MeetStep):
        yield f"SEC {', '.join(meeting_clauses(step))}"
    if isinstance(step, DecideStep):
        yield from _decision(step)
    if isinstance(step, CoordinateStep):
        yield "SEC L3.15(a), L3.15(b), L3.18(a), L3.22, L3.23"
    if isinstance(step, IssueStep):
        yield f"SEC L3.15(b), {_asked_for(step)}"
    if isinstance(step, BreachActStep):
        yield f"SEC {BREACH_RULES[step.act][0]}"
    if isinstance(step, ClaimActStep):
        yield f"SEC L10.18, {step.clause}"
    if isinstance(step, UpdateStep) and not step.stolen:
        yield "SEC L10.1(c)(i)"
        yield "" if step.role in IN_CUSTODY else Event.SOFT_RECOVERY.clause
    if isinstance(step, SendingStep) and step.role in IN_CUSTODY and not step.stolen:
        yield Event.CUSTODY.clause
        yield "SEC L10.1(b), L10.30(d)(i)"


def _asked_for(step: IssueStep) -> str:
    if step.expect == "issued":
        return f"L3.15(a), {step.application(replaces_root=False).clause}"
    return listed(step.expect.refused)


def _decision(step: DecideStep) -> Iterator[str]:
    yield Event.DECISION.clause
    yield Event.RELEVANT_DEVICES.clause
    yield from (Event.COSTS.clause, "SEC L10.18", Event.BREACH.clause)
    yield Event.GUIDANCE.clause if step.factors else ""
    yield GUIDANCE_CLAUSES
    yield PRECEDENCE_CLAUSE if step.precedence else ""
    if step.outcome is DecisionOutcome.NOT_REQUIRED:
        yield "SEC L10.14, L10.16(a), L10.16(b)(i), L10.16(b)(ii), L10.16(c)"
    else:
        yield "SEC L10.14, L10.15(a), L10.15(b)"


def unknown_clauses(story: Story, _policy: Policy) -> Iterator[Found]:
    """Rules that name a clause of Section L which there is not, or not as clauses are written."""
    for number, rule in enumerate(story.rules):
        wrong = _wrong_in_writing(rule)
        if wrong is not None:
            key, text = wrong
            yield ("rules", number, key), text


def _wrong_in_writing(rule: ClauseEntry) -> tuple[str, str] | None:
    """Which key of a rule is written wrongly, and how; None if none is."""
    if not rule.clause.isascii():
        return "clause", f"{rule.clause!a} has signs that no clause has; write it in ASCII"
    if is_of_section_l(rule.text) and not rule.clause.startswith(SECTION):
        return "text", "the text speaks of Section L, and the clause is of another document"
    is_one = rule.clause.startswith(SECTION) and bool(cited(rule.clause))
    if is_of_section_l(rule.clause) and not is_one:
        return "clause", f"there is no clause {rule.clause!r} that concerns a drill"
    return None


def unearned_rules(story: Story, _policy: Policy) -> Iterator[Found]:
    """Rules that name a clause which no step can earn."""
    earned = {"L10.1(e)"}  # to rehearse it is what this clause asks for
    for step in story.steps:
        for reference in earnable(step):
            earned.update(cited(reference))
    if any(isinstance(step, CompromiseStep) for step in story.steps):
        earned.update(row.clause for row in TRANSITIONS if row.clause == "L10.4")
    for number, rule in enumerate(story.rules):
        is_named = is_of_section_l(rule.clause) and _wrong_in_writing(rule) is None
        if is_named and not is_earned(rule.clause, earned):
            text = f"no step of the story does anything of {rule.clause}"
            yield ("rules", number, "clause"), text
