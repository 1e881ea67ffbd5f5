"""CS02b: replace credentials, now or at a stated time (GBCS 13.3)."""

from datetime import datetime

from firmware_sim.gbcs.contingency import allowed_algorithms, unwrap_contingency_key
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import (
    Begun,
    ExecutionOutcome,
    UpdateCommand,
    UpdateResponse,
    begin,
)
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    RULES_BY_CODE,
    ReplacementMode,
    ReplacementRule,
)
from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.commands.authenticate import (
    authority,
    check_counter,
    check_mac,
    check_protection_form,
    check_signature,
)
from firmware_sim.machine.commands.respond import signed_response
from firmware_sim.machine.commands.scheduler import CannotStore, cancel, store_for_later
from firmware_sim.machine.commands.spending import read_or_spend, spend
from firmware_sim.machine.commands.update_checks import unfit
from firmware_sim.machine.context import Context, date_time_stamp
from firmware_sim.machine.credentials.candidates import CellVerdict
from firmware_sim.machine.credentials.cell_changes import cell_changes, outcome_of
from firmware_sim.machine.credentials.replace import execute
from firmware_sim.machine.refusals import RefusalReason, Refused


def update_credentials(context: Context, message: Message) -> tuple[bytes, ...]:
    """Carry out, store or cancel an update; the response follows what is durable.

    Raises:
        Refused: it is not authenticated, and nothing has changed; or it is not to be carried
            out, and is spent.
        RemoteError: the payload is malformed where it selects the key.
    """
    rule = _rule(context, message)
    begun = _authenticate(context, message, rule)
    command = _fit_command(context, message, rule, begun)
    if command.execution == NEVER:
        reached = cancel(context, message, rule)
        if not reached and context.policy.cancellation_of_nothing == "status-127":
            return _every_cell(context, message, command, StatusCode.OTHER)
        return _answer(context, message, None)
    if command.execution is not None:
        return _for_later(context, message, command, rule, command.execution)
    outcome = execute(context, message, command, rule).commit()
    return _answer(context, message, outcome)


def _for_later(
    context: Context,
    message: Message,
    command: UpdateCommand,
    rule: ReplacementRule,
    due: datetime,
) -> tuple[bytes, ...]:
    if context.policy.future_certificates == "at-receipt-too":
        verdicts = cell_changes(context, command, rule).judgement.verdicts
        if any(verdict.status is not StatusCode.SUCCESS for verdict in verdicts):
            return _answer(context, message, _fails_now(context, message, command, verdicts))
    try:
        store_for_later(context, message, rule, due)
    except CannotStore as error:
        answer: tuple[bytes, ...] = ()
        if context.policy.cannot_store == "status":
            answer = _every_cell(context, message, command, error.status)
        role = rule.authorising_role
        raise Refused(RefusalReason.NO_ROOM, error.reason, answer, spends=role) from error
    return _answer(context, message, None)


def _fails_now(
    context: Context, message: Message, command: UpdateCommand, verdicts: tuple[CellVerdict, ...]
) -> ExecutionOutcome:
    """The outcome of a command that shall not wait: its good cells stay as they are, too."""
    rule = REPLACEMENT_RULES[command.control.mode]
    spend(context, message, rule.authorising_role)
    unchanged = tuple(
        CellVerdict(StatusCode.OTHER) if verdict.status is StatusCode.SUCCESS else verdict
        for verdict in verdicts
    )
    return outcome_of(context.state, command, rule, unchanged)


def _answer(
    context: Context, message: Message, outcome: ExecutionOutcome | None
) -> tuple[bytes, ...]:
    stamp = date_time_stamp(context.clock.now())
    payload = UpdateResponse(outcome).encode(context.verified)
    return (signed_response(context, message, payload, stamp),)


def _rule(context: Context, message: Message) -> ReplacementRule:
    """The rule that selects the key: the message code's, or by policy the mode's."""
    if context.policy.mode_and_code == "must-agree":
        return RULES_BY_CODE[message.code]
    return REPLACEMENT_RULES[begin(message.payload).control.mode]


def _authenticate(context: Context, message: Message, rule: ReplacementRule) -> Begun | None:
    """Returns the payload with its control read, where nothing can be authenticated without it."""
    begun = None
    signed = rule.is_signed(context.state.identity.device_type)
    check_protection_form(message, signed=signed, maced=rule.maced)
    check_counter(context, message, rule.authorising_role)
    if rule.mode is ReplacementMode.ANY_BY_CONTINGENCY:
        begun = begin(message.payload)
        public_key = _contingency_key(context, message, begun)
        check_signature(context, message, public_key, "the contingency key pair")
    else:
        cell_id = rule.authorising_cell(context.state.identity.device_type)
        cell = authority(context, message, cell_id)
        if signed:
            check_signature(context, message, cell.public_key, cell_id)
    if rule.maced:
        check_mac(context, message)
    return begun


def _fit_command(
    context: Context, message: Message, rule: ReplacementRule, begun: Begun | None
) -> UpdateCommand:
    """What an authentic command asks for; the refusal of one that is unfit spends it too."""
    command = read_or_spend(
        rule.authorising_role,
        lambda: UpdateCommand.decode(message.payload, context.verified, begun),
    )
    found = unfit(context, message, command, rule)
    if found is None:
        return command
    answer: tuple[bytes, ...] = ()
    if found.is_answered:
        answer = _every_cell(context, message, command, StatusCode.OTHER)
    raise Refused(found.reason, found.text, answer, spends=rule.authorising_role)


def _contingency_key(context: Context, message: Message, begun: Begun) -> bytes:
    symmetric_key = begun.control.symmetric_key
    if symmetric_key is None:
        raise Refused(RefusalReason.MALFORMED, "anyByContingency without a symmetric key")
    try:
        return unwrap_contingency_key(
            context.state.root.wrapped_contingency_key,
            symmetric_key,
            context.suite,
            allowed=allowed_algorithms(context.policy),
        )
    except RemoteError as error:
        answer: tuple[bytes, ...] = ()
        if context.policy.contingency_unwrap_failure == "status-22":
            command = UpdateCommand.decode(message.payload, context.verified, begun)
            status = StatusCode.CONTINGENCY_PUBLIC_KEY_DECRYPT
            answer = _every_cell(context, message, command, status)
        raise Refused(
            RefusalReason.CONTINGENCY_KEY_DOES_NOT_UNWRAP, error.reason, answer
        ) from error


def _every_cell(
    context: Context, message: Message, command: UpdateCommand, status: StatusCode
) -> tuple[bytes, ...]:
    """The answer to a command of which nothing is carried out, with one status for all cells."""
    rule = REPLACEMENT_RULES[command.control.mode]
    verdicts = (CellVerdict(status),) * len(command.replacements)
    return _answer(context, message, outcome_of(context.state, command, rule, verdicts))
