"""Updates that lack or forge what devices look at, though their step expects them to be accepted.

By the specification no device may take such a command: those that refuse it, or report a cell that
was not replaced, do right. What is not so is the story. Its later steps rest on a replacement that
cannot be, so the drill ends there.
"""

from typing import Final

from firmware_sim.bench.drills.command_result import CommandResult
from firmware_sim.bench.drills.omit_terms import due_expectation
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.evidence.wording import count, several
from firmware_sim.bench.outcome import Verdict

_NOT_TAKEN: Final = "a command that no device may take is not taken"
_EXPECTED: Final = "what the step expects of such a command"


def judge_spoilt(result: CommandResult, finding: StepFinding) -> StepFinding | None:
    """What is to be said of a device in place of what the step expects of it.

    Returns:
        None if the device said nothing by which it could be judged.
    """
    if finding.passed:
        return StepFinding(_NOT_TAKEN, False, "not taken", "taken", "the device took it")
    if result.refusal is None and result.response is None:
        return None
    return StepFinding(_NOT_TAKEN, True, "not taken", finding.reason or finding.actual)


def end_spoilt(step: UpdateStep, log: StepLog) -> None:
    """Say that the story expects what cannot be, and end it, once all devices were asked."""
    devices = {contact for contact, verdict, _ in log.verdicts
               if contact is not None and verdict is Verdict.PASSED}  # fmt: skip
    log.is_last = True
    if not devices:
        return
    reason = (
        f"{count(len(devices), 'device')} did not take the command {spoilt_by(step)}, as must be; "
        f"the step expects it to be accepted. {mend_spoilt(step)} What follows in the story was "
        "not played"
    )
    log.check(None, _EXPECTED, Verdict.FAILED, "accepted", "not taken", reason)


def spoilt_by(step: UpdateStep) -> str:
    """What is not in the command, or forged in it: `without its MAC, with a forged wrapped key`."""
    without = [f"without its {several(list(step.omit))}"] if step.omit else []
    forged = [f"with a forged {several(list(step.forge))}"] if step.forge else []
    return ", ".join(without + forged)


def mend_spoilt(step: UpdateStep) -> str:
    """What an author can write instead."""
    due = due_expectation(step.omit, step.forge)
    return f"If that is meant, write expect: {due}; if not, take omit or forge away."
