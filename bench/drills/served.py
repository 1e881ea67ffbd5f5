"""What the DCC passes on to devices in the name, or at the devices, of a supplier that has failed.

It looks at certificates and at who is registered before the Access Control Broker adds its MAC; a
device does neither. So what is not served here is sent to no device.
"""

from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import TOP_UP
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole

NOT_SERVED: Final = "not served"
_NAME: Final = "the DCC passes it on"


def served(
    state: DrillState, step: SendingStep, log: StepLog, contacts: list[DeviceContact]
) -> list[DeviceContact]:
    """Those to which the DCC passes a step's command on; of the others a check is recorded.

    What a device itself must refuse is sent past the DCC, as its own protection is to be seen.
    """
    wanted = getattr(step, "expect", None)
    if step.stolen or isinstance(wanted, RefusalExpected):
        return contacts
    passed = []
    for contact in contacts:
        why = _why_not(state, step, contact.entity_id)
        if wanted == NOT_SERVED:
            verdict = Verdict.PASSED if why else Verdict.FAILED
            reason = why or "the DCC would pass it on"
            log.check(contact, _NAME, verdict, "no", "no" if why else "yes", reason)
        elif why:
            log.check(contact, _NAME, Verdict.FAILED, "yes", "no", why)
        else:
            passed.append(contact)
        if why:
            topped_up_in_vain(state, step, contact.entity_id, why)
    return passed


def _why_not(state: DrillState, step: SendingStep, entity: EntityId) -> str:
    failures, ownership = state.failures, state.ownership
    if not failures.failed:
        return ""
    owner = ownership.party(RemotePartyRole.SUPPLIER, entity)
    if isinstance(step, UpdateStep) and _gives_away(step) and isinstance(step.holder, str):
        return failures.why_not_taken_over(owner, step.holder, entity)
    if step.by is not RemotePartyRole.SUPPLIER:
        return ""
    return failures.why_not_served(step.party or owner, entity)


def _gives_away(step: UpdateStep) -> bool:
    """Whether another than the supplier puts certificates into the supplier's cells."""
    is_by_cos = step.mode is ReplacementMode.SUPPLIER_BY_TRANS_COS
    return is_by_cos or step.acting is RemotePartyRole.SUPPLIER


def is_customers_top_up(step: SendingStep) -> bool:
    """Whether a step is one in which customers top up; a thief's is none."""
    return isinstance(step, UseStep) and step.what == TOP_UP and not step.stolen


def topped_up_in_vain(state: DrillState, step: SendingStep, entity: EntityId, why: str) -> None:
    """A customer's top-up came to nothing; of any other step nothing is noted."""
    if is_customers_top_up(step):
        state.gaps.tried(entity, state.clock.time, why)
