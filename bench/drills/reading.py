"""Reading cells back, twice: the device's own answer to CS02a, and its flash image."""

from functools import partial
from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.checks import (
    Holdings,
    compare_holdings,
    compare_keys,
    image_holdings,
    read_report,
    reported_holdings,
)
from firmware_sim.bench.drills.delivery import Courier, Delivery
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.evidence import Evidence, Finding
from firmware_sim.bench.drills.selection import meant_for, require_matches
from firmware_sim.bench.drills.sending import Plan, offend_all, plans
from firmware_sim.bench.drills.state import NO_IMAGE, Cells, Kept, Scene
from firmware_sim.bench.drills.story import ReadBack, Refused
from firmware_sim.bench.dut.simulated.credential import Credential, Filling
from firmware_sim.bench.evidence.ledger import Phase
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId

_REPORTED: Final = "cells by the device's own report (CS02a)"


async def play_read_back(scene: Scene, step: ReadBack, evidence: Evidence) -> None:
    """Every device that knows the asking role is asked for all its roles."""
    asking = _asking_cell(step.role)
    made = plans(
        scene,
        step,
        lambda contact: asking in contact.cells,
        lambda party, contact: party.read_back(contact),
    )
    if made:
        read_cells = {cell for plan in made for cell in plan.contact.cells}
        require_matches(step.holding, read_cells)
    if isinstance(step.expect, Refused):
        offences = [Kept(plan.contact, plan.first.build()) for plan in made]
        await offend_all(scene, offences, step.expect, evidence, step.title)
        return
    courier = Courier(scene.target, scene.waits, evidence)

    async def read(plan: Plan) -> None:
        expected = expected_credentials(scene, step, plan.contact)
        again = partial(plan.party.read_back, plan.contact)
        delivery = await courier.deliver(plan.party, plan.contact, plan.first, again)
        cells = await scene.image_cells(plan.contact)
        with evidence.together():
            _judge_report(scene, evidence, plan.contact, delivery, scene.holdings(expected))
            _judge_image(scene, evidence, plan.contact, expected, cells)
        scene.keep(step.keep, plan.contact, delivery.command.build())

    await for_each(made, read, scene.progress, step.title)


def expected_credentials(
    scene: Scene, step: ReadBack, contact: DeviceContact
) -> dict[TrustAnchorCellId, Credential]:
    """What the story says that the cells hold; where it is silent, what they are known to."""
    known = scene.held[contact.entity_id]
    said = {cell: meant_for(cell, step.holding) for cell in known}
    return {
        cell: held if entry is None else entry.credential(cell)
        for (cell, held), entry in zip(known.items(), said.values(), strict=True)
    }


def _judge_report(
    scene: Scene,
    evidence: Evidence,
    contact: DeviceContact,
    delivery: Delivery,
    expected: Holdings,
) -> None:
    problem = delivery.problem
    answer = Finding(
        "answer verified", not problem, "the device's own signature or MAC", reason=problem
    )
    evidence.find(contact, answer)
    if delivery.response is None:
        return
    try:
        reported = reported_holdings(read_report(delivery.response))
    except RemoteError as error:
        evidence.find(contact, Finding(_REPORTED, passed=False, reason=str(error)))
    else:
        evidence.cells(contact, _phase(scene), "CS02a", reported)
        evidence.find(contact, compare_holdings(_REPORTED, expected, reported))


def _judge_image(
    scene: Scene,
    evidence: Evidence,
    contact: DeviceContact,
    expected: Filling,
    cells: Cells | None,
) -> None:
    name = "cells in the flash image"
    if cells is None:
        evidence.check(contact, name, Verdict.SKIPPED, reason=NO_IMAGE)
        return
    held = image_holdings(cells)
    evidence.cells(contact, _phase(scene), "image", held)
    evidence.find(contact, compare_holdings(name, scene.holdings(expected), held))
    evidence.find(contact, compare_keys(scene.public_keys(expected), cells))


def _phase(scene: Scene) -> Phase:
    return "after" if scene.updated else "before"


def _asking_cell(role: RemotePartyRole) -> TrustAnchorCellId:
    broker = role is RemotePartyRole.ACCESS_CONTROL_BROKER
    return TrustAnchorCellId(role, KeyUsage.KEY_AGREEMENT if broker else KeyUsage.DIGITAL_SIGNATURE)
