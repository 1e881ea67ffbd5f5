"""Future-dated updates: stored now, judged and carried out when they fall due, then reported.

A stored command is authenticated at once; its certificates are judged at execution. A later
command of the same originator and mode takes the place of a stored one, and a cancellation
(execution time 99991231235959Z) removes it, or more: see policy cancellation_scope. Neither
reaches one that is due already. Nothing authenticates the originator of anyByContingency, so all
commands of that mode share one place.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256

from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert, UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode, ReplacementRule
from firmware_sim.gbcs.use_cases import future_dated_alert
from firmware_sim.machine.commands.activate_firmware import run_activation
from firmware_sim.machine.commands.dues import can_be_withdrawn, is_due
from firmware_sim.machine.commands.respond import signed_alert
from firmware_sim.machine.commands.spending import spent
from firmware_sim.machine.context import Context, posix_seconds
from firmware_sim.machine.credentials.replace import execute
from firmware_sim.machine.image.layout import (
    FORMAT_PENDING_PLACES,
    MAX_CHUNK_OCTETS,
    PENDING_PLACES,
)
from firmware_sim.machine.image.records import PendingChunk, PendingCommand
from firmware_sim.machine.image.use_records import Activation
from firmware_sim.machine.refusals import RefusalReason, Refused
from firmware_sim.machine.security_log import EventCode, log_event
from firmware_sim.machine.state import Changes, DeviceState
from firmware_sim.machine.store.errors import InsufficientSpace, StoreError

_CONTINGENCY = REPLACEMENT_RULES[ReplacementMode.ANY_BY_CONTINGENCY]


class CannotStore(Exception):
    """A command does not wait, and nothing has changed; `status` says what is lacking."""

    def __init__(self, status: StatusCode, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def store_for_later(
    context: Context, message: Message, rule: ReplacementRule, due: datetime
) -> None:
    """Keep an authenticated command until it falls due.

    Raises:
        CannotStore: no place is free, or the flash has no room.
    """
    state = context.state
    replaced = _earlier(context, message, rule)
    changes = _without(context, message, rule, replaced)
    place = replaced[0].place if replaced else _free_place(state)
    octets = message.build()
    for number, start in enumerate(range(0, len(octets), MAX_CHUNK_OCTETS)):
        changes.put(PendingChunk(place, number, octets[start : start + MAX_CHUNK_OCTETS]))
    digest = sha256(octets).digest()
    changes.put(
        PendingCommand(
            place,
            posix_seconds(due),
            bytes(message.originator),
            message.counter,
            rule.code,
            len(octets),
            digest,
        )
    )
    # Not %F: how many digits that gives the year 999 depends on the platform.
    when = due.replace(tzinfo=None).isoformat(" ", "seconds")
    log_event(context, changes, EventCode.FUTURE_DATED_COMMAND_STORED, message, f"due {when}")
    try:
        changes.commit()
    except InsufficientSpace as error:
        reason = "no room to store a future-dated command"
        raise CannotStore(StatusCode.INSUFFICIENT_MEMORY, reason) from error


def cancel(context: Context, message: Message, rule: ReplacementRule) -> bool:
    """Forget what waits and the policy lets a cancellation reach; whether there was anything.

    Raises:
        Refused: nothing waits, and the policy does not accept that; or the flash has no room.
    """
    reached = _cancelled(context, message, rule)
    if not reached and context.policy.cancellation_of_nothing == "silence":
        raise Refused(
            RefusalReason.NOTHING_TO_CANCEL,
            "no command waits that it could cancel",
            spends=rule.authorising_role,
        )
    changes = _without(context, message, rule, reached)
    found = "cancelled" if reached else "nothing was waiting"
    log_event(context, changes, EventCode.FUTURE_DATED_COMMAND_CANCELLED, message, found)
    try:
        changes.commit()
    except InsufficientSpace as error:
        role = rule.authorising_role
        raise Refused(RefusalReason.NO_ROOM, str(error), spends=role) from error
    return bool(reached)


def run_due(context: Context) -> Iterator[bytes]:
    """Carry out every waiting command whose time has come; yields one alert each."""
    state = context.state
    waiting: list[PendingCommand | Activation] = [*state.pending.values()]
    waiting += [] if state.activation is None else [state.activation]
    due = [pending for pending in waiting if is_due(context, pending.due)]
    for pending in sorted(due, key=_order):
        # The one before may have replaced the key that authorised this one.
        if isinstance(pending, Activation):
            if state.activation == pending:
                yield run_activation(context, pending)
        elif state.pending.get(pending.place) == pending:
            yield _run(context, pending)


def _order(pending: PendingCommand | Activation) -> tuple[int, int, int]:
    """Of two that are due at once under one counter, an activation comes last."""
    place = pending.place if isinstance(pending, PendingCommand) else FORMAT_PENDING_PLACES
    return pending.due, pending.counter, place


def _run(context: Context, pending: PendingCommand) -> bytes:
    state = context.state
    message = parse_message(_octets(state, pending))
    command = UpdateCommand.decode(message.payload)
    rule = REPLACEMENT_RULES[command.control.mode]
    counter = state.own.next_counter

    def end(changes: Changes) -> None:
        changes.remove_command(pending)
        changes.next_own_counter()

    outcome = execute(context, message, command, rule).commit(end)
    succeeded = all(item.status is StatusCode.SUCCESS for item in outcome.outcomes)
    code = (
        AlertCode.FUTURE_DATED_COMMAND_ACTIONED
        if succeeded
        else AlertCode.FUTURE_DATED_COMMAND_NOT_ACTIONED
    )
    due = command.execution or context.clock.now().time
    alert = UpdateAlert(code, due, outcome)
    alert_code = future_dated_alert(rule.code)
    return signed_alert(context, alert_code, counter, message.originator, alert.encode())


def _cancelled(
    context: Context, message: Message, rule: ReplacementRule
) -> tuple[PendingCommand, ...]:
    is_wide = context.policy.cancellation_scope == "any-of-originator"
    if not is_wide or rule is _CONTINGENCY:
        return _earlier(context, message, rule)
    return tuple(
        pending
        for pending in _in_order(context.state)
        if pending.originator == message.originator
        and pending.message_code != _CONTINGENCY.code
        and can_be_withdrawn(context, pending.due)
    )


def _without(
    context: Context, message: Message, rule: ReplacementRule, gone: Iterable[PendingCommand]
) -> Changes:
    changes = spent(context, message, rule.authorising_role)
    for pending in gone:
        changes.remove_command(pending)
    return changes


def _earlier(
    context: Context, message: Message, rule: ReplacementRule
) -> tuple[PendingCommand, ...]:
    """What a command supersedes: one; more only in an image that kept contingency by originator."""
    return tuple(
        pending
        for pending in _in_order(context.state)
        if pending.message_code == rule.code
        and (rule is _CONTINGENCY or pending.originator == message.originator)
        and can_be_withdrawn(context, pending.due)
    )


def _in_order(state: DeviceState) -> list[PendingCommand]:
    return [pending for _, pending in sorted(state.pending.items())]


def _free_place(state: DeviceState) -> int:
    for place in range(PENDING_PLACES):
        if place not in state.pending:
            return place
    reason = f"{PENDING_PLACES} future-dated commands wait already"
    raise CannotStore(StatusCode.RESOURCES_BUSY, reason)


def _octets(state: DeviceState, pending: PendingCommand) -> bytes:
    chunks = sorted(key for key in state.chunks if key[0] == pending.place)
    octets = b"".join(state.chunks[key] for key in chunks)
    if sha256(octets).digest() != pending.digest:
        raise StoreError("a waiting command is not what was authenticated")
    return octets
