"""Plays `update again`: the earlier step's command, for the cells that are still to be replaced."""

from collections.abc import Iterator

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.drills.selection import cell_order, selected_cells
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_terms import Slug
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.updating import send_updates
from firmware_sim.bench.files.yaml_mistakes import Location, suggestion
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId


class RepeatedUpdate(UpdateStep):
    """An update as it is sent again: all that the story says of the earlier one, but in one go."""

    again_of: Slug
    fates: frozenset[DeviceFate]


def as_played(story: Story, step: Step) -> Step:
    """The step that is played: an `update again` as an update of its own."""
    if not isinstance(step, UpdateAgainStep):
        return step
    earlier = next(
        each for each in story.steps if isinstance(each, UpdateStep) and each.name == step.of
    )
    said = {name: getattr(earlier, name) for name in UpdateStep.model_fields}
    said |= {"name": step.name, "title": step.title, "minutes": step.minutes}
    said |= {"retry": step.retry, "waves": (), "stop": None, "expect": "accepted", "keep": None}
    return RepeatedUpdate.model_construct(**said, again_of=step.of, fates=step.fates)


async def play_repeated(state: DrillState, step: RepeatedUpdate, log: StepLog) -> None:
    """The devices that the step is for; none of them is no fault."""
    steps = {
        contact.entity_id: _for_device(state, step, contact, cells)
        for contact in state.contacts
        if (cells := _still_open(state, step, contact))
    }
    contacts = [contact for contact in state.contacts if contact.entity_id in steps]
    if not contacts:
        fates = " or ".join(sorted(step.fates))
        found = StepFinding("devices that are sent a command again", True, fates, "none")
        log.find(None, found)
        return
    await send_updates(state, step, log, contacts, lambda contact: steps[contact.entity_id])


def _still_open(
    state: DrillState, step: RepeatedUpdate, contact: DeviceContact
) -> list[TrustAnchorCellId]:
    conditions, entity = state.conditions, contact.entity_id
    if entity not in conditions.results.get(step.again_of, {}):
        return []
    still = conditions.still_open(entity, step.fates)
    return sorted(selected_cells(step.cells, still), key=cell_order)


def _for_device(
    state: DrillState,
    step: RepeatedUpdate,
    contact: DeviceContact,
    cells: list[TrustAnchorCellId],
) -> RepeatedUpdate:
    """The step as it is for one device: the update may have replaced the sender's own key there."""
    signing = TrustAnchorCellId(step.role, KeyUsage.DIGITAL_SIGNATURE)
    held = state.held[contact.entity_id].get(signing)
    is_own = held is not None and held.issued_for.role is step.by
    generation = held.generation if held is not None and is_own else step.credentials
    return step.model_copy(
        update={"cells": tuple(map(str, cells)), "credentials": generation, "broker": None}
    )


def again_mistakes(story: Story) -> Iterator[tuple[Location, str]]:
    """Steps that repeat what no step before them has done."""
    known: list[str] = []
    for number, step in enumerate(story.steps):
        if isinstance(step, UpdateAgainStep) and step.of not in known:
            near = suggestion(step.of, known)
            text = f"no update of a party before it is named {step.of!r}{near}"
            yield ("steps", number, "of"), text
        if isinstance(step, UpdateStep) and not step.stolen:
            known += [] if step.is_to_fail else [step.name]
