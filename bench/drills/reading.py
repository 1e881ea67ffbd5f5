"""Reading cells back, twice: the device's own answer to CS02a, and its flash image."""

from collections.abc import Sequence
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
from firmware_sim.bench.drills.command_result import CommandResult
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.exposed import party_replaced
from firmware_sim.bench.drills.installing import held_as_said
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.refusing import judged_only, send_all_for_refusal
from firmware_sim.bench.drills.selection import asking_cell, meant_for, require_matches
from firmware_sim.bench.drills.sending import Plan, addressed, plans
from firmware_sim.bench.drills.state import NO_IMAGE, Cells, DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.drills.unheard import why_not_asked
from firmware_sim.bench.dut.simulated.credential import Credential, Filling
from firmware_sim.bench.evidence.ledger import Phase
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, TrustAnchorCellId

_REPORTED: Final = "cells by the device's own report (CS02a)"


async def play_read_back(state: DrillState, step: ReadBackStep, log: StepLog) -> None:
    """Every device that knows the asking role is asked for all its roles."""
    asking = asking_cell(step.role)

    def is_asked(contact: DeviceContact) -> bool:
        return asking in contact.cells

    def build(party: Party, contact: DeviceContact) -> Message:
        return party.read_back(contact)

    contacts = addressed(state, step, log, is_asked)
    if contacts:
        require_matches(step.holding, {cell for contact in contacts for cell in contact.cells})
    if isinstance(step.expect, RefusalExpected):
        deciding = (asking, ACB_KEY_AGREEMENT)
        judged = judged_only(state, log, contacts, lambda _contact: deciding)
        await send_all_for_refusal(state, step, step.expect, log, judged, build)
        return
    contacts = await _may_ask(state, step, log, contacts)
    made = await plans(state, step, contacts, build)
    sender = CommandSender(state.target, state.waits, log)

    async def read(plan: Plan) -> None:
        again = partial(plan.party.read_back, plan.contact)
        result = await sender.deliver(plan.party, plan.contact, plan.first, again)
        if result.response is not None and not step.stolen:
            entity = plan.contact.entity_id
            state.proofs.by_command(entity, (asking,), state.held[entity])
        cells = await state.image_cells(plan.contact)
        _find_out(state, plan.contact, result, cells)
        expected = expected_credentials(state, step, plan.contact)
        with log.together():
            _judge_report(state, log, plan.contact, result, state.holdings(expected))
            _judge_image(state, log, plan.contact, expected, cells)
        is_spent = result.response is not None
        state.keep(step.keep, plan.contact, result.command.build(), is_spent=is_spent)

    await for_each(made, read, state.progress, step.title)


async def _may_ask(
    state: DrillState, step: ReadBackStep, log: StepLog, contacts: Sequence[DeviceContact]
) -> list[DeviceContact]:
    """Those that may know who asks; of the others the flash image is read alone."""
    known = []
    for contact in contacts:
        why = why_not_asked(state, step, contact, asking_cell(step.role))
        if not why:
            known.append(contact)
            continue
        log.check(contact, "answer verified", Verdict.SKIPPED, "", "not asked", why)
        cells = await state.image_cells(contact)
        _find_out(state, contact, None, cells)
        expected = expected_credentials(state, step, contact)
        _judge_image(state, log, contact, expected, cells)
    return known


def expected_credentials(
    state: DrillState, step: ReadBackStep, contact: DeviceContact
) -> dict[TrustAnchorCellId, Credential]:
    """What the cells must hold: as the story says, and otherwise as the parties know.

    A cell that an update did not come to holds what it held, whatever the story says of the others.
    """
    known = state.held[contact.entity_id]
    excused = state.conditions.excused.get(contact.entity_id, frozenset())
    said = {cell: meant_for(cell, step.holding) for cell in known}
    return {
        cell: held
        if entry is None or cell in excused
        else held_as_said(state, contact.entity_id, cell, entry)
        for (cell, held), entry in zip(known.items(), said.values(), strict=True)
    }


def _find_out(
    state: DrillState, contact: DeviceContact, result: CommandResult | None, cells: Cells | None
) -> None:
    """Whether an update was carried out of which nothing was heard: all of it, or nothing."""
    entity = contact.entity_id
    maybe = state.conditions.maybe.get(entity)
    if maybe is None:
        return
    seen = _seen(result, cells)
    if seen and all(seen.get(cell) == held for cell, held in state.holdings(maybe).items()):
        state.held[entity].update(maybe)
        state.believed[entity].update(maybe)
        party_replaced(state, entity, frozenset(maybe), state.clock.time)
        state.conditions.find_done(entity)
    elif seen:
        state.conditions.find_not_done(entity)


def _seen(result: CommandResult | None, cells: Cells | None) -> Holdings:
    """What the device reports, and otherwise what its image shows."""
    try:
        if result is not None and result.response is not None:
            return reported_holdings(read_report(result.response))
    except RemoteError:
        return {}
    return {} if cells is None else image_holdings(cells)


def _judge_report(
    state: DrillState,
    log: StepLog,
    contact: DeviceContact,
    result: CommandResult,
    expected: Holdings,
) -> None:
    protection = "the device's own signature or MAC"
    log.check(contact, "answer verified", result.verdict, protection, reason=result.problem)
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
