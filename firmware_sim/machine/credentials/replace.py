"""One update command, one transaction: verdicts are per cell, the accepted cells go together."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    Replacement,
    ReplacementOutcome,
    UpdateCommand,
)
from firmware_sim.gbcs.replacement import RULES_BY_CODE, ReplacementRule
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId
from firmware_sim.machine.context import Context
from firmware_sim.machine.credentials.floors import advanced, asked_changes, changed_counters
from firmware_sim.machine.credentials.judge import CellVerdict, judge
from firmware_sim.machine.credentials.retired_keys import retired_keys
from firmware_sim.machine.image.records import Cell, PendingCommand, Root
from firmware_sim.machine.security_log import EventCode, log_event
from firmware_sim.machine.state import Changes, DeviceState
from firmware_sim.machine.store.errors import InsufficientSpace

_NO_IDENTIFIER = bytes(8)


class Executed(NamedTuple):
    """What an update did, waiting for its commit.

    Attributes:
        changes: cells, what is remembered of their old keys, counters and log entry.
        spent: only the counter, for a flash that has no room for the cells: the command is
            spent either way, before anything is answered.
        outcome: what to report if `changes` are committed.
    """

    changes: Changes
    spent: Changes
    outcome: ExecutionOutcome

    def commit(self) -> ExecutionOutcome:
        """Commit; without room for the cells change none and report insufficientMemory.

        Raises:
            InsufficientSpace: not even the counter fits.
        """
        try:
            self.changes.commit()
        except InsufficientSpace:
            self.spent.commit()
            return _nothing_stored(self.outcome)
        return self.outcome


def execute(
    context: Context, message: Message, command: UpdateCommand, rule: ReplacementRule
) -> Executed:
    """Judge every replacement of an authenticated command and collect what it changes.

    Nothing is durable before `Executed.commit`; until then the caller may add to both sets of
    changes.
    """
    state = context.state
    verdicts = judge(context, command, rule)
    rekeyed = _rekeyed(state, verdicts)
    void = _void(context, message, _taken_away(state, verdicts, rekeyed))
    changes = state.changes()
    for verdict in verdicts:
        if verdict.record is not None:
            changes.put(verdict.record)
    for pending in void:
        changes.remove_command(pending)
    spending = advanced(state, rule.authorising_role, message.counter)
    if context.policy.returning_key == "remembered":
        for retired in retired_keys(state, rekeyed, spending):
            changes.put(retired)
    for counters in changed_counters(state, command.control, rule, rekeyed, context.policy):
        changes.put(counters)
    accepted = sum(verdict.status is StatusCode.SUCCESS for verdict in verdicts)
    detail = f"mode {rule.mode}: {accepted} of {len(verdicts)} cells"
    if void:
        detail += f"; {len(void)} void"
    code, is_change = EventCode.UPDATE_SECURITY_CREDENTIALS, _changes_a_cell(state, verdicts)
    log_event(context, changes, code, message, detail, is_change=is_change)
    spent = state.changes()
    spent.put(spending)
    return Executed(changes, spent, outcome_of(state, command, rule, verdicts))


def outcome_of(
    state: DeviceState,
    command: UpdateCommand,
    rule: ReplacementRule,
    verdicts: tuple[CellVerdict, ...],
) -> ExecutionOutcome:
    """The outcome to report; `state` is the one before the command."""
    outcomes = tuple(
        _replacement_outcome(state, replacement, verdict)
        for replacement, verdict in zip(command.replacements, verdicts, strict=True)
    )
    changes = asked_changes(command.control, rule)
    return ExecutionOutcome(command.control.counter, rule.mode, changes, outcomes)


def _replacement_outcome(
    state: DeviceState, replacement: Replacement, verdict: CellVerdict
) -> ReplacementOutcome:
    held = state.cells.get(replacement.cell)
    existing = (
        (_NO_IDENTIFIER, _NO_IDENTIFIER)
        if held is None
        else (bytes(held.unique_id), held.key_identifier)
    )
    incoming = _cell_of(verdict)
    replacing = (
        existing if incoming is None else (bytes(incoming.unique_id), incoming.key_identifier)
    )
    return ReplacementOutcome(replacement.cell, verdict.status, *existing, *replacing)


def _nothing_stored(outcome: ExecutionOutcome) -> ExecutionOutcome:
    return outcome._replace(
        outcomes=tuple(
            item._replace(
                status=StatusCode.INSUFFICIENT_MEMORY
                if item.status is StatusCode.SUCCESS
                else item.status,
                replacing_subject_id=item.existing_subject_id,
                replacing_key_identifier=item.existing_key_identifier,
            )
            for item in outcome.outcomes
        )
    )


def _cell_of(verdict: CellVerdict) -> Cell | None:
    return verdict.record.cell if isinstance(verdict.record, Root) else verdict.record


def _rekeyed(
    state: DeviceState, verdicts: tuple[CellVerdict, ...]
) -> Mapping[TrustAnchorCellId, bytes]:
    """The cells that will hold another public key; of several records for one the last counts."""
    keys = {cell.cell: cell.public_key for cell in map(_cell_of, verdicts) if cell is not None}
    return {cell: key for cell, key in keys.items() if key != state.cells[cell].public_key}


def _changes_a_cell(state: DeviceState, verdicts: tuple[CellVerdict, ...]) -> bool:
    """Whether any cell will hold another record than now."""
    records = [verdict.record for verdict in verdicts if verdict.record is not None]
    return any(
        record != (state.root if isinstance(record, Root) else state.cells[record.cell])
        for record in records
    )


def _taken_away(
    state: DeviceState, verdicts: tuple[CellVerdict, ...], rekeyed: Collection[TrustAnchorCellId]
) -> frozenset[TrustAnchorCellId]:
    """The cells whose key authorises nothing any more.

    What authorises for the root cell is the contingency key wrapped in it, which a renewed root
    changes even where the root's own key stays.
    """
    wrapped = state.root.wrapped_contingency_key
    roots = (verdict.record for verdict in verdicts if isinstance(verdict.record, Root))
    is_renewed = any(root.wrapped_contingency_key != wrapped for root in roots)
    return frozenset(rekeyed) | (frozenset((ROOT_CELL,)) if is_renewed else frozenset())


def _void(
    context: Context, message: Message, taken_away: Collection[TrustAnchorCellId]
) -> tuple[PendingCommand, ...]:
    """The waiting commands whose authorising key this command takes away.

    Otherwise an attacker who held that key could still change cells after the key is gone.
    """
    state = context.state
    if context.policy.waiting_commands == "keep":
        return ()
    device_type = state.identity.device_type
    return tuple(
        pending
        for _, pending in sorted(state.pending.items())
        if RULES_BY_CODE[MessageCode(pending.message_code)].authorising_cell(device_type)
        in taken_away
        and (pending.originator, pending.counter) != (message.originator, message.counter)
    )
