"""Answers that were recorded, opened with keys of before or of now."""

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.addressing import wanted_devices
from firmware_sim.bench.drills.installing import sender_at
from firmware_sim.bench.drills.key_users import key_user
from firmware_sim.bench.drills.state import DrillState, RecordedAnswer
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.use_findings import OPENED, USED, unreadable, used
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId


def open_recorded(state: DrillState, step: UseStep, log: StepLog) -> None:
    """Answers of before, once more: what was recorded stays readable for whoever gets the key."""
    recorded = state.answers.get(step.kept or "", {})
    for contact in wanted_devices(state, step):
        if contact.entity_id not in recorded:
            continue
        finding = _opened(state, step, recorded[contact.entity_id], contact)
        if step.stolen:
            _tell_thiefs(state, step, recorded[contact.entity_id], finding)
        # That a key opens no answer of its own time is our fault; that another opens it, the
        # device's.
        wrong = Verdict.FAILED if step.expect == "unreadable" else Verdict.ERROR
        verdict = Verdict.PASSED if finding.passed else wrong
        name, _, expected, actual, reason = finding
        log.check(contact, f"recorded answer: {name}", verdict, expected, actual, reason)


def _opened(
    state: DrillState, step: UseStep, recorded: RecordedAnswer, contact: DeviceContact
) -> StepFinding:
    user, answer = key_user(state, step, contact), parse_message(recorded.octets)
    if step.expect == "unreadable":
        return unreadable(user, recorded.command, answer, contact)
    try:
        return used(user, user.check(recorded.octets, recorded.command, contact), contact)
    except RemoteError as error:
        return StepFinding(USED, False, "done", "not read", str(error))


def _tell_thiefs(
    state: DrillState, step: UseStep, recorded: RecordedAnswer, finding: StepFinding
) -> None:
    """The attacker tried, and may have read: whatever the story expects of it."""
    uses, contact = state.conditions.stolen_uses, recorded.contact
    uses.openings += 1
    is_read = finding.passed == (step.expect != "unreadable")
    if is_read or finding.actual == OPENED:
        uses.opened(contact, recorded.at, late=not _is_held(state, step, contact))


def _is_held(state: DrillState, step: UseStep, contact: DeviceContact) -> bool:
    """Whether the device still holds the key with which the step opens."""
    held = state.held[contact.entity_id].get(TrustAnchorCellId(step.role, KeyUsage.KEY_AGREEMENT))
    if held is None:
        return False
    role, entity = held.issued_for.role, contact.entity_id
    whose = held.organisation or state.ownership.party(role, entity)
    return (role, whose, held.generation) == (step.by, *sender_at(state, step, entity))
