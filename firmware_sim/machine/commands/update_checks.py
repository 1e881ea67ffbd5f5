"""Is an authentic update fit to be carried out? Its elements against its header, mode, each other.

None of this is looked at before the command is authenticated: what somebody without a key sends
is answered for the key that it lacks, and for nothing else.
"""

from collections.abc import Callable
from typing import NamedTuple

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementRule, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL
from firmware_sim.machine.context import Context
from firmware_sim.machine.refusals import RefusalReason


class Unfit(NamedTuple):
    """Why an authentic command is not carried out."""

    reason: RefusalReason
    text: str


class _Checked(NamedTuple):
    """What the checks look at; `rule` is the one that the command was authenticated by."""

    context: Context
    message: Message
    command: UpdateCommand
    rule: ReplacementRule


def unfit(
    context: Context, message: Message, command: UpdateCommand, rule: ReplacementRule
) -> Unfit | None:
    """The first thing that is wrong with an authentic update; None if it is to be carried out."""
    checked = _Checked(context, message, command, rule)
    return next(filter(None, (check(checked) for check in _CHECKS)), None)


def _mode(checked: _Checked) -> Unfit | None:
    control, message = checked.command.control, checked.message
    if REPLACEMENT_RULES[control.mode] is checked.rule:
        return None
    return Unfit(
        RefusalReason.MODE_AND_CODE_DISAGREE,
        f"mode {control.mode.label} under message code {message.code:04x}",
    )


def _counter(checked: _Checked) -> Unfit | None:
    if checked.command.control.counter == checked.message.counter:
        return None
    return Unfit(RefusalReason.MALFORMED, "the payload's counter is not the header's")


def _symmetric_key(checked: _Checked) -> Unfit | None:
    """Without the key anyByContingency is not authenticated, so here it can only be too much."""
    is_there = checked.command.control.symmetric_key is not None
    if not is_there or checked.rule.root is RootReplacement.ABNORMAL:
        return None
    return Unfit(RefusalReason.MALFORMED, "a symmetric key belongs to anyByContingency only")


def _authorising_cell(checked: _Checked) -> Unfit | None:
    """The named cell must be the mode's; it is left out where a MAC or the root authorises."""
    rule, device_type = checked.rule, checked.context.state.identity.device_type
    due = rule.authorising_cell(device_type)
    named = checked.command.control.authorising_cell
    may_be_absent = not rule.is_signed(device_type) or due == ROOT_CELL
    if named == due or (named is None and may_be_absent):
        return None
    return Unfit(
        RefusalReason.NO_AUTHORITY, f"{rule.mode.label} is authorised by {due}, not {named}"
    )


def _foreign_floors(checked: _Checked) -> Unfit | None:
    if checked.context.policy.foreign_floors == "ignore":
        return None
    for change in checked.command.control.other_changes or ():
        if change.role not in checked.rule.replaceable:
            return Unfit(
                RefusalReason.NO_AUTHORITY,
                f"{checked.rule.mode.label} moves no counter of {change.role.label}",
            )
    return None


def _duplicate_cells(checked: _Checked) -> Unfit | None:
    targets = [replacement.cell for replacement in checked.command.replacements]
    if checked.context.policy.duplicate_cells == "last-wins" or len(set(targets)) == len(targets):
        return None
    return Unfit(RefusalReason.MALFORMED, "one cell is replaced twice")


def _cell_outside_mode(checked: _Checked) -> Unfit | None:
    if checked.context.policy.cell_outside_mode == "status-127":
        return None
    if all(checked.rule.may_replace(item.cell) for item in checked.command.replacements):
        return None
    return Unfit(RefusalReason.NO_AUTHORITY, f"a cell outside {checked.rule.mode.label}")


def _root(checked: _Checked) -> Unfit | None:
    is_due = checked.rule.root is RootReplacement.ABNORMAL
    if not is_due or checked.context.policy.contingency_without_root == "accept":
        return None
    if any(item.cell == ROOT_CELL for item in checked.command.replacements):
        return None
    return Unfit(RefusalReason.MALFORMED, "anyByContingency without a new root")


_CHECKS: tuple[Callable[[_Checked], Unfit | None], ...] = (
    _mode,
    _counter,
    _symmetric_key,
    _authorising_cell,
    _foreign_floors,
    _duplicate_cells,
    _cell_outside_mode,
    _root,
)
