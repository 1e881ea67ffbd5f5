"""Which clauses the steps of a story can earn: a rule that none of them can is an author's mistake.

Whether they do earn it shows the run (invariant I10).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from firmware_sim.bench.drills.checking_rules import Found
from firmware_sim.bench.drills.claim_steps import ClaimActStep, ReferBreachStep
from firmware_sim.bench.drills.participants import IN_CUSTODY
from firmware_sim.bench.drills.people_steps import (
    AskCustodyStep,
    AskInformationStep,
    CeremonyStep,
    CloseMeetingStep,
    CompromiseStep,
    ConfirmStep,
    CoordinateStep,
    DecideStep,
    EvidenceStep,
    InformStep,
    IssueStep,
    MeetStep,
    NotifyStep,
    PrepareStep,
    ReportStep,
    StoryStep,
)
from firmware_sim.bench.drills.story import SendingStep, Story, UpdateStep
from firmware_sim.bench.evidence.run_info import GovernanceEvent as Event
from firmware_sim.bench.governance.claim_rules import CLAIM_RULES
from firmware_sim.bench.governance.decision import DecisionOutcome
from firmware_sim.bench.governance.earned_clauses import cited, is_earned, is_of_section_l
from firmware_sim.bench.governance.transitions import TRANSITIONS
from firmware_sim.gbcs.policy import Policy

_EVENTS: Final[Mapping[type[StoryStep], tuple[str, ...]]] = {
    NotifyStep: (Event.NOTIFICATION.clause,),
    ConfirmStep: (Event.CONFIRMATION.clause,),
    PrepareStep: (Event.PREPARATION.clause,),
    MeetStep: ("SEC L1.3, L1.4, L1.13",),
    CloseMeetingStep: (Event.MEETING_CLOSED.clause,),
    AskInformationStep: (Event.INFORMATION.clause,),
    InformStep: (Event.INFORMATION.clause,),
    EvidenceStep: (Event.EVIDENCE.clause,),
    CeremonyStep: ("SEC L10.1(b), L10.2(c)(iii)",),
    CoordinateStep: (Event.COORDINATION.clause,),
    IssueStep: (Event.ROOT_ISSUED.clause,),
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
        yield "SEC L1.14(a)" if step.invited else ""
        yield "SEC L1.12(a)" if any(seat.alternate for seat in step.present) else ""
    if isinstance(step, DecideStep):
        yield from _decision(step)
    if isinstance(step, ClaimActStep):
        yield f"SEC L10.18, {CLAIM_RULES[step.act].clause}"
    if isinstance(step, UpdateStep) and not step.stolen:
        yield "SEC L10.1(c)(i)"
        yield "" if step.role in IN_CUSTODY else Event.SOFT_RECOVERY.clause
    if isinstance(step, SendingStep) and step.role in IN_CUSTODY and not step.stolen:
        yield Event.CUSTODY.clause
        yield "SEC L10.1(b), L10.30(d)(i)"


def _decision(step: DecideStep) -> Iterator[str]:
    yield Event.DECISION.clause
    yield Event.RELEVANT_DEVICES.clause
    yield from (Event.COSTS.clause, "SEC L10.18", Event.BREACH.clause)
    yield Event.GUIDANCE.clause if step.factors else ""
    if step.outcome is DecisionOutcome.NOT_REQUIRED:
        yield "SEC L10.14, L10.16(a), L10.16(b)(i), L10.16(b)(ii), L10.16(c)"
    else:
        yield "SEC L10.14, L10.15(a), L10.15(b)"


def unknown_clauses(story: Story, _policy: Policy) -> Iterator[Found]:
    """Rules that name a clause of Section L which there is not, or which concerns no drill."""
    for number, rule in enumerate(story.rules):
        if is_of_section_l(rule.clause) and not cited(rule.clause):
            text = f"there is no clause {rule.clause!r} that concerns a drill"
            yield ("rules", number, "clause"), text


def unearned_rules(story: Story, _policy: Policy) -> Iterator[Found]:
    """Rules that name a clause which no step can earn."""
    earned = {"L10.1(e)"}  # to rehearse it is what this clause asks for
    for step in story.steps:
        for reference in earnable(step):
            earned.update(cited(reference))
    if any(isinstance(step, CompromiseStep) for step in story.steps):
        earned.update(row.clause for row in TRANSITIONS if row.clause == "L10.4")
    for number, rule in enumerate(story.rules):
        is_named = is_of_section_l(rule.clause) and cited(rule.clause)
        if is_named and not is_earned(rule.clause, earned):
            text = f"no step of the story does anything of {rule.clause}"
            yield ("rules", number, "clause"), text
