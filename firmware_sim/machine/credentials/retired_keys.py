"""Keys that cells have given up, with the counters that they were used with.

A key that comes back brings back all that it has protected before: a counter below its old one
would let those commands run again. So a cell remembers the last four keys that it gave up, and
a key that returns raises its role's counter to where it was when that key went.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    CellUsage,
    KeyUsage,
    TrustAnchorCellId,
)
from firmware_sim.machine.image.layout import RETIRED_PLACES
from firmware_sim.machine.image.records import Counters, RetiredKey
from firmware_sim.machine.state import DeviceState


class GivenUp(NamedTuple):
    """A key that a cell gives up, by SHA-256 over its point; only of a cell that is counted."""

    cell: TrustAnchorCellId
    key_digest: bytes


def given_up(state: DeviceState, rekeyed: Mapping[TrustAnchorCellId, bytes]) -> tuple[GivenUp, ...]:
    """What a command takes away, in the order of its replacements.

    Args:
        rekeyed: each cell whose public key the command changes, with the new key.
    """
    return tuple(
        GivenUp(cell, sha256(state.cells[cell].public_key).digest())
        for cell in rekeyed
        if is_counted(cell)
    )


def retired_keys(
    state: DeviceState, given_up: Iterable[GivenUp], advanced: Counters
) -> Iterator[RetiredKey]:
    """What to remember of keys that cells give up.

    Args:
        advanced: the authorising role's counters with the command itself counted.
    """
    for cell, digest in given_up:
        held = advanced if cell.role is advanced.role else state.counters.get(cell.role)
        counter = 0 if held is None else _counter_of(held, cell) or 0
        known = state.retired.get(cell)
        if known is None:
            yield RetiredKey(cell, 0, 1, counter, digest)
        else:
            yield _retired(known, cell, counter, digest)


def raised(
    state: DeviceState, held: Counters, cell: TrustAnchorCellId, public_key: bytes
) -> Counters:
    """A role's counters once one of its cells holds this key: not below those of its last use."""
    known = _same(state.retired.get(cell, ()), sha256(public_key).digest())
    if known is None or not is_counted(cell) or known.counter <= (_counter_of(held, cell) or 0):
        return held
    if cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP:
        return held._replace(specialist=known.counter)
    return held._replace(execution=known.counter)


def is_counted(cell: TrustAnchorCellId) -> bool:
    """Whether a counter stands behind what the cell's key authenticates on some device."""
    if cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP:
        return cell.key_usage is KeyUsage.KEY_AGREEMENT
    return cell.key_usage is KeyUsage.DIGITAL_SIGNATURE or cell in (ROOT_CELL, ACB_KEY_AGREEMENT)


def _counter_of(counters: Counters, cell: TrustAnchorCellId) -> int | None:
    is_top_up = cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP
    return counters.specialist if is_top_up else counters.execution


def _same(known: Iterable[RetiredKey], digest: bytes) -> RetiredKey | None:
    return next((each for each in known if each.key_digest == digest), None)


def _retired(
    known: Sequence[RetiredKey], cell: TrustAnchorCellId, counter: int, digest: bytes
) -> RetiredKey:
    """In the place of the same key, else in a free one, else in that of the key longest gone."""
    sequence = 1 + max(each.sequence for each in known)
    same = _same(known, digest)
    if same is not None:
        return same._replace(sequence=sequence, counter=max(same.counter, counter))
    free = set(range(RETIRED_PLACES)) - {each.place for each in known}
    place = min(free) if free else min(known, key=lambda each: each.sequence).place
    return RetiredKey(cell, place, sequence, counter, digest)
