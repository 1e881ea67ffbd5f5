"""What a story lets cells hold before its first step."""

from firmware_sim.bench.drills.selection import require_matches, selected_cells
from firmware_sim.bench.drills.story import Provision, Story
from firmware_sim.bench.dut.simulated.credential import Credential, Filling, Fillings
from firmware_sim.bench.dut.simulated.premises import HOME
from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, TrustAnchorCellId


def fillings_of(story: Story, policy: Policy) -> Fillings:
    """The cells that do not hold generation 1 of their own party, by device type.

    Later entries decide.

    Raises:
        BenchError: an entry means no cell of a device that takes part, or the root cell.
    """
    cells = {
        kind: frozenset(profile_of(kind, policy).cells)
        for kind in HOME
        if not story.devices or kind in story.devices
    }
    for entry in story.provision:
        concerned = [held for kind, held in cells.items() if _concerns(entry, kind)]
        require_matches(entry.cells, frozenset[TrustAnchorCellId]().union(*concerned))
    return {kind: _filling(story, kind, held) for kind, held in cells.items()}


def _filling(story: Story, kind: DeviceType, cells: frozenset[TrustAnchorCellId]) -> Filling:
    filling = {
        cell: Credential.in_cell(cell, entry.generation, entry.holder)
        for entry in story.provision
        if _concerns(entry, kind)
        for cell in selected_cells(entry.cells, cells)
    }
    if ROOT_CELL in filling:
        raise BenchError(
            "every device leaves the factory with the first root",
            "leave the root cell out of provision",
        )
    return filling


def _concerns(entry: Provision, kind: DeviceType) -> bool:
    return not entry.devices or kind in entry.devices
