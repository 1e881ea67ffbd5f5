"""Is an authentic update fit to be carried out? Its elements against its header, mode, each other.

None of this is looked at before the command is authenticated: a sender without the key is told of
the key that he lacks, and of nothing else.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementRule, RootReplacement
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId
from firmware_sim.machine.commands.header import header_extras
from firmware_sim.machine.context import Context
from firmware_sim.machine.refusals import RefusalReason

_target = attrgetter("cell")


class Unfit(NamedTuple):
    """Why an authentic command is not carried out, and whether it is answered for each cell."""

    reason: RefusalReason
    text: str
    is_answered: bool


@dataclass(slots=True)
class _Checked:
    """What the checks look at; `rule` is the one that the command was authenticated by."""

    context: Context
    message: Message
    command: UpdateCommand
    rule: ReplacementRule
    targets: Sequence[TrustAnchorCellId]


def unfit(
    context: Context, message: Message, command: UpdateCommand, rule: ReplacementRule
) -> Unfit | None:
    """The first thing that is wrong with an authentic update; None if it is to be carried out."""
    targets = list(map(_target, command.replacements))
    checked = _Checked(context, message, command, rule, targets)
    return (
        _mode(checked)
        or _counter(checked)
        or _symmetric_key(checked)
        or _authorising_cell(checked)
        or _header(checked)
        or _lone_specialist_floor(checked)
        or _duplicate_floors(checked)
        or _foreign_floors(checked)
        or _duplicate_cells(checked)
        or _cell_outside_mode(checked)
        or _root(checked)
    )


def _contradiction(checked: _Checked, reason: RefusalReason, text: str) -> Unfit:
    """For what no point of its own decides about."""
    return Unfit(reason, text, checked.context.policy.unfit_command == "status-127")


def _mode(checked: _Checked) -> Unfit | None:
    control, message = checked.command.control, checked.message
    if REPLACEMENT_RULES[control.mode] is checked.rule:
        return None
    return _contradiction(
        checked,
        RefusalReason.MODE_AND_CODE_DISAGREE,
        f"mode {control.mode.label} under message code {message.code:04x}",
    )


def _counter(checked: _Checked) -> Unfit | None:
    if checked.command.control.counter == checked.message.counter:
        return None
    text = "the payload's counter is not the header's"
    return _contradiction(checked, RefusalReason.MALFORMED, text)


def _symmetric_key(checked: _Checked) -> Unfit | None:
    """Without the key anyByContingency is not authenticated, so here it can only be too much."""
    is_there = checked.command.control.symmetric_key is not None
    if not is_there or checked.rule.root is RootReplacement.ABNORMAL:
        return None
    text = "a symmetric key belongs to anyByContingency only"
    return _contradiction(checked, RefusalReason.MALFORMED, text)


def _authorising_cell(checked: _Checked) -> Unfit | None:
    """The named cell must be the mode's.

    Only a command that the Broker's MAC authorises and, by policy, anyByContingency may leave
    it out.
    """
    rule, device_type = checked.rule, checked.context.state.identity.device_type
    due = rule.authorising_cell(device_type)
    named = checked.command.control.authorising_cell
    if named == due:
        return None
    may_be_absent = not rule.is_signed(device_type)
    if due == ROOT_CELL:
        may_be_absent = checked.context.policy.contingency_cell == "may-be-absent"
    if named is None and may_be_absent:
        return None
    text = f"{rule.mode.label} is authorised by {due}, not {named}"
    return _contradiction(checked, RefusalReason.NO_AUTHORITY, text)


def _header(checked: _Checked) -> Unfit | None:
    extras = header_extras(checked.message, checked.context.policy)
    return _contradiction(checked, RefusalReason.MALFORMED, extras) if extras else None


def _lone_specialist_floor(checked: _Checked) -> Unfit | None:
    choice, control = checked.context.policy.lone_specialist_floor, checked.command.control
    if choice == "ignore" or control.specialist_floors is None or control.floor is not None:
        return None
    text = "a specialist floor of the authorising role without its floor"
    return Unfit(RefusalReason.MALFORMED, text, choice == "status-127")


def _duplicate_floors(checked: _Checked) -> Unfit | None:
    choice, control = checked.context.policy.duplicate_floors, checked.command.control
    if choice == "last-wins":
        return None
    others = control.other_changes or ()
    if not others and not control.specialist_floors:
        return None
    roles = [change.role for change in others]
    if control.floor is not None:
        roles.append(checked.rule.authorising_role)
    lists = [control.specialist_floors, *(change.specialist_floors for change in others)]
    usages = ([item.usage for item in each or ()] for each in lists)
    if not (_has_two_of_one(roles) or any(map(_has_two_of_one, usages))):
        return None
    return Unfit(RefusalReason.MALFORMED, "two floors for one counter", choice == "status-127")


def _has_two_of_one(items: Sequence[Hashable]) -> bool:
    return len(set(items)) != len(items)


def _foreign_floors(checked: _Checked) -> Unfit | None:
    choice = checked.context.policy.foreign_floors
    if choice == "ignore":
        return None
    for change in checked.command.control.other_changes or ():
        if change.role not in checked.rule.replaceable:
            text = f"{checked.rule.mode.label} moves no counter of {change.role.label}"
            return Unfit(RefusalReason.NO_AUTHORITY, text, choice == "status-127")
    return None


def _duplicate_cells(checked: _Checked) -> Unfit | None:
    choice = checked.context.policy.duplicate_cells
    if choice == "last-wins" or not _has_two_of_one(checked.targets):
        return None
    return Unfit(RefusalReason.MALFORMED, "one cell is replaced twice", choice == "status-127")


def _cell_outside_mode(checked: _Checked) -> Unfit | None:
    if checked.context.policy.cell_outside_mode == "status-127":
        return None  # each cell has its own verdict
    if all(map(checked.rule.may_replace, checked.targets)):
        return None
    text = f"a cell outside {checked.rule.mode.label}"
    return Unfit(RefusalReason.NO_AUTHORITY, text, is_answered=False)


def _root(checked: _Checked) -> Unfit | None:
    choice = checked.context.policy.contingency_without_root
    if checked.rule.root is not RootReplacement.ABNORMAL or choice == "accept":
        return None
    if ROOT_CELL in checked.targets:
        return None
    text = "anyByContingency without a new root"
    return Unfit(RefusalReason.MALFORMED, text, choice == "status-127")
