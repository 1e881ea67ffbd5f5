"""Every update that an adversary tries: each mode, from each origin of certificates, true or not.

The adversary reads the mode table, which is public. It decides what a command claims; whether the
device obeys is seen afterwards.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from firmware_sim.bench.commands.requests import Floors, UpdateRequest
from firmware_sim.bench.experiments.attack.crafting import Mac, Sender
from firmware_sim.bench.experiments.attack.origins import ENROLLED, PUBLISHED, Origin, origins
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.gbcs.identifiers import EntityId, MessageCode
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    RULES_BY_CODE,
    ReplacementMode,
    ReplacementRule,
)
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId

_NO_ENTITY = EntityId(bytes(8))
_NO_FLOORS = Floors()


class Effort(StrEnum):
    """How much an exploration tries."""

    QUICK = "quick"
    """Modes whose key is not held: three origins of certificates only."""
    DEFAULT = "default"
    """Every origin for every mode, all cells in one command, and the usual lies."""
    FULL = "full"
    """Each cell by itself too, and every lie with every origin."""


class Try(NamedTuple):
    """One update to send.

    Attributes:
        way: the number of the mode whose message code it has: a device that refuses the mode
            in it has still spent the counter of the code's.
    """

    way: str
    origin: Origin
    request: UpdateRequest
    sender: Sender


def way_of(rule: ReplacementRule) -> str:
    """How powers name a mode: by its number."""
    return str(int(rule.mode))


def available(position: Position) -> Iterator[Origin]:
    """The origins of certificates that the stolen keys open."""
    return (each for each in origins() if not each.needs or each.needs in position.stolen.keys)


def tries(position: Position, effort: Effort, *, lying: bool = True) -> Iterator[Try]:
    """The updates to try from a position; without `lying`, only what claims nothing false."""
    for rule in REPLACEMENT_RULES.values():
        due = rule.authorising_cell(position.target.device_type)
        is_held = position.capabilities.can_act_as(position.held, due)
        for origin in available(position):
            is_usual = origin.name in (PUBLISHED, ENROLLED)
            is_closed = not is_held and rule.mode is not ReplacementMode.ANY_BY_CONTINGENCY
            if effort is Effort.QUICK and is_closed and not is_usual and origin.own_root != 1:
                continue
            lies = lying and (effort is Effort.FULL or origin.name == ENROLLED)
            for request, sender in _claims(position, rule, origin, lies=lies):
                yield _try(origin, request, sender)
                if effort is Effort.FULL:
                    yield from _one_by_one(origin, request, sender)


def _rule_of_header(request: UpdateRequest) -> ReplacementRule:
    """The rule that a device goes by: that of the code, which selects the key."""
    if request.code is None:
        return REPLACEMENT_RULES[request.mode]
    return RULES_BY_CODE[request.code]


def plain(
    position: Position,
    rule: ReplacementRule,
    origin: Origin,
    *,
    floors: Floors = _NO_FLOORS,
    execution: datetime | None = None,
    cells: tuple[TrustAnchorCellId, ...] | None = None,
) -> tuple[UpdateRequest, Sender]:
    """An update that claims nothing but what is so, protected as the mode asks."""
    device_type = position.target.device_type
    due = rule.authorising_cell(device_type)
    owner = position.held.cell(due)
    request = UpdateRequest(
        rule.mode,
        _replacements(position, origin, position.cells() if cells is None else cells),
        origin.path,
        floors,
        origin.in_period,
        execution,
    )
    originator = _NO_ENTITY if owner is None else owner.unique_id
    key = _signer(position, rule, due) if rule.is_signed(device_type) else None
    return request, Sender.by_rule(rule, device_type, originator, key)


def _claims(
    position: Position, rule: ReplacementRule, origin: Origin, *, lies: bool
) -> Iterator[tuple[UpdateRequest, Sender]]:
    truth, sender = plain(position, rule, origin)
    yield truth, sender
    if not lies:
        return
    for mac in Mac:
        if mac is not sender.mac:
            yield truth, sender._replace(mac=mac)
    yield truth, sender._replace(signer=None, mac=Mac.TRUE)
    known = [
        cell
        for cell in position.cells()
        if position.capabilities.key_of(position.held, cell) is not None
    ]
    for cell in known or [ROOT_CELL]:
        yield from _lies(position, rule, truth, sender, cell)


def _lies(
    position: Position,
    rule: ReplacementRule,
    truth: UpdateRequest,
    sender: Sender,
    cell: TrustAnchorCellId,
) -> Iterator[tuple[UpdateRequest, Sender]]:
    """In the name of the owner of a cell whose key is known, or with another mode's code."""
    owner = position.held.cell(cell)
    key = position.capabilities.key_of(position.held, cell)
    signed = sender._replace(signer=key or sender.signer)
    as_owner = signed._replace(originator=_NO_ENTITY if owner is None else owner.unique_id)
    naming = truth._replace(authorising_cell=cell)
    yield truth, as_owner
    yield naming, as_owner
    yield naming, signed
    for code in _codes_of(position, cell):
        if code != rule.code:
            yield naming._replace(code=code), as_owner
            yield truth._replace(code=code), as_owner


def _codes_of(position: Position, cell: TrustAnchorCellId) -> Iterator[MessageCode]:
    """The codes of the modes that a cell authorises."""
    for rule in REPLACEMENT_RULES.values():
        if rule.authorising_cell(position.target.device_type) == cell:
            yield rule.code


def _signer(position: Position, rule: ReplacementRule, due: TrustAnchorCellId) -> bytes:
    if rule.mode is ReplacementMode.ANY_BY_CONTINGENCY:
        return position.capabilities.contingency(position.held)[0]
    key = position.capabilities.key_of(position.held, due)
    return key or next(iter(position.capabilities.signers()))


def _replacements(
    position: Position, origin: Origin, cells: tuple[TrustAnchorCellId, ...]
) -> tuple[Replacement, ...]:
    found = []
    for cell in cells:
        held = position.held.cell(cell)
        if cell == ROOT_CELL:
            if origin.root is not None:
                found.append(Replacement(origin.root, cell))
        elif held is not None:
            found.append(Replacement(origin.leaves(cell, held.unique_id), cell))
    return tuple(found)


def _one_by_one(origin: Origin, request: UpdateRequest, sender: Sender) -> Iterator[Try]:
    for each in request.replacements:
        yield _try(origin, request._replace(replacements=(each,)), sender)


def _try(origin: Origin, request: UpdateRequest, sender: Sender) -> Try:
    return Try(way_of(_rule_of_header(request)), origin, request, sender)
