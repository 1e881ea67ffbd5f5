"""The step in which the SMKI PMA decides, and the Recovery Event that follows."""

from collections.abc import Collection
from datetime import timedelta

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.guided import record_guidance, record_precedence
from firmware_sim.bench.drills.meeting_steps import DecideStep
from firmware_sim.bench.drills.recovery_event import declare, take_relevant
from firmware_sim.bench.drills.selection import selected_cells
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.accounts.recovery_event import DecisionScope
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance.book import NoEventDecided, TriedDecision
from firmware_sim.bench.governance.committee import GateError
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.decision import DecisionOutcome, Motion
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.scope import DecisionLimits
from firmware_sim.bench.governance.states import CaseEvent, CaseState
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId

_RECOVERY_CELL = TrustAnchorCellId.parse("recovery.DS")


async def play_decide(state: DrillState, step: DecideStep, log: StepLog) -> None:
    """A decision with its limits, or the gate's refusal of one."""
    meeting = state.procedure.meeting
    if meeting is None:
        raise BenchError("no meeting has been called", "put a meet step before decide")
    case = state.case(step.about)
    if case.event is None:
        take_relevant(state, case)
    motion, problem = _motion(state, step, case), ""
    try:
        decision = state.gate.decide(meeting, case.compromise, motion)
    except GateError as error:
        problem = str(error)
    else:
        state.decision = case.decision = decision
        state.ledger.account(_told(state, step, motion))
    text = words.decision(step.outcome, step.grounds)
    if problem:
        text = f"proposed: {text}; but no decision is possible, for {problem}"
        state.record(GovernanceEvent.DECISION_REFUSED, text)
    else:
        allowed = f"by the Guidance {motion.guidance}; allowed: {motion.limits}"
        state.record(GovernanceEvent.DECISION, f"{text}; {allowed}")
        _follow(state, step, case)
    if step.expect != "refused":
        tried = TriedDecision(state.clock.time, case.compromise.key, problem)
        state.procedure.book.decisions.append(tried)
    actual, wanted = ("refused" if problem else "decided"), step.expect
    wanted = "decided" if wanted == "no event" else wanted
    finding = StepFinding("decision of the SMKI PMA", actual == wanted, wanted, actual, problem)
    state.find_of_people(log, finding, clause="L1.13")


def _told(state: DrillState, step: DecideStep, motion: Motion) -> DecisionScope:
    limits = motion.limits
    scope = {
        "outcome": (step.outcome.value,),
        "methods": tuple(sorted(map(str, limits.methods))),
        "cells": tuple(sorted(map(str, limits.cells))),
        "devices": (count(len(limits.devices), "device"),),
    }
    guidance = state.procedure.guidance.version
    return DecisionScope(scope=scope, factors=dict(step.factors), guidance=guidance)


def _motion(state: DrillState, step: DecideStep, case: Case) -> Motion:
    at, assumptions = state.clock.time, state.procedure.assumptions
    return Motion(
        outcome=step.outcome,
        limits=_limits(state, step, case),
        guidance=state.procedure.guidance.version,
        answers=step.factors,
        against=step.against,
        unanimous=assumptions.voting == "unanimous",
        valid_until=None if step.hours is None else at + timedelta(hours=step.hours),
    )


def _limits(state: DrillState, step: DecideStep, case: Case) -> DecisionLimits:
    """What a decision allows: what the story says, and otherwise what the Compromise asks for."""
    if step.outcome is DecisionOutcome.NOT_REQUIRED:
        return DecisionLimits(methods=frozenset())
    is_contingency = step.outcome is DecisionOutcome.REQUIRE_CONTINGENCY
    devices = case.relevant or ()
    chosen = {
        contact.entity_id: contact.cells
        for contact in state.contacts
        if contact.entity_id in devices
        and (not step.devices or contact.device_type in step.devices)
    }
    every = frozenset[TrustAnchorCellId]().union(*chosen.values())
    # A new root vouches for nothing of before: with it every certificate is replaced.
    cells = every if is_contingency else case.cells & every
    if step.cells:
        cells = frozenset(selected_cells(step.cells, every))
    key_cell = ROOT_CELL if is_contingency else _RECOVERY_CELL
    return DecisionLimits(
        generations=_generations(state, key_cell, chosen.keys()),
        cells=cells,
        devices=frozenset(chosen),
        methods=frozenset(step.methods),
    )


