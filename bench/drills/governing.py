"""The steps in which people act: compromise, notification, meeting, decision, custody, report."""

from collections.abc import Sequence

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.story import (
    AskCustodyStep,
    CompromiseStep,
    DecideStep,
    MeetStep,
    NotifyStep,
    ReportStep,
)
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.accounts import DecisionScope
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance import compromise as events
from firmware_sim.bench.governance.committee import GateError, Meeting, Office
from firmware_sim.bench.governance.decision import Decision, DecisionGate, VerifiedDecision
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.smki.custody import PERMITS, CustodyKey
from firmware_sim.gbcs.roles import RemotePartyRole


async def play_compromise(state: DrillState, step: CompromiseStep, log: StepLog) -> None:
    """From here on the attacker has a copy of the key."""
    at = state.clock.time
    name = words.role_key(step.role, step.generation)
    is_root = step.role is RemotePartyRole.ROOT
    kind = events.RelevantKeyKind.ISSUER if is_root else events.RelevantKeyKind.DEVICE_CREDENTIAL
    compromise = events.Compromise(name, kind, step.certainty, at, step.reporter)
    state.compromises.append(compromise)
    state.participants.steal(step.role, step.generation, at, step.found)
    text = f"{words.fallen(compromise)}: {step.found} [SEC L10.30(c)({kind})]"
    state.ledger.governance(at, GovernanceEvent.COMPROMISE, text)
    copied = f"the attacker in this drill has a copy of {name}"
    state.ledger.governance(at, GovernanceEvent.COPY, copied)
    log.find(
        None, StepFinding("Compromise put on record", passed=True, actual=words.fallen(compromise))
    )


async def play_notify(state: DrillState, step: NotifyStep, log: StepLog) -> None:
    """Only the DCC's notice to the SMKI PMA concerns the gate; all are recorded."""
    compromise = _latest(state)
    for recipient in step.to:
        notification = events.Notification(compromise, step.sender, recipient, state.clock.time)
        if (step.sender, recipient) == (events.Body.DCC, events.Body.SMKI_PMA):
            state.gate.notify(notification)
        text = words.notice(compromise, step.sender, recipient)
        state.ledger.governance(state.clock.time, GovernanceEvent.NOTIFICATION, text)
    notified = words.recipients(step.to)
    log.find(None, StepFinding("all named bodies were notified", passed=True, actual=notified))


async def play_meet(state: DrillState, step: MeetStep, log: StepLog) -> None:
    """The meeting stays in session until the next one."""
    state.meeting = Meeting.of(*step.present, minutes=f"minutes of {step.name}")
    problem = ""
    try:
        state.meeting.require_quorum()
    except GateError as error:
        problem = str(error)
    has_quorum = "no quorum" if problem else "quorum"
    text = words.meeting(step.present, has_quorum=not problem)
    state.ledger.governance(state.clock.time, GovernanceEvent.MEETING, text)
    finding = StepFinding(
        "quorum of the SMKI PMA", has_quorum == step.expect, step.expect, has_quorum, problem
    )
    _find_of_bench(log, finding)


async def play_decide(state: DrillState, step: DecideStep, log: StepLog) -> None:
    """A decision, or the gate's refusal of one."""
    if state.meeting is None:
        raise BenchError("no meeting has been called", "put a meet step before decide")
    compromise, problem = _latest(state), ""
    try:
        state.decision = state.gate.decide(
            state.meeting, compromise, step.outcome, state.clock.time
        )
    except GateError as error:
        problem = str(error)
    else:
        state.ledger.account(_told(state.decision.decision, step.grounds))
    actual = "refused" if problem else "decided"
    text = words.decision(step.outcome, step.grounds)
    if problem:
        text = f"proposed: {text}; but no decision is possible, for {problem}"
    event = GovernanceEvent.DECISION_REFUSED if problem else GovernanceEvent.DECISION
    state.ledger.governance(state.clock.time, event, text)
    name = "decision of the SMKI PMA"
    _find_of_bench(log, StepFinding(name, actual == step.expect, step.expect, actual, problem))


async def play_ask_custody(state: DrillState, step: AskCustodyStep, log: StepLog) -> None:
    """Custody must refuse; that it does not is the bench's error, not a device's."""
    decision = state.decision or _decision_of_another_gate(state, step.use)
    problem = ""
    try:
        _ask(state, step.use, decision)
    except BenchError as error:
        if not any(not event.allowed for event in state.custody.events[-1:]):
            raise  # not a refusal: something else went wrong
        problem = str(error)
    actual = "refused" if problem else "granted"
    name = f"custody guards {words.custody_key(step.use)}"
    _find_of_bench(log, StepFinding(name, bool(problem), "refused", actual, problem))


async def play_report(state: DrillState, step: ReportStep, log: StepLog) -> None:
    """DCC's account of what was done (SEC L10.3)."""
    commands, devices = state.ledger.commands_sent(state.under_custody)
    text = (
        f"{step.title}: {count(commands, 'command')} under a protected key went to "
        f"{count(devices, 'device')}, of {count(len(state.contacts), 'device')} in the drill"
    )
    state.ledger.governance(state.clock.time, GovernanceEvent.STEP_REPORT, text)
    log.find(None, StepFinding("report to the SMKI PMA", passed=True, actual=text))


def _told(decision: Decision, grounds: Sequence[str]) -> DecisionScope:
    opened = tuple(sorted(str(key) for key in PERMITS[decision.outcome]))
    return DecisionScope(
        scope={"outcome": (decision.outcome.value,), "keys": opened},
        factors={"grounds": "; ".join(grounds)},
        guidance=decision.guidance_version,
    )


def _ask(state: DrillState, key: CustodyKey, decision: VerifiedDecision) -> None:
    custody, at, octets = state.custody, state.clock.time, b"a command without a decision"
    if key is CustodyKey.RECOVERY:
        custody.sign_recovery(decision, octets, at=at)
    elif key is CustodyKey.CONTINGENCY:
        custody.sign_contingency(decision, octets, at=at)
    else:
        custody.release_symmetric_key(decision, at=at)


def _decision_of_another_gate(state: DrillState, key: CustodyKey) -> VerifiedDecision:
    """A decision in due form that the SMKI PMA never took: another gate gave it."""
    at, gate = state.clock.time, DecisionGate()
    compromise = events.Compromise(
        "some key",
        events.RelevantKeyKind.ISSUER,
        events.Certainty.SUSPECTED,
        at,
        events.Body.DCC,
    )
    notification = events.Notification(compromise, events.Body.DCC, events.Body.SMKI_PMA, at)
    gate.notify(notification)
    meeting = Meeting.of(*Office, minutes="minutes of no meeting")
    # The outcome fits the key, so that nothing but the gate can be what refuses.
    outcome = next(outcome for outcome, opened in PERMITS.items() if key in opened)
    return gate.decide(meeting, compromise, outcome, at)


def _latest(state: DrillState) -> events.Compromise:
    if not state.compromises:
        raise BenchError("nothing is compromised yet", "put a compromise step first")
    return state.compromises[-1]


def _find_of_bench(log: StepLog, finding: StepFinding) -> None:
    """The gate and custody are ours: where they fail, no device is to blame."""
    verdict = Verdict.PASSED if finding.passed else Verdict.ERROR
    log.check(None, finding.name, verdict, finding.expected, finding.actual, finding.reason)
