"""Faults that a story wants: which devices meet them, and what must come of them."""

from collections.abc import Iterator
from itertools import cycle

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.checks import Holdings, image_holdings
from firmware_sim.bench.drills.fault_terms import (
    FaultTerm,
    PowerCutTerm,
    other_usage,
)
from firmware_sim.bench.drills.planned_faults import BadCertificate, CertificateFault
from firmware_sim.bench.drills.replayed_links import CUT_CHECK
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.roles import TrustAnchorCellId


def faulty_updates(story: Story) -> dict[str, UpdateStep]:
    """The updates of parties that are to be accepted, by name: faults happen in these."""
    return {
        step.name: step
        for step in story.steps
        if isinstance(step, UpdateStep) and not step.stolen and step.expect == "accepted"
    }


def in_turn(fault: FaultTerm) -> Iterator[CutMoment | CertificateFault]:
    """The kinds of a fault, of which each further device gets the next."""
    return cycle(CutMoment if isinstance(fault, PowerCutTerm) else CertificateFault)


def check_target(story: Story, target: str, *, cuts_power: bool) -> None:
    """Refuse a story whose faults a target cannot make, before anything runs.

    Raises:
        UsageError: it asks for power cuts, and the target makes none.
    """
    if not cuts_power and any(isinstance(fault, PowerCutTerm) for fault in story.faults):
        text = f"the story {story.name} cuts the power of devices, and {target} cannot"
        raise UsageError(text, "use --target memory, native or mqtt")


def replacement(
    state: DrillState,
    bad: BadCertificate | None,
    put: tuple[TrustAnchorCellId, Credential],
    root: int,
) -> Replacement:
    """What stands in a command for one cell: the certificate, or the bad one in its place.

    Args:
        bad: of that device in that step; None if there is none.
        put: the cell, and what it is to hold.
        root: generation of the root that the device will then have.
    """
    cell, credential = put
    if bad is None or bad.cell != cell:
        return state.participants.replacement(cell, credential, root)
    if bad.fault is CertificateFault.NO_ISSUER:
        return state.participants.replacement(cell, credential, 2 if root == 1 else 1)
    other = other_usage(cell)
    if other is None:
        raise ValueError(f"{cell} has no certificate of another usage")
    return state.participants.replacement(cell, credential._replace(issued_for=other), root)


async def check_after_cut(
    state: DrillState,
    log: StepLog,
    cut: tuple[DeviceContact, CutMoment],
    outcomes: tuple[Holdings, Holdings],
    image: bytes | None,
) -> None:
    """Whether the cells hold what they held before the command, or all that it puts there.

    Args:
        image: the flash at that time; None to read it now.
    """
    contact, moment = cut
    cells = await state.image_cells(contact) if image is None else cells_of_image(image)
    found = {} if cells is None else image_holdings(cells)
    before, after = outcomes
    held = {cell: found.get(cell) for cell in before}
    actual = next((name for name, each in (("old", before), ("new", after)) if held == each), "")
    finding = StepFinding(
        f"{CUT_CHECK}{moment.value}", bool(actual), "all old or all new", actual or "a mixture"
    )
    reason = "" if actual else "some cells hold the old credentials, and others the new"
    log.find(contact, finding._replace(reason=reason))


def bad_in(state: DrillState, step: UpdateStep, contact: DeviceContact) -> BadCertificate | None:
    """The bad certificate that a device is sent in a step."""
    bad = state.conditions.bad.get(contact.entity_id)
    return bad if bad is not None and bad.step == step.name else None