def _generations(
    state: DrillState, cell: TrustAnchorCellId, devices: Collection[EntityId]
) -> frozenset[int]:
    """Of the protected key that the devices know now."""
    return frozenset(
        held[cell].generation
        for entity, held in state.held.items()
        if entity in devices and cell in held
    )


def _follow(state: DrillState, step: DecideStep, case: Case) -> None:
    """By the table: the decision, and the Recovery Event that it makes, or none."""
    procedure, facts = state.procedure, case.facts
    record_guidance(state, step, case)
    record_precedence(state, step)
    facts.unanswered = procedure.guidance.unanswered(step.factors)
    facts.requires_key = step.outcome is not DecisionOutcome.NOT_REQUIRED
    if case.state in (CaseState.PREPARING, CaseState.SOFT_RECOVERY):
        procedure.fire(case, CaseEvent.MEET)  # the meeting that is in session goes on
    procedure.fire(case, CaseEvent.DECIDE)
    _check_cells(state, step, case)
    if facts.requires_key:
        facts.replaces_oca = _replaces_oca(case)
        procedure.fire(case, CaseEvent.EVENT_A)
        if case.event is None:
            declare(state, case, "A")
        return
    _decline(state, step, case)


def _check_cells(state: DrillState, step: DecideStep, case: Case) -> None:
    """What a decision allows is in consequence of its Compromise: cells that it touches."""
    decision = case.decision
    if step.outcome is not DecisionOutcome.REQUIRE_RECOVERY or decision is None:
        return
    others = sorted(map(str, decision.decision.limits.cells - case.cells))
    if others:
        text = f"the decision allows {', '.join(others)}, which hold nothing of what fell"
        state.procedure.depart(text, "L10.15(b)")


def _decline(state: DrillState, step: DecideStep, case: Case) -> None:
    procedure = state.procedure
    known, needed = _evidence(state, case)
    is_expected = step.expect == "no event"
    case.facts.has_evidence = known >= needed and bool(case.attempted or case.reasons)
    case.facts.no_event_expected = is_expected
    at, key = state.clock.time, case.compromise.key
    procedure.book.declined.append(NoEventDecided(at, key, known, needed, is_expected))
    if case.facts.has_evidence and not is_expected:
        procedure.fire(case, CaseEvent.EVENT_B)
        tried = f"ordinary commands were sent to {count(len(case.attempted), 'device')}"
        said = (*((tried,) if case.attempted else ()), *case.reasons)
        declare(state, case, "B", said)
        return
    procedure.fire(case, CaseEvent.NO_EVENT)
    text = "no Recovery Event occurs, and nothing can be claimed"
    state.record(GovernanceEvent.RECOVERY_EVENT, text, clause="SEC L10.16(b)")


def _evidence(state: DrillState, case: Case) -> tuple[int, int]:
    """For how many devices there is evidence, and for how many there must be.

    Of every device of the frozen set, not of the Compromise: some may have been mended since, and
    others may have been given what fell. Where any one is enough, one that was mended counts.
    """
    relevant = frozenset(each.entity_id for each in case.relevant or ())
    known = case.attempted | case.infeasible
    if state.procedure.assumptions.evidence == "every":
        return len(known & relevant), len(relevant)
    return len(known & (relevant | case.devices)), min(1, len(relevant))


def _replaces_oca(case: Case) -> bool:
    """Whether an OCA Certificate is replaced: its key fell, or the decision allows its cell."""
    if case.key is not None and case.key.kind is RelevantKeyKind.ISSUER:
        return True
    decision = case.decision
    cells = frozenset() if decision is None else decision.decision.limits.cells
    return any(cell.role is RemotePartyRole.ROOT for cell in cells)
