"""Replacing credentials by CS02b, cell by cell, and knowing afterwards what each cell holds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.requests import Floors, UpdateRequest, floors_at
from firmware_sim.bench.drills.concerned import aimed_at
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.device_clocks import clocks_trusted
from firmware_sim.bench.drills.device_update import DeviceUpdate, Update
from firmware_sim.bench.drills.faults import bad_in, replacement
from firmware_sim.bench.drills.forgeries import with_damaged_key, with_wrong_signature
from firmware_sim.bench.drills.installing import installed_at
from firmware_sim.bench.drills.not_signed import check_not_signed
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.refusing import judged_only, send_all_for_refusal
from firmware_sim.bench.drills.selection import require_matches
from firmware_sim.bench.drills.sending import Plan, addressed, plans
from firmware_sim.bench.drills.served import NOT_SERVED
from firmware_sim.bench.drills.spoilt import end_spoilt
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.unheard import deciding_cells, leave_as_it_is, why_not_sent
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.drills.wave_play import send_in_waves
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId


async def play_update(state: DrillState, step: UpdateStep, log: StepLog) -> None:
    """Every device that has the authorising cell and one of the cells to be replaced."""
    rule = REPLACEMENT_RULES[step.mode]

    def has_cells(contact: DeviceContact) -> bool:
        authorising = rule.authorising_cell(contact.device_type)
        return step.absent or (authorising in contact.cells and bool(_targets(step, contact)))

    def build(party: Party, contact: DeviceContact) -> Message:
        return _command(state, step, party, contact)

    contacts = addressed(state, step, log, has_cells)
    if step.expect == NOT_SERVED:
        return
    if contacts:
        sent = {cell for contact in contacts for cell in _targets(step, contact)}
        require_matches(step.cells, sent)
        if isinstance(step.expect, dict):
            require_matches(step.expect, sent)
    if step.expect == "not signed":
        check_not_signed(state, step, log, contacts, build)
        return
    with clocks_trusted(state.clock, step.clock):
        if isinstance(step.expect, RefusalExpected):
            judged = judged_only(state, log, contacts, partial(deciding_cells, rule))
            await send_all_for_refusal(state, step, step.expect, log, judged, build)
        else:
            await send_updates(state, step, log, contacts, lambda _contact: step)
    if step.is_spoilt:
        end_spoilt(step, log)


async def send_updates(
    state: DrillState,
    step: UpdateStep,
    log: StepLog,
    contacts: Sequence[DeviceContact],
    step_for: Callable[[DeviceContact], UpdateStep],
) -> None:
    """Send devices the commands of a step, and see to it that each is known to have its own.

    Args:
        step_for: the step as it is for one device, which may name fewer cells.
    """
    sender = CommandSender(state.target, state.waits, log)

    def build(party: Party, contact: DeviceContact) -> Message:
        return _command(state, step_for(contact), party, contact)

    async def planned(part: Sequence[DeviceContact]) -> list[DeviceUpdate]:
        made: list[DeviceUpdate] = []
        for contact in part:
            own = step_for(contact)
            why = why_not_sent(state, own, contact)
            if why:
                leave_as_it_is(state, own, log, contact, why)
                continue
            (plan,) = await plans(state, own, (contact,), build)
            made.append(DeviceUpdate(state, own, log, sender, _update(state, own, plan)))
        return made

    await send_in_waves(state, step, log, contacts, planned)
    state.updated = state.updated or bool(contacts)


def _update(state: DrillState, step: UpdateStep, plan: Plan) -> Update:
    contact = plan.contact
    cells, bad = _targets(step, contact), bad_in(state, step, contact)
    statuses = {cell: step.status_of(cell) for cell in cells}
    # What a story wants of a cell is one thing, that a fault keeps it from it another.
    wanted = frozenset(cell for cell, status in statuses.items() if status is StatusCode.SUCCESS)
    if bad is not None and bad.cell in statuses:
        statuses[bad.cell] = bad.fault.value

    def again() -> Message:
        return _command(state, step, plan.party, contact)

    installed = installed_at(state, step, contact.entity_id, cells)
    return Update(plan, installed, statuses, wanted, again)


def _targets(step: UpdateStep, contact: DeviceContact) -> tuple[TrustAnchorCellId, ...]:
    return aimed_at(step, contact.cells)


def _command(state: DrillState, step: UpdateStep, party: Party, contact: DeviceContact) -> Message:
    command = party.update_credentials(contact, _request(state, step, contact))
    # The signature does not cover the MAC: what lacks it is signed as it must be.
    command = replace(command, mac=None) if "MAC" in step.omit else command
    return with_wrong_signature(command) if "signature" in step.forge else command


def _request(state: DrillState, step: UpdateStep, contact: DeviceContact) -> UpdateRequest:
    cells = _targets(step, contact)
    present = state.held[contact.entity_id][ROOT_CELL].generation
    root = step.install if ROOT_CELL in cells else present
    installed = installed_at(state, step, contact.entity_id, cells)
    generations = {credential.generation for credential in installed.values()}
    is_normal = REPLACEMENT_RULES[step.mode].root is RootReplacement.NORMAL
    is_linked = is_normal and root > present and "link certificate" not in step.omit
    links = (root,) if step.links is None else step.links
    issuer = step.under or root
    replacements = tuple(
        replacement(state, bad_in(state, step, contact), put, issuer) for put in installed.items()
    )
    if "wrapped key" in step.forge:
        replacements = tuple(map(with_damaged_key, replacements))
    return UpdateRequest(
        step.mode,
        replacements,
        path=state.participants.path(
            generations,
            issuer,
            links=links if is_linked else (),
            is_forged="link certificate" in step.forge,
            present=present if step.under_present_root else 0,
        ),
        floors=_floors(state, step, cells),
        execution=step.execute,
        time_checks=step.time_checks,
        with_symmetric_key="symmetric key" not in step.omit,
        is_symmetric_key_wrong="symmetric key" in step.forge,
    )


def _floors(state: DrillState, step: UpdateStep, cells: tuple[TrustAnchorCellId, ...]) -> Floors:
    if step.floors == "none":
        return Floors()
    milliseconds = int(state.clock.time.timestamp() * 1000)
    value = 0 if step.floors == "zero" else milliseconds
    return floors_at(value, authorising=REPLACEMENT_RULES[step.mode].authorising_role, cells=cells)
