"""Keys that cells have given up, with the counters that they were used with.

A key that comes back brings back all that it has protected before: a counter below its old one
would let those commands run again. So a cell remembers the last four keys that it gave up, and
a key that returns raises its role's counter to where it was when that key went.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    CellUsage,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.image.layout import RETIRED_PLACES
from firmware_sim.machine.image.records import Counters, RetiredKey
from firmware_sim.machine.state import DeviceState, Prepared

_UNCOUNTED = RemotePartyRole.OTHER


@dataclass(frozen=True, slots=True, eq=False)
class GivenUp:
    """The keys that counted cells give up, in the order of the command's replacements.

    One is equal to itself only: what follows from it is remembered under it, not its octets.

    Attributes:
        digests: SHA-256 over each cell's point of 65 octets.
        own: the cells among them of the role that authorises the command.
        roles: of each, but OTHER, which no counter is held for, in place of that role.
    """

    digests: Mapping[TrustAnchorCellId, bytes]
    own: tuple[TrustAnchorCellId, ...]
    roles: tuple[RemotePartyRole, ...]


def given_up(
    state: DeviceState, rekeyed: Iterable[TrustAnchorCellId], authorising: RemotePartyRole
) -> GivenUp:
    """What a command takes away.

    Args:
        rekeyed: each cell whose public key the command changes.
        authorising: the role whose counter the command moves.
    """
    cells = [cell for cell in rekeyed if is_counted(cell)]
    return GivenUp(
        {cell: sha256(state.cells[cell].public_key).digest() for cell in cells},
        tuple(cell for cell in cells if cell.role is authorising),
        tuple(_UNCOUNTED if cell.role is authorising else cell.role for cell in cells),
    )


def retired_keys(
    state: DeviceState, given_up: GivenUp, verified: SignatureCache | None
) -> Prepared:
    """What to remember of keys that cells give up, in their order.

    It is shared, because devices are alike in most counters, but not in that which the command
    itself moves: `own_retired_keys` are to be put over these, in their places.

    Args:
        verified: remembers what devices have in common; None for a device that is alone.
    """
    digests = given_up.digests
    held = tuple(map(state.counters.get, given_up.roles))
    former = tuple(map(state.retired.get, digests))

    def find() -> Prepared:
        return Prepared.of(map(_retired, digests.items(), held, former))

    return find() if verified is None else verified.derive((given_up, held, former), find)


def own_retired_keys(
    state: DeviceState, given_up: GivenUp, advanced: Counters
) -> Iterable[RetiredKey]:
    """What to remember of the keys of the role that authorises a command.

    Args:
        advanced: its counters with the command itself counted.
    """
    for cell in given_up.own:
        yield _retired((cell, given_up.digests[cell]), advanced, state.retired.get(cell))


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
    given_up: tuple[TrustAnchorCellId, bytes],
    held: Counters | None,
    known: Sequence[RetiredKey] | None,
) -> RetiredKey:
    """In the place of the same key, else in a free one, else in that of the key longest gone."""
    cell, digest = given_up
    counter = 0 if held is None else _counter_of(held, cell) or 0
    if known is None:
        return RetiredKey(cell, 0, 1, counter, digest)
    sequence = 1 + max(each.sequence for each in known)
    same = _same(known, digest)
    if same is not None:
        return same._replace(sequence=sequence, counter=max(same.counter, counter))
    free = set(range(RETIRED_PLACES)) - {each.place for each in known}
    place = min(free) if free else min(known, key=lambda each: each.sequence).place
    return RetiredKey(cell, place, sequence, counter, digest)
