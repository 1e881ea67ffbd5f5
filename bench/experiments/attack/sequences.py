"""Counters: what floors move, and how a recorded command could come to run again."""

from collections.abc import Iterator

from firmware_sim.bench.commands.requests import Floors
from firmware_sim.bench.experiments.attack.history import certificate_in
from firmware_sim.bench.experiments.attack.observing import Observed
from firmware_sim.bench.experiments.attack.origins import Origin
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.bench.experiments.attack.setup import pki
from firmware_sim.bench.experiments.attack.updates import Try, plain, way_of
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.replacement import ReplacementMode, ReplacementRule
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    CellUsage,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)

LOW, HIGH = 1, MAX_SEQ_NUMBER


def floor_tries(position: Position, rule: ReplacementRule, origin: Origin) -> Iterator[Try]:
    """Floors for each role, low and high: with every key replaced, with some, and with none."""
    targets = list(dict.fromkeys(_targets(position, rule)))
    for value, cells in (*((LOW, cells) for cells in targets), (HIGH, targets[1])):
        for floors in _floors(position, value):
            request, sender = plain(position, rule, origin, floors=floors, cells=cells)
            yield Try(way_of(rule), origin, request, sender)


ANSWERED = "answered"


def replayed(position: Position, recorded: tuple[bytes, ...]) -> frozenset[str]:
    """What recorded commands do when they are sent again, each by itself.

    Returns:
        The counters that move; where none does, what else changed, or `ANSWERED`.
    """
    found: set[str] = set()
    for octets in recorded:
        seen = position.attempt(octets)
        found |= set(map(str, seen.raised or seen.replaced or seen.own_keys))
        if not seen and not position.is_refused:
            found.add(ANSWERED)
    return frozenset(found)


def return_keys(
    position: Position,
    first: Observed,
    rule: ReplacementRule,
    origin: Origin,
    recorded: tuple[bytes, ...],
) -> frozenset[str]:
    """Put other keys in with low floors, then the first ones again, then replay.

    Args:
        first: what the device held when the commands were recorded.

    Returns:
        As `replayed`.
    """
    start = position.mark()
    root = pki().root().octets if rule.mode is ReplacementMode.ANY_BY_CONTINGENCY else None
    path = (pki().issuing().octets,)
    before = Origin("as before", lambda cell, _: certificate_in(first.content(cell)), path, root)
    cells = tuple(cell for cell in position.cells() if rule.may_replace(cell))
    try:
        for each in (origin, before):
            roles = {cell.role for cell in cells} - {rule.authorising_role, RemotePartyRole.ROOT}
            floors = Floors(
                LOW, _specialist(LOW), tuple(_change(role, LOW) for role in sorted(roles)) or None
            )
            octets = position.update(*plain(position, rule, each, floors=floors, cells=cells))
            if octets is None or not position.strike(octets).replaced:
                return frozenset()
            position.settle()
        return replayed(position, recorded)
    finally:
        position.go_back(start)


def _targets(position: Position, rule: ReplacementRule) -> Iterator[tuple[TrustAnchorCellId, ...]]:
    every = position.cells()
    has_root = rule.mode is ReplacementMode.ANY_BY_CONTINGENCY
    root = (ROOT_CELL,) if has_root else ()
    others = tuple(cell for cell in every if cell != ROOT_CELL)
    yield every
    yield root
    yield root + tuple(cell for cell in others if cell.key_usage is KeyUsage.KEY_AGREEMENT)
    yield root + tuple(cell for cell in others if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE)
    yield root + tuple(cell for cell in others if cell.cell_usage is CellUsage.MANAGEMENT)


def _floors(position: Position, value: int) -> Iterator[Floors]:
    yield Floors(value, _specialist(value))
    for role in sorted({cell.role for cell in position.cells()}):
        yield Floors(None, None, (_change(role, value),))


def _change(role: RemotePartyRole, value: int) -> FloorChange:
    return FloorChange(role, value, _specialist(value))


def _specialist(value: int) -> tuple[SpecialistFloor, ...]:
    return (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, value),)
