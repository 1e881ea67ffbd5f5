"""Answers that were recorded, opened with keys of before or of now."""

from firmware_sim.bench.drills.addressing import wanted_devices
from firmware_sim.bench.drills.key_users import key_user
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.use_findings import USED, unreadable, used
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import parse_message


def open_recorded(state: DrillState, step: UseStep, log: StepLog) -> None:
    """Answers of before, once more: what was recorded stays readable for whoever gets the key."""
    recorded = state.answers.get(step.kept or "", {})
    for contact in wanted_devices(state, step):
        if contact.entity_id not in recorded:
            continue
        _, command, octets = recorded[contact.entity_id]
        user, answer = key_user(state, step, contact), parse_message(octets)
        if step.expect == "unreadable":
            finding = unreadable(user, command, answer, contact)
        else:
            try:
                finding = used(user, user.check(octets, command, contact), contact)
            except RemoteError as error:
                finding = StepFinding(USED, False, "done", "not read", str(error))
        # That a key opens no answer of its own time is our fault; that another opens it, the
        # device's.
        wrong = Verdict.FAILED if step.expect == "unreadable" else Verdict.ERROR
        verdict = Verdict.PASSED if finding.passed else wrong
        name, _, expected, actual, reason = finding
        log.check(contact, f"recorded answer: {name}", verdict, expected, actual, reason)
