"""CS06: activate a firmware image, now or at a stated time (GBCS 11.5).

One activation may wait. A later command takes its place unless it is due already; a cancellation
(execution time 99991231235959Z) removes it.
"""

from datetime import UTC, datetime

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.activation import (
    ActivationAlert,
    ActivationCode,
    ActivationCommand,
    ActivationOutcome,
    ActivationResponse,
)
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS06, CS06_FUTURE_DATED_ALERT
from firmware_sim.gbcs.uses import USES
from firmware_sim.machine.commands.asking import authentic_asker, check_use_header
from firmware_sim.machine.commands.dues import can_be_withdrawn
from firmware_sim.machine.commands.respond import signed_alert, use_response
from firmware_sim.machine.commands.spending import read_or_spend, spent
from firmware_sim.machine.context import Context, posix_seconds
from firmware_sim.machine.image.use_records import Activation
from firmware_sim.machine.meter.firmware import Activated, activate
from firmware_sim.machine.refusals import RefusalReason, Refused
from firmware_sim.machine.security_log import EventCode, LogSubject, log_event
from firmware_sim.machine.state import Changes
from firmware_sim.machine.store.errors import InsufficientSpace


def activate_firmware(context: Context, message: Message) -> tuple[bytes, ...]:
    """Carry out, store or cancel an activation; the response follows what is durable.

    Raises:
        Refused: not authenticated, and nothing has changed; or refused, and its counter is spent.
    """
    state = context.state
    is_hub = state.identity.device_type is DeviceType.CHF
    if is_hub and context.policy.chf_activation_by == "none":
        raise Refused(RefusalReason.USE_CASE_NOT_SUPPORTED, "no party activates a hub's firmware")
    asker = authentic_asker(context, message, USES[CS06])

    def read() -> ActivationCommand:
        check_use_header(context, message, asker)
        command = ActivationCommand.decode(message.payload)
        if command.counter != message.counter:
            raise RemoteError("the payload's counter is not the header's")
        return command

    command = read_or_spend(asker.role, read)
    if command.execution == NEVER:
        _cancel(context, message, command, asker.role)
    elif command.execution is not None:
        _store(context, message, command.execution, command.image_hash, asker.role)
    else:
        return _answer(context, message, _now(context, message, command, asker.role))
    return _answer(context, message, None)


def run_activation(context: Context, waiting: Activation) -> bytes:
    """Carry out the activation that has waited; the alert that says what became of it."""
    activated = activate(context, waiting.image_hash)
    originator = EntityId(waiting.originator)
    changes = context.state.changes()
    changes.put(activated.meter)
    changes.remove(waiting)
    subject = LogSubject(originator, waiting.counter, CS06)
    log_event(context, changes, EventCode.FIRMWARE_ACTIVATED, subject, activated.detail)
    counter = changes.next_own_counter()
    changes.commit()
    code = AlertCode.FUTURE_DATED_COMMAND_NOT_ACTIONED
    if activated.outcome.code is ActivationCode.SUCCESS:
        code = AlertCode.FUTURE_DATED_COMMAND_ACTIONED
    due = datetime.fromtimestamp(waiting.due, UTC)
    alert = ActivationAlert(code, due, waiting.counter, activated.outcome)
    return signed_alert(context, CS06_FUTURE_DATED_ALERT, counter, originator, alert.encode())


def _now(
    context: Context, message: Message, command: ActivationCommand, role: RemotePartyRole
) -> ActivationOutcome:
    activated: Activated = activate(context, command.image_hash)
    changes = spent(context, message, role)
    changes.put(activated.meter)
    log_event(context, changes, EventCode.FIRMWARE_ACTIVATED, message, activated.detail)
    _commit(changes, role)
    return activated.outcome


def _store(
    context: Context, message: Message, due: datetime, image_hash: bytes, role: RemotePartyRole
) -> None:
    waiting = context.state.activation
    if waiting is not None and not can_be_withdrawn(context, waiting.due):
        text = "an activation that is due has not run yet"
        raise Refused(RefusalReason.NO_ROOM, text, spends=role)
    changes = spent(context, message, role)
    originator = bytes(message.originator)
    changes.put(Activation(posix_seconds(due), message.counter, originator, image_hash))
    # Not %F: how many digits that gives the year 999 depends on the platform.
    when = due.replace(tzinfo=None).isoformat(" ", "seconds")
    log_event(context, changes, EventCode.FUTURE_DATED_COMMAND_STORED, message, f"due {when}")
    _commit(changes, role)


def _cancel(
    context: Context, message: Message, command: ActivationCommand, role: RemotePartyRole
) -> None:
    waiting = context.state.activation
    if waiting is not None and not _is_reached(context, waiting, command):
        waiting = None
    if waiting is None and context.policy.cancellation_of_nothing == "silence":
        text = "no activation waits that it could cancel"
        raise Refused(RefusalReason.NOTHING_TO_CANCEL, text, spends=role)
    changes = spent(context, message, role)
    if waiting is not None:
        changes.remove(waiting)
    found = "nothing was waiting" if waiting is None else "cancelled"
    log_event(context, changes, EventCode.FUTURE_DATED_COMMAND_CANCELLED, message, found)
    _commit(changes, role)


def _is_reached(context: Context, waiting: Activation, command: ActivationCommand) -> bool:
    is_any = context.policy.cs06_cancel_scope == "any"
    is_meant = is_any or waiting.image_hash == command.image_hash
    return is_meant and can_be_withdrawn(context, waiting.due)


def _commit(changes: Changes, role: RemotePartyRole) -> None:
    try:
        changes.commit()
    except InsufficientSpace as error:
        raise Refused(RefusalReason.NO_ROOM, str(error), spends=role) from error


def _answer(
    context: Context, message: Message, outcome: ActivationOutcome | None
) -> tuple[bytes, ...]:
    payload = ActivationResponse(outcome).encode()
    return (use_response(context, message, payload, None),)
