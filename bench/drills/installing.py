"""Which credentials a step of a story means, at each device that it is about."""

from collections.abc import Iterable

from firmware_sim.bench.drills.held_terms import Held
from firmware_sim.bench.drills.ownership import Holder
from firmware_sim.bench.drills.selection import asking_cell
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.errors import BenchError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId


def installed_at(
    state: DrillState, step: UpdateStep, entity: EntityId, cells: Iterable[TrustAnchorCellId]
) -> dict[TrustAnchorCellId, Credential]:
    """What a command puts into cells of a device.

    Raises:
        BenchError: such a certificate has not been issued to any organisation that could be meant.
    """
    return {
        cell: _meant(state, entity, cell, step.install, step.holder, literal=step.stolen)
        for cell in cells
    }


def held_as_said(
    state: DrillState, entity: EntityId, cell: TrustAnchorCellId, said: Held
) -> Credential:
    """What a story says that a cell of a device must hold.

    Raises:
        BenchError: as for `installed_at`.
    """
    return _meant(state, entity, cell, said.generation, said.holder)


def sender_at(state: DrillState, step: SendingStep, entity: EntityId) -> tuple[str, int]:
    """The organisation that speaks to a device in a step, and the generation of its keys.

    Raises:
        BenchError: no organisation in the role has keys of that generation.
    """
    name = step.party or state.ownership.party(step.by, entity)
    is_literal = step.party is not None or not state.ownership.is_issued(step.by)
    if step.stolen or is_literal:
        return name, step.credentials
    cell = asking_cell(step.by)
    return name, state.issued.up_to(name, cell, step.credentials, state.clock.time)


def _meant(
    state: DrillState,
    entity: EntityId,
    cell: TrustAnchorCellId,
    generation: int,
    holder: Holder | None,
    *,
    literal: bool = False,
) -> Credential:
    found = state.ownership.credential(entity, cell, generation, holder)
    issued_for, _, name = found
    if not state.ownership.is_issued(issued_for.role):
        return found
    at = state.clock.time
    if literal or isinstance(holder, str):
        if not state.issued.exists(name, issued_for, generation, at):
            raise BenchError(
                f"{name} has not been issued {issued_for} of generation {generation} yet",
                "put an issue step before",
            )
        return found
    return found._replace(generation=state.issued.up_to(name, issued_for, generation, at))
