"""A Recovery Event occurs: its Relevant Devices are taken, stay as they are, and are told."""

from typing import Final

from firmware_sim.bench.drills.drill_estate import estate_now
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.accounts.recovery_event import (
    AffectedDevice,
    RecoveryEvent,
    RelevantDevices,
)
from firmware_sim.bench.evidence.database import iso
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance.account import tell_relevant
from firmware_sim.bench.governance.book import EventRecord, EventType
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.relevant_devices import (
    Ground,
    RelevantDevice,
    RelevantDeviceSet,
    relevant_devices,
)

TOLD_ONE_BY_ONE: Final = 50
"""Relevant Devices with a line of their own in the record; a file of the run has them all."""


def take_relevant(state: DrillState, case: Case) -> None:
    """The Relevant Devices of a case as they are now. To be called before its Event only."""
    case.relevant = relevant_now(state, case)


def relevant_now(state: DrillState, case: Case) -> RelevantDeviceSet:
    """What the Relevant Devices of a case would be, if its Event occurred now."""
    if case.key is None:
        raise ValueError(f"the case {case.name} has no key")
    estate = estate_now(state.estate, state.held, state.believed)
    return relevant_devices(estate, case.key, state.clock.time)


def declare(
    state: DrillState, case: Case, event_type: EventType, evidence: tuple[str, ...] = ()
) -> None:
    """A Recovery Event occurs, about the Relevant Devices that were taken just before."""
    relevant = case.relevant
    if relevant is None:
        raise ValueError(f"the Relevant Devices of {case.name} were not taken")
    devices = frozenset(each.entity_id for each in relevant)
    key, at = case.compromise.key, state.clock.time
    case.event = event = EventRecord(event_type, at, key, devices, evidence, relevant.digest)
    state.procedure.book.events.append(event)
    state.ledger.account(RecoveryEvent(type=event_type, at=iso(at), evidence="; ".join(evidence)))
    state.ledger.account(_counted(relevant))
    if state.names_organisations:
        _tell_each(state, relevant)
    state.notices.event(case)
    _tell(state, relevant)
    clause = "L10.15(a), L10.15(b)" if event_type == "A" else "L10.16(a), L10.16(b)(i), L10.16(c)"
    said = f": {'; '.join(evidence)}" if evidence else ""
    state.record(
        GovernanceEvent.RECOVERY_EVENT,
        f"a Recovery Event of type {event_type} occurs, for {key}{said}",
        clause=f"SEC L10.14, {clause}",
    )


def _tell_each(state: DrillState, relevant: RelevantDeviceSet) -> None:
    with state.ledger.together():
        for each in relevant:
            state.ledger.account(
                AffectedDevice(
                    device=str(each.entity_id),
                    reason=each.ground.value,
                    cells=tuple(map(str, each.cells)),
                )
            )


def _tell(state: DrillState, relevant: RelevantDeviceSet) -> None:
    devices = count(len(relevant), "Relevant Device")
    text = f"{devices}, as they were just before the Event; SHA-256 of the set {relevant.digest}"
    state.record(GovernanceEvent.RELEVANT_DEVICES, text)
    for sentence in tell_relevant(relevant):
        state.record(GovernanceEvent.RELEVANT_DEVICES, sentence, clause="")
    for number, each in enumerate(relevant):
        if number == TOLD_ONE_BY_ONE:
            others = count(len(relevant) - number, "more Relevant Device")
            text = f"{others} in notices/relevant-devices.csv"
            state.record(GovernanceEvent.RELEVANT_DEVICES, text, clause="")
            break
        state.record(GovernanceEvent.RELEVANT_DEVICES, _line(each), clause="")


def _line(each: RelevantDevice) -> str:
    holds = each.ground is Ground.POPULATED
    why = "populated with data of" if holds else "believed to be populated with data of"
    cells = ", ".join(map(str, each.cells))
    return (
        f"{each.device_type.name} {each.entity_id} ({each.smi_status}, Responsible Supplier "
        f"{each.responsible_supplier}): {why} a compromised certificate in {cells}"
    )


def _counted(relevant: RelevantDeviceSet) -> RelevantDevices:
    grounds = [each.ground for each in relevant]
    types = [each.device_type.name for each in relevant]
    return RelevantDevices(
        total=len(relevant),
        populated=grounds.count(Ground.POPULATED),
        believed=grounds.count(Ground.BELIEVED),
        by_type={kind: types.count(kind) for kind in dict.fromkeys(types)},
    )
