"""The steps in which people act: compromise, notification, meeting, decision, custody, report."""

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.evidence import Evidence, Finding
from firmware_sim.bench.drills.state import Scene
from firmware_sim.bench.drills.story import AskCustody, Compromise, Decide, Meet, Notify, Report
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance import compromise as events
from firmware_sim.bench.governance.committee import GateError, Meeting, Office
from firmware_sim.bench.governance.decision import DecisionGate, VerifiedDecision
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.smki.custody import PERMITS, CustodyAct, CustodyKey
from firmware_sim.gbcs.roles import RemotePartyRole


async def play_compromise(scene: Scene, step: Compromise, evidence: Evidence) -> None:
    """The key is in other hands from here on."""
    at = scene.clock.time
    name = words.role_key(step.role, step.generation)
    is_root = step.role is RemotePartyRole.ROOT
    kind = events.RelevantKeyKind.ISSUER if is_root else events.RelevantKeyKind.DEVICE_CREDENTIAL
    compromise = events.Compromise(name, kind, step.certainty, at, step.reporter)
    scene.compromises.append(compromise)
    scene.cast.steal(step.role, step.generation, at, step.found)
    text = f"{words.fallen(compromise)}: {step.found} [SEC L10.30(c)({kind})]"
    scene.ledger.governance(at, GovernanceEvent.COMPROMISE, text)
    copied = f"the attacker in this drill has a copy of {name}"
    scene.ledger.governance(at, GovernanceEvent.COPY, copied)
    evidence.find(
        None, Finding("Compromise put on record", passed=True, actual=words.fallen(compromise))
    )


async def play_notify(scene: Scene, step: Notify, evidence: Evidence) -> None:
    """Only the DCC's notice to the SMKI PMA concerns the gate; all are recorded."""
    compromise = _latest(scene)
    for recipient in step.to:
        notification = events.Notification(compromise, step.sender, recipient, scene.clock.time)
        if (step.sender, recipient) == (events.Body.DCC, events.Body.SMKI_PMA):
            scene.gate.notify(notification)
        text = words.notice(compromise, step.sender, recipient)
        scene.ledger.governance(scene.clock.time, GovernanceEvent.NOTIFICATION, text)
    told = words.recipients(step.to)
    evidence.find(None, Finding("everybody named was told", passed=True, actual=told))


async def play_meet(scene: Scene, step: Meet, evidence: Evidence) -> None:
    """The meeting stays in session until the next one."""
    scene.meeting = Meeting.of(*step.present, minutes=f"minutes of {step.name}")
    problem = ""
    try:
        scene.meeting.require_quorum()
    except GateError as error:
        problem = str(error)
    has_quorum = "no quorum" if problem else "quorum"
    text = words.meeting(step.present, has_quorum=not problem)
    scene.ledger.governance(scene.clock.time, GovernanceEvent.MEETING, text)
    finding = Finding(
        "quorum of the SMKI PMA", has_quorum == step.expect, step.expect, has_quorum, problem
    )
    _find_of_bench(evidence, finding)


async def play_decide(scene: Scene, step: Decide, evidence: Evidence) -> None:
    """A decision, or the gate's refusal of one."""
    if scene.meeting is None:
        raise BenchError("no meeting has been called", "put a meet step before decide")
    compromise, problem = _latest(scene), ""
    try:
        scene.decision = scene.gate.decide(
            scene.meeting, compromise, step.outcome, scene.clock.time
        )
    except GateError as error:
        problem = str(error)
    actual = "refused" if problem else "decided"
    text = words.decision(step.outcome, step.grounds)
    if problem:
        text = f"proposed: {text}; but no decision is possible, for {problem}"
    event = GovernanceEvent.DECISION_REFUSED if problem else GovernanceEvent.DECISION
    scene.ledger.governance(scene.clock.time, event, text)
    name = "decision of the SMKI PMA"
    _find_of_bench(evidence, Finding(name, actual == step.expect, step.expect, actual, problem))


async def play_ask_custody(scene: Scene, step: AskCustody, evidence: Evidence) -> None:
    """Custody must refuse; that it does not is the bench's error, not a device's."""
    decision = scene.decision or _nobodys_decision(scene, step.use)
    problem = ""
    try:
        _ask(scene, step.use, decision)
    except BenchError as error:
        if not any(not event.allowed for event in scene.custody.events[-1:]):
            raise  # not a refusal: something else went wrong
        problem = str(error)
    actual = "refused" if problem else "granted"
    name = f"custody guards {words.custody_key(step.use)}"
    _find_of_bench(evidence, Finding(name, bool(problem), "refused", actual, problem))


async def play_report(scene: Scene, step: Report, evidence: Evidence) -> None:
    """DCC's account of what was done (SEC L10.3)."""
    uses = sum(
        event.allowed and event.act is not CustodyAct.COMPROMISE for event in scene.custody.events
    )
    text = f"{step.title}: protected keys were used {uses} times, for {len(scene.contacts)} devices"
    scene.ledger.governance(scene.clock.time, GovernanceEvent.STEP_REPORT, text)
    evidence.find(None, Finding("report to the SMKI PMA", passed=True, actual=text))


def _ask(scene: Scene, key: CustodyKey, decision: VerifiedDecision) -> None:
    custody, at, octets = scene.custody, scene.clock.time, b"a command nobody decided on"
    if key is CustodyKey.RECOVERY:
        custody.sign_recovery(decision, octets, at=at)
    elif key is CustodyKey.CONTINGENCY:
        custody.sign_contingency(decision, octets, at=at)
    else:
        custody.release_symmetric_key(decision, at=at)


def _nobodys_decision(scene: Scene, key: CustodyKey) -> VerifiedDecision:
    """A decision in due form that the SMKI PMA never took: from a gate of one's own."""
    at, gate = scene.clock.time, DecisionGate()
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


def _latest(scene: Scene) -> events.Compromise:
    if not scene.compromises:
        raise BenchError("nothing is compromised yet", "put a compromise step first")
    return scene.compromises[-1]


def _find_of_bench(evidence: Evidence, finding: Finding) -> None:
    """The gate and custody are ours: where they fail, no device is to blame."""
    verdict = Verdict.PASSED if finding.passed else Verdict.ERROR
    evidence.check(None, finding.name, verdict, finding.expected, finding.actual, finding.reason)
