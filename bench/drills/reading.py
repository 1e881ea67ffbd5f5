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
from firmware_sim.bench.drills.delivery import CommandResult, CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.selection import asking_cell, meant_for, require_matches
from firmware_sim.bench.drills.sending import Plan, plans, send_all_for_refusal
from firmware_sim.bench.drills.state import NO_IMAGE, Cells, DrillState, Kept
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.story import ReadBackStep, RefusalExpected
from firmware_sim.bench.dut.simulated.credential import Credential, Filling
from firmware_sim.bench.evidence.ledger import Phase
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import TrustAnchorCellId

_REPORTED: Final = "cells by the device's own report (CS02a)"


async def play_read_back(state: DrillState, step: ReadBackStep, log: StepLog) -> None:
    """Every device that knows the asking role is asked for all its roles."""
    asking = asking_cell(step.role)
    made = await plans(
        state,
        step,
        lambda contact: asking in contact.cells,
        lambda party, contact: party.read_back(contact),
    )
    if made:
        read_cells = {cell for plan in made for cell in plan.contact.cells}
        require_matches(step.holding, read_cells)
    if isinstance(step.expect, RefusalExpected):
        messages = [Kept(plan.contact, plan.first.build()) for plan in made]
        await send_all_for_refusal(state, messages, step.expect, log, step.title)
        return
    sender = CommandSender(state.target, state.waits, log)

    async def read(plan: Plan) -> None:
        expected = expected_credentials(state, step, plan.contact)
        again = partial(plan.party.read_back, plan.contact)
        result = await sender.deliver(plan.party, plan.contact, plan.first, again)
        cells = await state.image_cells(plan.contact)
        with log.together():
            _judge_report(state, log, plan.contact, result, state.holdings(expected))
            _judge_image(state, log, plan.contact, expected, cells)
        state.keep(step.keep, plan.contact, result.command.build())

    await for_each(made, read, state.progress, step.title)


def expected_credentials(
    state: DrillState, step: ReadBackStep, contact: DeviceContact
) -> dict[TrustAnchorCellId, Credential]:
    """What the cells must hold: as the story says, and otherwise as the parties know."""
    known = state.held[contact.entity_id]
    said = {cell: meant_for(cell, step.holding) for cell in known}
    return {
        cell: held if entry is None else entry.credential(cell)
        for (cell, held), entry in zip(known.items(), said.values(), strict=True)
    }


def _judge_report(
    state: DrillState,
    log: StepLog,
    contact: DeviceContact,
    result: CommandResult,
    expected: Holdings,
) -> None:
    problem = result.problem
    answer = StepFinding(
        "answer verified", not problem, "the device's own signature or MAC", reason=problem
    )
    log.find(contact, answer)
    if result.response is None:
        return
    try:
        reported = reported_holdings(read_report(result.response))
    except RemoteError as error:
        log.find(contact, StepFinding(_REPORTED, passed=False, reason=str(error)))
    else:
        log.cells(contact, _phase(state), "CS02a", reported)
        log.find(contact, compare_holdings(_REPORTED, expected, reported))


def _judge_image(
    state: DrillState,
    log: StepLog,
    contact: DeviceContact,
    expected: Filling,
    cells: Cells | None,
) -> None:
    name = "cells in the flash image"
    if cells is None:
        log.check(contact, name, Verdict.SKIPPED, reason=NO_IMAGE)
        return
    held = image_holdings(cells)
    log.cells(contact, _phase(state), "image", held)
    log.find(contact, compare_holdings(name, state.holdings(expected), held))
    log.find(contact, compare_keys(state.public_keys(expected), cells))


def _phase(state: DrillState) -> Phase:
    return "after" if state.updated else "before"
