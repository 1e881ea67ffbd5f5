"""The devices of a drill as an estate: what Relevant Devices are computed from.

The estate at the start says whose the devices are, and their SMI Status. What cells hold changes
while the story is played, and is kept by the drill.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.population.estate import CellData, Estate, EstateDevice, HeldData, owner_of
from firmware_sim.bench.population.schema import DCC, NETWORK_OPERATOR, SUPPLIER
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId

Filled = Mapping[TrustAnchorCellId, Credential]


def estate_now(
    start: Estate, held: Mapping[EntityId, Filled], believed: Mapping[EntityId, Filled]
) -> Estate:
    """The estate at this moment of a drill.

    Args:
        start: as it was before the first step.
        held: what the cells of each device hold.
        believed: what the parties think that they hold.
    """

    def now(device: EstateDevice) -> EstateDevice:
        entity = device.entity_id
        return replace(device, holds=data_of(held[entity]), believed=data_of(believed[entity]))

    return start.changed(now)


def data_of(filled: Filled) -> CellData:
    """Whose certificate each cell of one device holds, and which authority issued it."""
    root = filled.get(ROOT_CELL)
    under = 1 if root is None else root.generation
    return {cell: _held(credential, under) for cell, credential in filled.items()}


def credentials_of(data: CellData) -> dict[TrustAnchorCellId, Credential]:
    """The same as a drill keeps it."""
    return {cell: _credential(held) for cell, held in data.items()}


@lru_cache(maxsize=1 << 12)
def _held(credential: Credential, root: int) -> HeldData:
    """New keys are certified under the root that the device has; old ones never under a new one."""
    issued_for, generation, organisation = credential
    owner = organisation or owner_of(issued_for.role, SUPPLIER, NETWORK_OPERATOR)
    return HeldData(owner, issued_for, generation, min(generation, root))


@lru_cache(maxsize=1 << 12)
def _credential(data: HeldData) -> Credential:
    organisation = "" if data.organisation == DCC else data.organisation
    return Credential(data.issued_for, data.generation, organisation)
