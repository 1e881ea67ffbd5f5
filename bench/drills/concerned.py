"""Which devices and cells a step is about, as far as the story alone tells."""

from collections.abc import Collection, Mapping

from firmware_sim.bench.drills.selection import asking_cell, selected_cells
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import asked_cell
from firmware_sim.bench.dut.simulated.premises import HOME
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId

Cells = Mapping[DeviceType, frozenset[TrustAnchorCellId]]


def present_cells(story: Story, policy: Policy, devices: Collection[DeviceType] = ()) -> Cells:
    """The cells of each device of a home that takes part, in the order of a home.

    Args:
        devices: only these types; none for all.
    """
    return {
        kind: frozenset(profile_of(kind, policy).cells)
        for kind in HOME
        if (not story.devices or kind in story.devices) and (not devices or kind in devices)
    }


def authorised_cells(story: Story, step: SendingStep, policy: Policy) -> Cells:
    """Those of `present_cells` whose device holds the cell by which it checks the command."""
    present = present_cells(story, policy, step.devices)
    if isinstance(step, UpdateStep) and step.absent:
        return present
    return {kind: held for kind, held in present.items() if authorising(step, kind) in held}


def authorising(step: SendingStep, kind: DeviceType) -> TrustAnchorCellId | None:
    """The cell with which a device of that type checks what a step sends.

    None if the role cannot have such a device do what the step says.
    """
    if isinstance(step, UpdateStep):
        return REPLACEMENT_RULES[step.mode].authorising_cell(kind)
    if isinstance(step, UseStep):
        return asked_cell(step.what, kind, step.role)
    return asking_cell(step.role)


def aimed_at(
    step: UpdateStep, cells: Collection[TrustAnchorCellId]
) -> tuple[TrustAnchorCellId, ...]:
    """The cells that a command names to a device which has `cells`."""
    return selected_cells(step.cells, PARTY_CELLS if step.absent else cells)


def addressed_cells(story: Story, step: SendingStep, policy: Policy) -> Cells:
    """Those of `authorised_cells` to which a command goes; of an update, what it replaces."""
    held = authorised_cells(story, step, policy)
    if not isinstance(step, UpdateStep):
        return held
    meant = {kind: frozenset(aimed_at(step, cells)) for kind, cells in held.items()}
    return {kind: cells for kind, cells in meant.items() if cells}
