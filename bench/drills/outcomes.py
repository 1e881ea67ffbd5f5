"""At the end of a drill: what became of each device, told one by one."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from firmware_sim.bench.drills.exposed import holds_fallen
from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome
from firmware_sim.bench.evidence.database import iso
from firmware_sim.gbcs.identifiers import EntityId


class _Fated(NamedTuple):
    entity: EntityId
    fate: DeviceFate
    is_outstanding: bool


def tell_outcomes(state: DrillState) -> None:
    """Of the Relevant Devices of every Recovery Event.

    Without one, of all that were updated, and then of those too that still trust a key that fell.

    A device is outstanding if the story's links keep it out of reach, or a stopped step left it
    out.
    """
    suppliers = {
        each.entity_id: each.responsible_supplier
        for case in state.procedure.cases
        if case.event is not None
        for each in case.relevant or ()
    }
    conditions = state.conditions
    left = conditions.exposed if conditions.updated else ()
    cut_off = conditions.unreachable
    chosen = suppliers or {*conditions.updated, *conditions.overtaken, *cut_off, *left}
    with state.ledger.together():
        for each in _fates(state):
            if each.entity in chosen:
                at = recovered_at(state, each.entity)
                outcome = DeviceOutcome(
                    device=str(each.entity),
                    outcome=each.fate.value,
                    outstanding=each.is_outstanding,
                    responsible_supplier=suppliers.get(each.entity, ""),
                    recovered_at=None if at is None else iso(at),
                    exposed=each.entity in conditions.exposed,
                )
                state.ledger.account(outcome)


def fate_of(state: DrillState, entity: EntityId) -> DeviceFate:
    """What became of one device so far."""
    conditions = state.conditions
    if conditions.overtaken.get(entity):
        return DeviceFate.LOST
    fate = conditions.fate(entity)
    if fate is DeviceFate.RECOVERED and holds_fallen(state, entity):
        return DeviceFate.FAILED  # its cells were replaced, and hold what fell all the same
    is_cut_off = entity in conditions.unreachable
    return DeviceFate.UNREACHABLE if fate is DeviceFate.NOT_ASKED and is_cut_off else fate


def recovered_at(state: DrillState, entity: EntityId) -> datetime | None:
    """When a device was recovered after a Compromise; None if it was not, or needed not be."""
    is_recovered = fate_of(state, entity) is DeviceFate.RECOVERED
    return state.conditions.recovered.get(entity) if is_recovered else None


def _fates(state: DrillState) -> Iterator[_Fated]:
    left_out = state.conditions.left_out
    for contact in state.contacts:
        fate = fate_of(state, contact.entity_id)
        waits = fate is DeviceFate.NOT_ASKED and contact.entity_id in left_out
        yield _Fated(contact.entity_id, fate, waits or fate is DeviceFate.UNREACHABLE)
