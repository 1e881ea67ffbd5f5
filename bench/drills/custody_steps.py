"""The steps around the protected keys: ceremony, the DCC's report, a probe."""

from typing import Final

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.ceremony_steps import AskCustodyStep, CeremonyStep
from firmware_sim.bench.drills.certifying import OPEN_CASES
from firmware_sim.bench.drills.compromise_steps import ReportStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.tasks import check_custodians
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance import compromise as events
from firmware_sim.bench.governance.book import StepReport
from firmware_sim.bench.governance.committee import Meeting, Office
from firmware_sim.bench.governance.decision import DecisionGate, Motion, VerifiedDecision
from firmware_sim.bench.governance.protected_command import ProtectedCommand
from firmware_sim.bench.governance.states import CaseEvent
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.smki.custody import PERMITS, CustodyError, CustodyKey, CustodyRefusal
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.replacement import ReplacementMode

_NO_DEVICE: Final = EntityId(bytes(8))
_BY_GATE: Final = (CustodyRefusal.NO_DECISION, CustodyRefusal.OTHER_KEY)


async def play_ask_custody(state: DrillState, step: AskCustodyStep, log: StepLog) -> None:
    """Custody must refuse; that it does not is the bench's error, not a device's."""
    decision = state.decision or decision_never_taken(state, step.use)
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


def decision_never_taken(state: DrillState, key: CustodyKey) -> VerifiedDecision:
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
        check_custodians(state, step.present)
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


async def play_report(state: DrillState, step: ReportStep, log: StepLog) -> None:
    """DCC's account of what was done (SEC L10.3), and the end of the ceremony."""
    procedure, book = state.procedure, state.procedure.book
    commands, devices = state.ledger.commands_sent(state.under_custody)
    relevant = len(procedure.relevant_devices())
    cases = list(procedure.open_cases(*OPEN_CASES))
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
