"""The steps around the protected keys: ceremony, certificates, the DCC's report, a probe."""

from typing import Final

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.issued import cells_of
from firmware_sim.bench.drills.issuing_certificates import issue_to
from firmware_sim.bench.drills.people_steps import (
    AskCustodyStep,
    CeremonyStep,
    CoordinateStep,
    IssueStep,
    ReportStep,
)
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance import compromise as events
from firmware_sim.bench.governance.book import IssuedRoot, StepReport
from firmware_sim.bench.governance.committee import Meeting, Office
from firmware_sim.bench.governance.decision import DecisionGate, Motion, VerifiedDecision
from firmware_sim.bench.governance.protected_command import ProtectedCommand
from firmware_sim.bench.governance.states import CaseEvent, CaseState
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.smki.custody import PERMITS, CustodyError, CustodyKey, CustodyRefusal
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.replacement import ReplacementMode

_NO_DEVICE: Final = EntityId(bytes(8))
_OPEN: Final = (
    CaseState.EVENT_A,
    CaseState.EVENT_B,
    CaseState.NO_EVENT,
    CaseState.CEREMONY,
    CaseState.CSR_COORDINATION,
    CaseState.EXECUTING,
    CaseState.READBACK,
)
"""Cases with something that a report could tell."""

_BY_GATE: Final = (CustodyRefusal.NO_DECISION, CustodyRefusal.OTHER_KEY)


async def play_ask_custody(state: DrillState, step: AskCustodyStep, log: StepLog) -> None:
    """Custody must refuse; that it does not is the bench's error, not a device's."""
    decision = state.decision or _decision_of_another_gate(state, step.use)
    problem = ""
    state.procedure.act()
    try:
        _ask(state, step.use, decision)
    except BenchError as error:
        # Refused for another reason, custody might give the key away on another day.
        if not any(event.refusal in _BY_GATE for event in state.custody.events[-1:]):
            raise BenchError(f"custody refuses for another reason: {error}") from error
        problem = str(error)
    name = f"custody guards {words.custody_key(step.use)}"
    verdict = Verdict.PASSED if problem else Verdict.ERROR
    log.check(None, name, verdict, "refused", "refused" if problem else "granted", problem)


def _ask(state: DrillState, key: CustodyKey, decision: VerifiedDecision) -> None:
    custody, octets = state.custody, b"a command without a decision"
    if key is CustodyKey.RECOVERY:
        custody.sign_recovery(decision, octets)
    elif key is CustodyKey.CONTINGENCY:
        custody.sign_contingency(decision, octets)
    else:
        command = ProtectedCommand(_NO_DEVICE, ReplacementMode.ANY_BY_CONTINGENCY)
        custody.release_symmetric_key(decision, command)


def _decision_of_another_gate(state: DrillState, key: CustodyKey) -> VerifiedDecision:
    """A decision in due form that the SMKI PMA never took: another gate gave it."""
    at, gate = state.clock.time, DecisionGate(state.clock)
    compromise = events.Compromise(
        "some key",
        events.RelevantKeyKind.ISSUER,
        events.Certainty.SUSPECTED,
        at,
        events.Body.DCC,
    )
    notification = events.Notification(compromise, events.Body.DCC, events.Body.SMKI_PMA, at)
    gate.notify(notification)
    meeting = Meeting.of(*Office, minutes="minutes of no meeting", opened=at)
    # The outcome fits the key, so that nothing but the gate can be what refuses.
    outcome = next(outcome for outcome, opened in PERMITS.items() if key in opened)
    return gate.decide(meeting, compromise, Motion(outcome))


async def play_ceremony(state: DrillState, step: CeremonyStep, log: StepLog) -> None:
    """The custodians who are there put the keys together, or are too few."""
    problem, case = "", state.case(step.about)
    present = ", ".join(step.present)
    try:
        state.custody.hold_ceremony(step.present)
    except CustodyError as error:
        problem = str(error)
        text = f"{present} came together: {problem}"
        state.record(GovernanceEvent.CEREMONY_REFUSED, text)
    else:
        state.procedure.fire(case, CaseEvent.HOLD_CEREMONY)
        of = state.procedure.assumptions
        text = (
            f"{present} came together, {of.custodians_needed} of {of.custodians_total} are needed"
        )
        state.record(GovernanceEvent.CEREMONY, text, clause="SEC L10.1(b), L10.2(c)(iii)")
    actual = "refused" if problem else "held"
    finding = StepFinding("ceremony of the Key Custodians", actual == step.expect, step.expect,
                          actual, problem)  # fmt: skip
    state.find_of_people(log, finding, clause="L10.1(b)")


