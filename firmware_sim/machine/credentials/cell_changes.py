"""What an update does to the cells of a device, found out once for all that are alike.

Devices that hold the same cells and are handed the same certificates come out alike. What differs
from device to device, counters, former keys and log, is in
`firmware_sim.machine.credentials.replace`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    Replacement,
    ReplacementOutcome,
    UpdateCommand,
)
from firmware_sim.gbcs.replacement import ReplacementRule
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId
from firmware_sim.machine.context import Context
from firmware_sim.machine.credentials.candidates import CellVerdict
from firmware_sim.machine.credentials.floors import asked_changes
from firmware_sim.machine.credentials.judge import Judgement, judge, validity_moment
from firmware_sim.machine.credentials.retired_keys import GivenUp, given_up
from firmware_sim.machine.image.records import Cell, Root
from firmware_sim.machine.state import DeviceState, Prepared

_NO_IDENTIFIER = bytes(8)
_target = attrgetter("cell")


class CellChanges(NamedTuple):
    """Verdicts on a command's replacements, and what follows from them for the cells.

    Attributes:
        records: to be stored; of several for one cell the last counts.
        rekeyed: each cell that will hold another public key, with that key.
        taken_away: the cells whose key authorises nothing any more.
        given_up: the keys to be remembered.
        changes_a_cell: whether any cell will hold another record than now.
        outcomes: to be reported, one a replacement.
        summary: for the security log.
    """

    judgement: Judgement
    records: Prepared
    rekeyed: Mapping[TrustAnchorCellId, bytes]
    taken_away: frozenset[TrustAnchorCellId]
    given_up: GivenUp
    changes_a_cell: bool
    outcomes: tuple[ReplacementOutcome, ...]
    summary: str


def cell_changes(context: Context, command: UpdateCommand, rule: ReplacementRule) -> CellChanges:
    """What an authentic command does to the cells that the device holds now."""
    at = validity_moment(context, command)
    if context.verified is None:
        return _cell_changes(context, command, rule, at)
    state = context.state
    inputs = (
        CellChanges,
        command.replacements,
        command.path,
        tuple(map(state.cells.get, map(_target, command.replacements))),
        state.root,
        rule,
        context.policy,
    )
    found = context.verified.derive(inputs, lambda: _cell_changes(context, command, rule, None))
    if at is None or found.judgement.since <= at <= found.judgement.until:
        return found
    return _cell_changes(context, command, rule, at)


def outcome_of(
    state: DeviceState,
    command: UpdateCommand,
    rule: ReplacementRule,
    verdicts: Sequence[CellVerdict],
) -> ExecutionOutcome:
    """The outcome to report for verdicts that no `CellChanges` holds."""
    return outcome_with(command, rule, _outcomes(state, command.replacements, verdicts))


def outcome_with(
    command: UpdateCommand, rule: ReplacementRule, outcomes: tuple[ReplacementOutcome, ...]
) -> ExecutionOutcome:
    """The outcome to report, around those of the replacements."""
    changes = asked_changes(command.control, rule)
    return ExecutionOutcome(command.control.counter, rule.mode, changes, outcomes)


def _cell_changes(
    context: Context, command: UpdateCommand, rule: ReplacementRule, at: datetime | None
) -> CellChanges:
    state = context.state
    judgement = judge(context, command, rule, at)
    verdicts = judgement.verdicts
    records = [verdict.record for verdict in verdicts if verdict.record is not None]
    rekeyed = _rekeyed(state, records)
    accepted = sum(verdict.status is StatusCode.SUCCESS for verdict in verdicts)
    return CellChanges(
        judgement,
        Prepared.of(records),
        rekeyed,
        _taken_away(state, records, rekeyed),
        given_up(state, rekeyed, rule.authorising_role),
        _changes_a_cell(state, records),
        _outcomes(state, command.replacements, verdicts),
        f"mode {rule.mode}: {accepted} of {len(verdicts)} cells",
    )


def _outcomes(
    state: DeviceState, replacements: Sequence[Replacement], verdicts: Sequence[CellVerdict]
) -> tuple[ReplacementOutcome, ...]:
    """What to report of each replacement; `state` is the one before the command."""
    return tuple(
        _outcome(state.cells.get(replacement.cell), replacement, verdict)
        for replacement, verdict in zip(replacements, verdicts, strict=True)
    )


def _outcome(
    held: Cell | None, replacement: Replacement, verdict: CellVerdict
) -> ReplacementOutcome:
    existing = (
        (_NO_IDENTIFIER, _NO_IDENTIFIER)
        if held is None
        else (bytes(held.unique_id), held.key_identifier)
    )
    incoming = None if verdict.record is None else _cell_of(verdict.record)
    replacing = (
        existing if incoming is None else (bytes(incoming.unique_id), incoming.key_identifier)
    )
    return ReplacementOutcome(replacement.cell, verdict.status, *existing, *replacing)


def _cell_of(record: Cell | Root) -> Cell:
    return record.cell if isinstance(record, Root) else record


def _rekeyed(
    state: DeviceState, records: Sequence[Cell | Root]
) -> Mapping[TrustAnchorCellId, bytes]:
    keys = {cell.cell: cell.public_key for cell in map(_cell_of, records)}
    return {cell: key for cell, key in keys.items() if key != state.cells[cell].public_key}


def _changes_a_cell(state: DeviceState, records: Sequence[Cell | Root]) -> bool:
    return any(
        record != (state.root if isinstance(record, Root) else state.cells[record.cell])
        for record in records
    )


def _taken_away(
    state: DeviceState,
    records: Sequence[Cell | Root],
    rekeyed: Mapping[TrustAnchorCellId, bytes],
) -> frozenset[TrustAnchorCellId]:
    """What authorises for the root cell is the contingency key wrapped in it.

    A renewed root changes that even where the root's own key stays.
    """
    wrapped = state.root.wrapped_contingency_key
    roots = (record for record in records if isinstance(record, Root))
    is_renewed = any(root.wrapped_contingency_key != wrapped for root in roots)
    return frozenset(rekeyed) | (frozenset((ROOT_CELL,)) if is_renewed else frozenset())
