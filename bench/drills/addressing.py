"""Which devices a step sends to, before it is asked whether they have the cells."""

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.audit_step import FoundTerm
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.selection import ALL, selects
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.relevant_devices import RelevantDeviceSet
from firmware_sim.gbcs.identifiers import EntityId


def wanted_devices(state: DrillState, step: SendingStep) -> list[DeviceContact]:
    """The devices that a step is about by type, organisation, SMI Status, decision and audit.

    In a story with a population or an inventory, Recovery and Contingency send to Relevant Devices
    only: the DCC knows which they are. In every other all devices are meant, and custody refuses.

    Raises:
        BenchError: the step is about Relevant Devices, and they have not been taken yet.
    """
    organisation, relevant = step.whose_devices, _relevant(state, step)
    return [
        contact
        for contact in state.contacts
        if (not step.devices or contact.device_type in step.devices)
        and (organisation is None or state.ownership.is_at(contact.entity_id, organisation))
        and step.smi in (None, state.estate[contact.entity_id].smi_status)
        and (relevant is None or contact.entity_id in relevant)
        and (step.found is None or _was_found(state, step, step.found, contact.entity_id))
    ]


def _was_found(state: DrillState, step: SendingStep, term: FoundTerm, entity: EntityId) -> bool:
    """Whether an audit found it in a cell of the device that is meant."""
    cells = term.cells or (step.cells if isinstance(step, UpdateStep) else (ALL,))
    return any(
        finding.sort is term.sort
        and any(selects(selector, finding.cell) for selector in cells)
        and (term.holds is None or (finding.held and finding.held.organisation == term.holds))
        and term.believed in (None, finding.believed.organisation)
        for finding in state.audits.get(term.audit, {}).get(entity, ())
    )


def _relevant(state: DrillState, step: SendingStep) -> RelevantDeviceSet | None:
    is_custodys = step.role in IN_CUSTODY and not step.stolen
    usually = state.names_organisations and is_custodys
    if not (usually if step.relevant is None else step.relevant):
        return None
    case = state.case_of_decision()
    found = None if case is None else case.relevant
    if found is None and step.relevant:
        text = "no decision has said yet which devices are Relevant Devices"
        raise BenchError(text, "put a decide step before")
    return found
