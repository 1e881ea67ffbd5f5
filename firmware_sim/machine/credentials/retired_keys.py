"""Keys that cells have given up, with the counters that they were used with.

A key that comes back brings back all that it has protected before: a counter below its old one
would let those commands run again. So a cell remembers the last four keys that it gave up, and
a key that returns raises its role's counter to where it was when that key went.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

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


def retired_keys(
    state: DeviceState,
    rekeyed: Mapping[TrustAnchorCellId, bytes],
    advanced: Counters,
) -> Iterator[RetiredKey]:
    """What to remember of the keys that a command takes away, in the order of its replacements.

    Args:
        rekeyed: each cell whose public key the command changes, with the new key.
        advanced: the authorising role's counters with the command itself counted.
    """
    for cell in rekeyed:
        if is_counted(cell):
            role = cell.role
            held = advanced if role is advanced.role else state.counters.get(role, Counters(role))
            yield _retired(state, cell, _counter_of(held, cell) or 0)


def raised(
    state: DeviceState, held: Counters, cell: TrustAnchorCellId, public_key: bytes
) -> Counters:
    """A role's counters once one of its cells holds this key: not below those of its last use."""
    known = _same(_of(state, cell), public_key)
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


def _of(state: DeviceState, cell: TrustAnchorCellId) -> list[RetiredKey]:
    return [known for _, known in sorted(state.retired.get(cell, {}).items())]


def _same(known: Sequence[RetiredKey], public_key: bytes) -> RetiredKey | None:
    if not known:
        return None
    digest = sha256(public_key).digest()
    return next((each for each in known if each.key_digest == digest), None)


def _retired(state: DeviceState, cell: TrustAnchorCellId, counter: int) -> RetiredKey:
    """In the place of the same key, else in a free one, else in that of the key longest gone."""
    public_key = state.cells[cell].public_key
    known = _of(state, cell)
    sequence = 1 + max((each.sequence for each in known), default=0)
    same = _same(known, public_key)
    if same is not None:
        return same._replace(sequence=sequence, counter=max(same.counter, counter))
    free = set(range(RETIRED_PLACES)) - {each.place for each in known}
    place = min(free) if free else min(known, key=lambda each: each.sequence).place
    return RetiredKey(cell, place, sequence, counter, sha256(public_key).digest())
