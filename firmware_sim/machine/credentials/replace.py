"""One update command, one transaction: verdicts are per cell, the accepted cells go together."""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    UpdateCommand,
)
from firmware_sim.gbcs.replacement import RULES_BY_CODE, ReplacementRule
from firmware_sim.gbcs.roles import TrustAnchorCellId
from firmware_sim.gbcs.uses import ACTIVATING_CELLS
from firmware_sim.machine.context import Context
from firmware_sim.machine.credentials.cell_changes import cell_changes, outcome_with
from firmware_sim.machine.credentials.floors import advanced, changed_counters
from firmware_sim.machine.credentials.retired_keys import own_retired_keys, retired_keys
from firmware_sim.machine.image.records import Counters, PendingCommand
from firmware_sim.machine.image.use_records import Activation
from firmware_sim.machine.meter.top_up import PREPAYMENT_CELL
from firmware_sim.machine.security_log import EventCode, log_event
from firmware_sim.machine.state import Changes, DeviceState
from firmware_sim.machine.store.errors import InsufficientSpace


def _no_more(_changes: Changes) -> None:
    """An update at once ends with what it does itself."""


@dataclass(slots=True)
class Executed:
    """What an update did, waiting for its commit.

    Attributes:
        changes: cells, what is remembered of their old keys, counters and log entry.
        spending: only the counter, for a flash that has no room for the cells: the command is
            spent either way, before anything is answered.
        outcome: what to report if `changes` are committed.
    """

    state: DeviceState
    changes: Changes
    spending: Counters
    outcome: ExecutionOutcome

    def commit(self, end: Callable[[Changes], None] = _no_more) -> ExecutionOutcome:
        """Commit; without room for the cells change none and report insufficientMemory.

        Args:
            end: adds what becomes durable either way.

        Raises:
            InsufficientSpace: not even the counter fits.
        """
        end(self.changes)
        try:
            self.changes.commit()
        except InsufficientSpace:
            spent = self.state.changes()
            spent.put(self.spending)
            end(spent)
            spent.commit()
            return _nothing_stored(self.outcome)
        return self.outcome


def execute(
    context: Context, message: Message, command: UpdateCommand, rule: ReplacementRule
) -> Executed:
    """Judge every replacement of an authenticated command and collect what it changes.

    Nothing is durable before `Executed.commit`.
    """
    state = context.state
    done = cell_changes(context, command, rule)
    void = _void(context, message, done.taken_away)
    changes = state.changes()
    changes.put_prepared(done.records)
    for pending in void:
        if isinstance(pending, Activation):
            changes.remove(pending)
        else:
            changes.remove_command(pending)
    if context.policy.utrn_cache_on_new_key == "clear" and PREPAYMENT_CELL in done.rekeyed:
        for entry in state.top_ups.values():
            changes.remove(entry)
    spending = advanced(state, rule.authorising_role, message.counter)
    if context.policy.returning_key == "remembered":
        changes.put_prepared(retired_keys(state, done.given_up, context.verified))
        changes.put(*own_retired_keys(state, done.given_up, spending))
    outcome = outcome_with(command, rule, done.outcomes)
    changes.put(*changed_counters(state, outcome, rule, spending, done.rekeyed, context.policy))
    detail = f"{done.summary}; {len(void)} void" if void else done.summary
    code, is_change = EventCode.UPDATE_SECURITY_CREDENTIALS, done.changes_a_cell
    log_event(context, changes, code, message, detail, is_change=is_change)
    return Executed(state, changes, spending, outcome)


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


def _void(
    context: Context, message: Message, taken_away: frozenset[TrustAnchorCellId]
) -> tuple[PendingCommand | Activation, ...]:
    """The waiting commands whose authorising key this command takes away.

    Otherwise an attacker who held that key could still change cells after the key is gone.
    """
    state = context.state
    if context.policy.waiting_commands == "keep" or not (state.pending or state.activation):
        return ()
    device_type = state.identity.device_type
    updates = tuple(
        pending
        for _, pending in sorted(state.pending.items())
        if RULES_BY_CODE[MessageCode(pending.message_code)].authorising_cell(device_type)
        in taken_away
        and (pending.originator, pending.counter) != (message.originator, message.counter)
    )
    if state.activation is None or taken_away.isdisjoint(ACTIVATING_CELLS):
        return updates
    return (*updates, state.activation)
