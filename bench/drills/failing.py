"""The play of the steps about a supplier that fails."""

from typing import Final

from firmware_sim.bench.drills.failure_steps import (
    Delayed,
    DelayStep,
    EndDelayStep,
    RevokeStep,
    StandInStep,
    SupplierFailsStep,
    TransferStep,
)
from firmware_sim.bench.drills.failures import FailedSupplier
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.use_terms import TOP_UP, USE_CASES
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count, several
from firmware_sim.bench.governance.committee import GateError

REVOCATION_RULE: Final = (
    "without a decision of the SMKI PMA the certificates of a supplier that has failed are revoked "
    "as soon as a step says so, and the DCC passes nothing on under a revoked certificate"
)
"""An assumption, to be printed: the public sources name no time for it."""


_WHAT: Final = {
    Delayed.REVOCATION: "the revocation of certificates",
    Delayed.TRANSFER: "the transfer of identifiers",
}


async def play_supplier_fails(state: DrillState, step: SupplierFailsStep, log: StepLog) -> None:
    """From here on nobody runs its systems; its keys are what they were."""
    if step.party not in state.failures.failed:
        state.failures.failed[step.party] = FailedSupplier()
        state.record(GovernanceEvent.ASSUMPTION, REVOCATION_RULE)
    text = f"{step.party} fails: {step.how}; its keys still exist, and nobody uses them"
    state.record(GovernanceEvent.SUPPLIER_FAILURE, text)
    log.find(None, StepFinding("failure of the supplier put on record", True, actual=step.how))


async def play_delay(state: DrillState, step: DelayStep, log: StepLog) -> None:
    """The SMKI PMA has something wait, if its meeting can decide it."""
    problem = _not_in_session(state)
    if not problem:
        _failed(state, step.party).delayed.update(step.delays)
    _tell_decision(state, log, step, problem)


async def play_end_delay(state: DrillState, step: EndDelayStep, log: StepLog) -> None:
    """The SMKI PMA lets it go on."""
    problem = _not_in_session(state)
    if not problem:
        _failed(state, step.party).delayed.difference_update(step.delays)
    _tell_decision(state, log, step, problem)


async def play_stand_in(state: DrillState, step: StandInStep, log: StepLog) -> None:
    """The shared resource provider acts with the failed supplier's keys."""
    failed, problem = _failed(state, step.party), ""
    if failed.is_revoked:
        problem = f"the certificates of {step.party} are revoked"
    elif Delayed.REVOCATION not in failed.delayed:
        problem = f"nothing keeps the certificates of {step.party} from being revoked [MP134A]"
    else:
        failed.provider = step.provider
        text = f"{step.provider} runs the systems of {step.party}, and acts with its keys [MP134A]"
        state.record(GovernanceEvent.SUPPLIER_FAILURE, text)
    _judge(log, "a shared resource provider stands in", step.expect, problem)


async def play_transfer(state: DrillState, step: TransferStep, log: StepLog) -> None:
    """The devices that are meant are another supplier's from now on, as the DCC has it."""
    failed, problem = _failed(state, step.party), ""
    if Delayed.TRANSFER in failed.delayed:
        problem = "the SMKI PMA has the transfer wait [MP185]"
    else:
        meant = [
            each.entity_id
            for each in state.contacts
            if state.ownership.is_at(each.entity_id, step.party)
            and (not step.devices or each.device_type in step.devices)
        ]
        state.failures.registered.update(dict.fromkeys(meant, step.to))
        text = f"the identifiers of {count(len(meant), 'device')} go from {step.party} to {step.to}"
        state.record(GovernanceEvent.SUPPLIER_FAILURE, text)
    _judge(log, "transfer of identifiers", step.expect, problem)


async def play_revoke(state: DrillState, step: RevokeStep, log: StepLog) -> None:
    """From here on the DCC passes nothing on in the failed supplier's name."""
    failed, problem = _failed(state, step.party), ""
    if Delayed.REVOCATION in failed.delayed:
        problem = "the SMKI PMA has the revocation wait [MP134A]"
    else:
        failed.is_revoked = True
        text = f"the certificates of {step.party} are revoked; no device is told"
        state.record(GovernanceEvent.SUPPLIER_FAILURE, text)
    _judge(log, "revocation", step.expect, problem)


def tell_failures(state: DrillState) -> None:
    """At the end: what is still listed with whoever stands in, and which of it tops up."""
    for name, failed in state.failures.failed.items():
        listed = [
            each
            for each in state.contacts
            if any(held.organisation == name for held in state.held[each.entity_id].values())
        ]
        meters = sum(each.device_type in USE_CASES[TOP_UP] for each in listed)
        whom = failed.provider or "nobody"
        text = (
            f"certificates of {name} still stand in the cells of {count(len(listed), 'device')}, "
            f"{count(meters, 'meter')} of prepayment customers among them: listed with {whom}"
        )
        state.record(GovernanceEvent.SUPPLIER_FAILURE, text)


def _failed(state: DrillState, name: str) -> FailedSupplier:
    failed = state.failures.failed.get(name)
    if failed is None:
        raise BenchError(f"{name} has not failed", "put a step `supplier fails` before it")
    return failed


def _not_in_session(state: DrillState) -> str:
    """Why the SMKI PMA cannot decide now; empty if it can."""
    meeting = state.procedure.meeting
    if meeting is None:
        return "no meeting has been called [SEC L1.13]"
    try:
        meeting.require_open(state.clock.time)
        meeting.require_quorum()
    except GateError as error:
        return str(error)
    return ""


def _tell_decision(
    state: DrillState, log: StepLog, step: DelayStep | EndDelayStep, problem: str
) -> None:
    text = f"the SMKI PMA {delayed(step)}"
    event = GovernanceEvent.DECISION_REFUSED if problem else GovernanceEvent.SUPPLIER_FAILURE
    state.record(event, f"proposed: {text}; but {problem}" if problem else text)
    _judge(log, "decision of the SMKI PMA", step.expect, problem)


def delayed(step: DelayStep | EndDelayStep) -> str:
    """What the SMKI PMA decides about a delay, as the end of a sentence."""
    what = several([_WHAT[each] for each in step.delays])
    if isinstance(step, DelayStep):
        return f"has {what} of {step.party} wait: {step.why}"
    return f"lets {what} of {step.party} go on: {step.why}"


def _judge(log: StepLog, name: str, wanted: str, problem: str) -> None:
    actual = "refused" if problem else "done"
    reason = problem or ("" if wanted == actual else "nothing kept it from being done")
    log.find(None, StepFinding(name, wanted == actual, wanted, actual, reason))
