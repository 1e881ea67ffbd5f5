"""One update command, one transaction: verdicts are per cell, the accepted cells go together."""

from typing import NamedTuple

from firmware_sim.context import Context
from firmware_sim.credentials.floors import advanced, asked_changes, changed_counters
from firmware_sim.credentials.judge import Verdict, judge
from firmware_sim.image.records import Cell, Root
from firmware_sim.security_log import EventCode, log_event
from firmware_sim.state import Changes, DeviceState
from firmware_sim.store.errors import InsufficientSpace
from gbcs.message import Message
from gbcs.payloads.cells import StatusCode
from gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    Replacement,
    ReplacementOutcome,
    UpdateCommand,
)
from gbcs.replacement import ReplacementRule
from gbcs.roles import TrustAnchorCellId

_NO_IDENTIFIER = bytes(8)


class Executed(NamedTuple):
    """What an update did, waiting for its commit.

    Attributes:
        changes: cells, counters and log entry.
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
    rekeyed = {
        replacement.cell
        for replacement, verdict in zip(command.replacements, verdicts, strict=True)
        if _new_key(verdict) not in (None, _present_key(state, replacement.cell))
    }
    changes = state.changes()
    for verdict in verdicts:
        if verdict.record is not None:
            changes.put(verdict.record)
    for counters in changed_counters(state, command.control, rule, rekeyed, context.policy):
        changes.put(counters)
    accepted = sum(verdict.status is StatusCode.SUCCESS for verdict in verdicts)
    detail = f"mode {rule.mode}: {accepted} of {len(verdicts)} cells"
    log_event(context, changes, EventCode.UPDATE_SECURITY_CREDENTIALS, message, detail)
    spent = state.changes()
    spent.put(advanced(state, rule.authorising_role, message.counter))
    return Executed(changes, spent, outcome_of(state, command, rule, verdicts))


def outcome_of(
    state: DeviceState,
    command: UpdateCommand,
    rule: ReplacementRule,
    verdicts: tuple[Verdict, ...],
) -> ExecutionOutcome:
    """The outcome to report; `state` is the one before the command."""
    outcomes = tuple(
        _replacement_outcome(state, replacement, verdict)
        for replacement, verdict in zip(command.replacements, verdicts, strict=True)
    )
    changes = asked_changes(command.control, rule)
    return ExecutionOutcome(command.control.counter, rule.mode, changes, outcomes)


def _replacement_outcome(
    state: DeviceState, replacement: Replacement, verdict: Verdict
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


def _cell_of(verdict: Verdict) -> Cell | None:
    return verdict.record.cell if isinstance(verdict.record, Root) else verdict.record


def _new_key(verdict: Verdict) -> bytes | None:
    cell = _cell_of(verdict)
    return None if cell is None else cell.public_key


def _present_key(state: DeviceState, cell: TrustAnchorCellId) -> bytes | None:
    held = state.cells.get(cell)
    return None if held is None else held.public_key