async def play_coordinate(state: DrillState, step: CoordinateStep, log: StepLog) -> None:
    """Who was asked for requests, who applied, and how far above the usual rate that is."""
    case = state.case(step.about)
    state.procedure.fire(case, CaseEvent.COORDINATE)
    percent, limit = 100 * step.requests // step.usual, state.procedure.assumptions.csr_percent
    asked = ", ".join(role.label for role in step.asked)
    applied = ", ".join(role.label for role in step.applied) or "none"
    text = (
        f"asked for Certificate Signing Requests: {asked}; applied: {applied}; "
        f"{step.requests:,} requests, {percent} % of a usual month"
    )
    if percent > limit:
        told = "was notified" if step.notified else "was not notified"
        text += f", which is exceptional demand and {told}"
        if not step.notified:
            state.procedure.depart(f"demand of {percent} % {told}", "L10.1(c)(ii)")
    missing = [role.label for role in step.asked if role not in step.applied]
    if missing:
        state.procedure.depart(f"{', '.join(missing)} did not apply", "L10.1(c)(ii)")
    state.record(GovernanceEvent.COORDINATION, text)
    log.find(None, StepFinding("Certificate Signing Requests", passed=True, actual=text))


async def play_issue(state: DrillState, step: IssueStep, log: StepLog) -> None:
    """A Root OCA Certificate: beside the one that stands, only to replace it (SEC L3.19(b)).

    Or the certificates of an organisation, by its own requests.
    """
    if step.party is not None:
        _issue_to_organisation(state, step.party, step.generation, log)
        return
    standing = {held.generation for each in state.held.values() for cell, held in each.items()
                if cell.role.label == "root"}  # fmt: skip
    replaced = any(case.facts.replaces_oca for case in state.procedure.open_cases(*_OPEN))
    is_second = bool(standing - {step.generation})
    issued = IssuedRoot(state.clock.time, step.generation, replaced or not is_second)
    state.procedure.book.roots.append(issued)
    state.procedure.act()
    text = f"the DCC issues a Root OCA Certificate of generation {step.generation}"
    state.record(GovernanceEvent.ROOT_ISSUED, text)
    log.find(None, StepFinding("Root OCA Certificate issued", passed=True, actual=text))


def _issue_to_organisation(state: DrillState, name: str, generation: int, log: StepLog) -> None:
    role = state.ownership.role_of(name)
    issued = () if role is None else issue_to(state, name, cells_of(role), generation)
    if not issued:
        text = f"{name} has been issued generation {generation} already"
        raise BenchError(text, "leave the step out, or name another generation")
    listed = ", ".join(map(str, issued))
    log.find(None, StepFinding("Organisation Certificates issued", passed=True, actual=listed))


async def play_report(state: DrillState, step: ReportStep, log: StepLog) -> None:
    """DCC's account of what was done (SEC L10.3), and the end of the ceremony."""
    procedure, book = state.procedure, state.procedure.book
    commands, devices = state.ledger.commands_sent(state.under_custody)
    relevant = len(procedure.relevant_devices())
    cases = list(procedure.open_cases(*_OPEN))
    if not cases:
        procedure.depart("the DCC reports, and there is nothing that it has done", "L10.3")
    for case in cases:
        if step.about in (None, case.name):
            procedure.fire(case, CaseEvent.REPORT)
    stated = (step.commands, step.devices, step.relevant)
    counted = (commands, devices, relevant)
    digests = tuple(each.relevant.digest for each in procedure.cases
                    if each.event is not None and each.relevant is not None)  # fmt: skip
    book.reports.append(StepReport(state.clock.time, counted, stated, digests))
    book.unreported = 0
    if state.has_ceremony:
        state.custody.end_ceremony()
    text = (
        f"{step.title}: {count(commands, 'command')} under a protected key went to "
        f"{count(devices, 'device')}, of {count(len(state.contacts), 'device')} in the drill"
    )
    state.record(GovernanceEvent.STEP_REPORT, text)
    log.find(None, StepFinding("report to the SMKI PMA", passed=True, actual=text))
