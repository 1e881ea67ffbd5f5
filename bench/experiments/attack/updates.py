"""Every update that an attacker tries: each mode, from each origin of certificates, true or not.

An attacker reads the mode table as everybody can. It decides what a command claims; whether the
device obeys is seen afterwards.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from firmware_sim.bench.commands.requests import Floors
from firmware_sim.bench.experiments.attack.crafting import Mac, Sealed, Update
from firmware_sim.bench.experiments.attack.origins import ENROLLED, PUBLISHED, World, worlds
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

_NOBODY = EntityId(bytes(8))
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
    world: World
    update: Update
    how: Sealed


def way_of(rule: ReplacementRule) -> str:
    """How powers name a mode: by its number."""
    return str(int(rule.mode))


def available(position: Position) -> Iterator[World]:
    """The origins of certificates that the loot opens."""
    return (each for each in worlds() if not each.needs or each.needs in position.loot.keys)


def tries(position: Position, effort: Effort, *, lying: bool = True) -> Iterator[Try]:
    """The updates to try from a position; without `lying`, only what claims nothing false."""
    for rule in REPLACEMENT_RULES.values():
        due = rule.authorising_cell(position.target.device_type)
        is_held = position.hand.speaks_for(position.held, due)
        for world in available(position):
            is_usual = world.name in (PUBLISHED, ENROLLED)
            is_closed = not is_held and rule.mode is not ReplacementMode.ANY_BY_CONTINGENCY
            if effort is Effort.QUICK and is_closed and not is_usual and world.own_root != 1:
                continue
            lies = lying and (effort is Effort.FULL or world.name == ENROLLED)
            for update, how in _told(position, rule, world, lies=lies):
                yield _try(world, update, how)
                if effort is Effort.FULL:
                    yield from _one_by_one(world, update, how)


def plain(
    position: Position,
    rule: ReplacementRule,
    world: World,
    *,
    floors: Floors = _NO_FLOORS,
    execution: datetime | None = None,
    cells: tuple[TrustAnchorCellId, ...] | None = None,
) -> tuple[Update, Sealed]:
    """An update that claims nothing but what is so, protected as the mode asks."""
    device_type = position.target.device_type
    due = rule.authorising_cell(device_type)
    is_signed = rule.is_signed(device_type)
    owner = position.held.cell(due)
    update = Update(
        rule.mode,
        rule.code,
        _NOBODY if owner is None else owner.unique_id,
        due if is_signed else None,
        _replacements(position, world, position.cells() if cells is None else cells),
        world.path,
        floors,
        execution,
        world.in_period,
    )
    mac = Mac.TRUE if rule.maced else Mac.NONE
    return update, Sealed(_signer(position, rule, due) if is_signed else None, mac)


def _told(
    position: Position, rule: ReplacementRule, world: World, *, lies: bool
) -> Iterator[tuple[Update, Sealed]]:
    truth, how = plain(position, rule, world)
    yield truth, how
    if not lies:
        return
    for mac in Mac:
        if mac is not how.mac:
            yield truth, how._replace(mac=mac)
    yield truth, Sealed(None, Mac.TRUE)
    held = [
        cell for cell in position.cells() if position.hand.grip(position.held, cell) is not None
    ]
    for cell in held or [ROOT_CELL]:
        yield from _lies(position, rule, truth, how, cell)


def _lies(
    position: Position, rule: ReplacementRule, truth: Update, how: Sealed, cell: TrustAnchorCellId
) -> Iterator[tuple[Update, Sealed]]:
    """In the name of the owner of a cell whose key is held, or with another mode's code."""
    owner = position.held.cell(cell)
    me = _NOBODY if owner is None else owner.unique_id
    mine = Sealed(position.hand.grip(position.held, cell) or how.signer, how.mac)
    yield truth._replace(originator=me), mine
    yield truth._replace(originator=me, named=cell), mine
    yield truth._replace(named=cell), mine
    for code in _codes_of(position, cell):
        if code != rule.code:
            yield truth._replace(originator=me, named=cell, code=code), mine
            yield truth._replace(originator=me, code=code), mine


def _codes_of(position: Position, cell: TrustAnchorCellId) -> Iterator[MessageCode]:
    """The codes of the modes that a cell authorises."""
    for rule in REPLACEMENT_RULES.values():
        if rule.authorising_cell(position.target.device_type) == cell:
            yield rule.code


def _signer(position: Position, rule: ReplacementRule, due: TrustAnchorCellId) -> bytes:
    if rule.mode is ReplacementMode.ANY_BY_CONTINGENCY:
        return position.hand.contingency(position.held)[0]
    key = position.hand.grip(position.held, due)
    return key or next(iter(position.hand.signers()))


def _replacements(
    position: Position, world: World, cells: tuple[TrustAnchorCellId, ...]
) -> tuple[Replacement, ...]:
    found = []
    for cell in cells:
        held = position.held.cell(cell)
        if cell == ROOT_CELL:
            if world.root is not None:
                found.append(Replacement(world.root, cell))
        elif held is not None:
            found.append(Replacement(world.leaves(cell, held.unique_id), cell))
    return tuple(found)


def _one_by_one(world: World, update: Update, how: Sealed) -> Iterator[Try]:
    for each in update.replacements:
        yield _try(world, update._replace(replacements=(each,)), how)


def _try(world: World, update: Update, how: Sealed) -> Try:
    return Try(way_of(RULES_BY_CODE[update.code]), world, update, how)
