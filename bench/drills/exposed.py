"""When a device trusts neither a key that fell nor an attacker any more: then it is recovered."""

from datetime import datetime

from firmware_sim.bench.drills.conditions import Cells
from firmware_sim.bench.drills.drill_estate import data_of
from firmware_sim.bench.drills.fallen_keys import touched_cells
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.accounts.attacks import DeviceTaken
from firmware_sim.bench.evidence.database import iso
from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.gbcs.identifiers import EntityId


def holders(state: DrillState, key: FallenKey) -> frozenset[EntityId]:
    """Devices that hold a certificate of a key, or are believed to."""
    return frozenset(
        entity
        for cells in (state.held, state.believed)
        for entity, held in cells.items()
        if touched_cells(key, held)
    )


def attacker_replaced(state: DrillState, entity: EntityId, cells: Cells) -> None:
    """An attacker's command has replaced these cells of a device; none if it changed nothing."""
    if not cells:
        return
    state.conditions.tell_attack(entity, cells)
    state.ledger.account(DeviceTaken(device=str(entity), at=iso(state.clock.time)))


def party_replaced(state: DrillState, entity: EntityId, cells: Cells, at: datetime) -> None:
    """A party has replaced these cells of a device, and `held` and `believed` say with what.

    Args:
        at: when that was known, by the drill's clock.
    """
    conditions = state.conditions
    conditions.give_back(entity, cells, at)
    if entity in conditions.exposed and not _is_exposed(state, entity):
        conditions.recover(entity, at)


def holds_fallen(state: DrillState, entity: EntityId) -> bool:
    """Whether what fell may stand in a cell, of a Compromise with a Recovery Event."""
    fallen = [each.key for each in state.procedure.cases if each.event is not None]
    return any(key is not None and _holds(state, entity, key) for key in fallen)


def _holds(state: DrillState, entity: EntityId, key: FallenKey) -> bool:
    filled = (data_of(cells[entity]) for cells in (state.held, state.believed))
    return any(key.compromises(data) for cells in filled for data in cells.values())


def _is_exposed(state: DrillState, entity: EntityId) -> bool:
    """Whether an attacker's certificate, or one of a key that fell, may stand in a cell."""
    if state.conditions.overtaken.get(entity):
        return True
    fallen = [case.key for case in state.procedure.cases if case.key is not None]
    return any(_holds(state, entity, key) for key in fallen)
