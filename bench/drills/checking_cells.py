"""Whether the devices of a story have the cells that it names, and parties the certificates."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from firmware_sim.bench.drills.ownership import Holder
from firmware_sim.bench.drills.selection import (
    ALL,
    asking_cell,
    idle_selectors,
    selected_cells,
    selects,
)
from firmware_sim.bench.drills.story import ReadBackStep, Story, UpdateStep
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.simulated.premises import HOME
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.bench.smki.parameters import GENERATIONS, PARTY_CELLS
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, RemotePartyRole, TrustAnchorCellId

Found = tuple[Location, str]
Cells = dict[DeviceType, frozenset[TrustAnchorCellId]]

_CERTIFIED: Final = {ROOT_CELL, *PARTY_CELLS}


def provision_mistakes(story: Story, policy: Policy) -> Iterator[Found]:
    """Cells that cannot be provisioned so."""
    for number, entry in enumerate(story.provision):
        cells = _cells(story, entry.devices, policy)
        place = ("provision", number)
        selectors = list(enumerate(entry.cells))
        for path, text in _idle(selectors, cells):
            yield (*place, "cells", *path), text
        for at, selector in selectors:
            if selector != ALL and selects(selector, ROOT_CELL):
                text = "every device leaves the factory with the first root"
                yield (*place, "cells", at), f"{text}; leave the root cell out of provision"
        held = selected_cells(entry.cells, _all(cells))
        for path, text in _holder(story, entry.holder, held):
            yield (*place, *path), text
        for text in _no_generation(story, entry.holder, held, entry.generation):
            yield (*place, "generation"), text


def update_mistakes(story: Story, step: UpdateStep, policy: Policy) -> Iterator[Found]:
    """Cells that no device in the step has, or for which no such certificate exists."""
    present = _cells(story, step.devices, policy)
    rule = REPLACEMENT_RULES[step.mode]
    addressed = {
        kind: cells
        for kind, cells in present.items()
        if rule.authorising_cell(kind) in cells and selected_cells(step.cells, cells)
    }
    cells = addressed or present
    for path, text in _idle(list(enumerate(step.cells)), cells):
        yield ("cells", *path), text
    chosen = selected_cells(step.cells, _all(cells))
    yield from _holder(story, step.holder, chosen)
    for text in _no_generation(story, step.holder, chosen, step.install):
        yield ("install",), text


def read_back_mistakes(story: Story, step: ReadBackStep, policy: Policy) -> Iterator[Found]:
    """The same of what cells are said to hold."""
    present = _cells(story, step.devices, policy)
    asking = asking_cell(step.role)
    addressed = {kind: cells for kind, cells in present.items() if asking in cells}
    cells = addressed or present
    for path, text in _idle([(each, each) for each in step.holding], cells):
        yield ("holding", *path), text
    for selector, held in step.holding.items():
        chosen = selected_cells([selector], _all(cells))
        for path, text in _holder(story, held.holder, chosen):
            yield ("holding", selector, *path), text
        for text in _no_generation(story, held.holder, chosen, held.generation):
            yield ("holding", selector), text


def _cells(story: Story, devices: Collection[DeviceType], policy: Policy) -> Cells:
    return {
        kind: frozenset(profile_of(kind, policy).cells)
        for kind in HOME
        if (not story.devices or kind in story.devices) and (not devices or kind in devices)
    }


def _all(cells: Cells) -> frozenset[TrustAnchorCellId]:
    return frozenset[TrustAnchorCellId]().union(*cells.values())


def _idle(selectors: Iterable[tuple[int | str, str]], cells: Cells) -> Iterator[Found]:
    """Selectors that mean no cell of any device concerned: a statement that would always hold."""
    there = _all(cells)
    if not cells:
        return  # the step concerns no device, which a run reports as such
    kinds = ", ".join(kind.name for kind in cells)
    for place, selector in selectors:
        if idle_selectors([selector], there):
            yield (place,), f"no device concerned has a cell {selector!r} (concerned: {kinds})"


def _holder(
    story: Story, holder: Holder | None, cells: Iterable[TrustAnchorCellId]
) -> Iterator[Found]:
    """Cells for which that party has no certificate."""
    role = _role(story, holder)
    without = [
        cell for cell in cells if Credential.in_cell(cell, 1, role).issued_for not in _CERTIFIED
    ]
    if role is not None and without:
        name = holder if isinstance(holder, str) else role.label
        listed = ", ".join(map(str, without))
        yield ("holder",), f"{name} has no certificate with the key usage of {listed}"


def _no_generation(
    story: Story, holder: Holder | None, cells: Iterable[TrustAnchorCellId], generation: int
) -> Iterator[str]:
    """Cells for which the drill's PKI has no certificate of that generation."""
    role, last = _role(story, holder), GENERATIONS[-1]
    meant = dict.fromkeys(Credential.in_cell(cell, 1, role).issued_for for cell in cells)
    dccs = [cell for cell in meant if cell.role not in story.effective_population.organisations]
    if generation > last and dccs:
        listed = ", ".join(map(str, dccs))
        yield f"the DCC has {last} generations of {listed} in a drill, not {generation}"


def _role(story: Story, holder: Holder | None) -> RemotePartyRole | None:
    return story.effective_population.role_of(holder) if isinstance(holder, str) else holder
