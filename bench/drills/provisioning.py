"""The devices before the first step of a story: owners, contents of cells, and beliefs."""

from collections.abc import Mapping
from functools import partial

from firmware_sim.bench.drills.held_terms import Provision
from firmware_sim.bench.drills.ownership import Holder
from firmware_sim.bench.drills.selection import require_matches, selected_cells
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.simulated.premises import HOME, device_entity_id
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.run_info import InputText
from firmware_sim.bench.population.drawing import FactoryFilling, HomePlan, estate_of
from firmware_sim.bench.population.estate import Estate
from firmware_sim.bench.population.inventory import described_by
from firmware_sim.bench.population.schema import Population
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg

Filling = Mapping[TrustAnchorCellId, FactoryFilling]


def drill_estate(
    story: Story,
    premises: int,
    policy: Policy,
    *,
    seed: bytes,
    home_seed: bytes,
    inventory: InputText | None = None,
) -> Estate:
    """The devices that take part in a story.

    Args:
        seed: decides what chance takes.
        home_seed: as for `build_premises`; Entity Identifiers bear its mark.
        inventory: the text of the story's inventory.

    Raises:
        BenchError: an entry of `provision` means no cell of a device that takes part, or the root.
        UsageError: the population takes more devices than there are, the inventory is wrong, or it
            is not there and the story has one.
    """
    if (story.inventory is None) != (inventory is None):
        text = "its inventory is missing" if inventory is None else "it names no inventory"
        raise UsageError(f"the story {story.name}: {text}", "give the inventory that it names")
    if not premises:
        return Estate(())
    population = story.population or Population.of_one_each(premises)
    mark = HmacDrbg(home_seed, b"run").generate(2)
    estate = estate_of(
        population, home_plan(story, policy), partial(device_entity_id, mark=mark), seed
    )
    if inventory is None:
        return estate
    return described_by(inventory.text, inventory.origin, population, estate)


def home_plan(story: Story, policy: Policy) -> HomePlan:
    """What every home of a story has, and what its cells hold at first.

    Raises:
        BenchError: an entry of `provision` means no cell of a device that takes part, or the root.
    """
    cells = {
        kind: tuple(profile_of(kind, policy).cells)
        for kind in HOME
        if not story.devices or kind in story.devices
    }
    for entry in story.provision:
        concerned = [frozenset(held) for kind, held in cells.items() if _concerns(entry, kind)]
        require_matches(entry.cells, frozenset[TrustAnchorCellId]().union(*concerned))
    filled = {kind: _filling(story, kind, held) for kind, held in cells.items()}
    return HomePlan(cells, filled)


def _filling(story: Story, kind: DeviceType, cells: tuple[TrustAnchorCellId, ...]) -> Filling:
    """The cells that do not hold generation 1 of their own party; later entries decide."""
    filling = {
        cell: _factory(cell, entry.generation, entry.holder, story.effective_population)
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


def _factory(
    cell: TrustAnchorCellId, generation: int, holder: Holder | None, population: Population
) -> FactoryFilling:
    if isinstance(holder, str):
        found = Credential.in_cell(cell, generation, population.role_of(holder), holder)
    else:
        found = Credential.in_cell(cell, generation, holder)
    return FactoryFilling(*found)


def _concerns(entry: Provision, kind: DeviceType) -> bool:
    return not entry.devices or kind in entry.devices
