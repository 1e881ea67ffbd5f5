"""CS02b: replace credentials, now or at a stated time (GBCS 13.3)."""

from datetime import datetime

from firmware_sim.gbcs.contingency import allowed_algorithms, unwrap_contingency_key
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.update_credentials import (
    ExecutionOutcome,
    UpdateCommand,
    UpdateResponse,
)
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    RULES_BY_CODE,
    ReplacementMode,
    ReplacementRule,
    RootReplacement,
)
from firmware_sim.gbcs.roles import ROOT_CELL
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
from firmware_sim.machine.context import Context, date_time_stamp
from firmware_sim.machine.credentials.floors import advanced
from firmware_sim.machine.credentials.judge import Verdict, judge
from firmware_sim.machine.credentials.replace import execute, outcome_of
from firmware_sim.machine.refusals import RefusalReason, Refused


def update_credentials(context: Context, message: Message) -> tuple[bytes, ...]:
    """Carry out, store or cancel an update; the response follows what is durable.

    Raises:
        Refused: structure, counter, authority or protection; nothing has changed.
        RemoteError: the payload is malformed.
    """
    command = UpdateCommand.decode(message.payload, context.verified)
    rule = _rule(context, message, command)
    _authenticate(context, message, command, rule)
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
        verdicts = judge(context, command, rule)
        if any(verdict.status is not StatusCode.SUCCESS for verdict in verdicts):
            return _answer(context, message, _fails_now(context, message, command, verdicts))
    try:
        store_for_later(context, message, rule, due)
    except CannotStore as error:
        answer: tuple[bytes, ...] = ()
        if context.policy.cannot_store == "status":
            answer = _every_cell(context, message, command, error.status)
        raise Refused(RefusalReason.NO_ROOM, error.reason, answer) from error
    return _answer(context, message, None)


def _fails_now(
    context: Context, message: Message, command: UpdateCommand, verdicts: tuple[Verdict, ...]
) -> ExecutionOutcome:
    """The outcome of a command that shall not wait: its good cells stay as they are, too."""
    rule = REPLACEMENT_RULES[command.control.mode]
    changes = context.state.changes()
    changes.put(advanced(context.state, rule.authorising_role, message.counter))
    changes.commit()
    unchanged = tuple(
        Verdict(StatusCode.OTHER) if verdict.status is StatusCode.SUCCESS else verdict
        for verdict in verdicts
    )
    return outcome_of(context.state, command, rule, unchanged)


def _answer(
    context: Context, message: Message, outcome: ExecutionOutcome | None
) -> tuple[bytes, ...]:
    stamp = date_time_stamp(context.clock.now())
    payload = UpdateResponse(outcome).encode(context.verified)
    return (signed_response(context, message, payload, stamp),)


def _rule(context: Context, message: Message, command: UpdateCommand) -> ReplacementRule:
    """The mode's rule, if the command's elements agree with it and with the header."""
    control = command.control
    rule = REPLACEMENT_RULES[control.mode]
    must_agree = context.policy.mode_and_code == "must-agree"
    if rule is not RULES_BY_CODE[message.code] and must_agree:
        raise Refused(
            RefusalReason.MODE_AND_CODE_DISAGREE,
            f"mode {control.mode.label} under message code {message.code:04x}",
        )
    if control.counter != message.counter:
        raise Refused(RefusalReason.MALFORMED, "the payload's counter is not the header's")
    by_contingency = control.mode is ReplacementMode.ANY_BY_CONTINGENCY
    if (control.symmetric_key is not None) != by_contingency:
        raise Refused(
            RefusalReason.MALFORMED, "a symmetric key belongs to anyByContingency, and only there"
        )
    _check_authorising_cell(context, command, rule)
    _check_targets(context, command, rule)
    return rule


def _check_authorising_cell(
    context: Context, command: UpdateCommand, rule: ReplacementRule
) -> None:
    """The named cell must be the mode's; it is left out where a MAC or the root authorises."""
    due = rule.authorising_cell(context.state.identity.device_type)
    named = command.control.authorising_cell
    may_be_absent = not rule.is_signed(context.state.identity.device_type) or due == ROOT_CELL
    if named != due and not (named is None and may_be_absent):
        raise Refused(
            RefusalReason.NO_AUTHORITY, f"{rule.mode.label} is authorised by {due}, not {named}"
        )


def _check_targets(context: Context, command: UpdateCommand, rule: ReplacementRule) -> None:
    policy = context.policy
    targets = [replacement.cell for replacement in command.replacements]
    if policy.duplicate_cells == "refuse" and len(set(targets)) != len(targets):
        raise Refused(RefusalReason.MALFORMED, "one cell is replaced twice")
    if policy.cell_outside_mode == "refuse" and not all(map(rule.may_replace, targets)):
        raise Refused(RefusalReason.NO_AUTHORITY, f"a cell outside {rule.mode.label}")
    needs_root = (
        rule.root is RootReplacement.ABNORMAL and policy.contingency_without_root == "refuse"
    )
    if needs_root and ROOT_CELL not in targets:
        raise Refused(RefusalReason.MALFORMED, "anyByContingency without a new root")
    if policy.foreign_floors == "refuse":
        for change in command.control.other_changes or ():
            if change.role not in rule.replaceable:
                raise Refused(
                    RefusalReason.NO_AUTHORITY,
                    f"{rule.mode.label} moves no counter of {change.role.label}",
                )


def _authenticate(
    context: Context, message: Message, command: UpdateCommand, rule: ReplacementRule
) -> None:
    signed = rule.is_signed(context.state.identity.device_type)
    check_protection_form(message, signed=signed, maced=rule.maced)
    check_counter(context, message, rule.authorising_role)
    if rule.mode is ReplacementMode.ANY_BY_CONTINGENCY:
        public_key = _contingency_key(context, message, command)
        check_signature(context, message, public_key, "the contingency key pair")
    else:
        cell_id = rule.authorising_cell(context.state.identity.device_type)
        cell = authority(context, message, cell_id)
        if signed:
            check_signature(context, message, cell.public_key, str(cell_id))
    if rule.maced:
        check_mac(context, message)


def _contingency_key(context: Context, message: Message, command: UpdateCommand) -> bytes:
    try:
        return unwrap_contingency_key(
            context.state.root.wrapped_contingency_key,
            command.control.symmetric_key or b"",
            context.suite,
            allowed=allowed_algorithms(context.policy),
        )
    except RemoteError as error:
        answer: tuple[bytes, ...] = ()
        if context.policy.contingency_unwrap_failure == "status-22":
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
    verdicts = (Verdict(status),) * len(command.replacements)
    return _answer(context, message, outcome_of(context.state, command, rule, verdicts))
