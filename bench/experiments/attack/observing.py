"""What a device durably holds, read from its flash image, and what differs between two readings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.image.codec import decode
from firmware_sim.machine.image.records import (
    Cell,
    Counters,
    DeviceCertificate,
    DeviceKey,
    PendingCommand,
    RecordKind,
    RetiredKey,
    Root,
)
from firmware_sim.machine.image.use_records import MeterState
from firmware_sim.machine.store import open_image

_KINDS = (
    RecordKind.CELL,
    RecordKind.ROOT,
    RecordKind.COUNTERS,
    RecordKind.DEVICE_KEY,
    RecordKind.DEVICE_CERTIFICATE,
    RecordKind.PENDING_COMMAND,
    RecordKind.RETIRED_KEY,
    RecordKind.METER,
)


BALANCE: Final = "balance"
"""What a meter has credited to its prepayment customer, as powers name it."""


class Sequence(NamedTuple):
    """One counter: a role's commands, or its prepayment top-ups."""

    role: RemotePartyRole
    is_top_up: bool = False

    def __str__(self) -> str:
        return self.role.label + (" top-up" if self.is_top_up else "")


@dataclass(frozen=True)
class Observed:
    """The credentials of a device; the log and tallies of refusals are not among them.

    Attributes:
        cells: whole records, by cell; of the root with name and contingency key.
        counters: what is held of each.
        own_keys: the device's key pairs and certificates, by usage and what they are.
        pending: waiting commands, by originator, counter and digest.
        former: keys that cells held before.
        balance: of prepayment, in thousandths of a penny; 0 of a device without one.
    """

    cells: Mapping[TrustAnchorCellId, Cell | Root]
    counters: Mapping[Sequence, int]
    own_keys: Mapping[tuple[KeyUsage, str], bytes]
    pending: frozenset[tuple[bytes, int, bytes]]
    former: frozenset[RetiredKey]
    balance: int = 0

    def cell(self, cell: TrustAnchorCellId) -> Cell | None:
        """Who and which key is in a cell; None if the device has no such cell."""
        return self.content(cell) if cell in self.cells else None

    def content(self, cell: TrustAnchorCellId) -> Cell:
        """As `cell`, of a cell that the device has; KeyError if it has not."""
        held = self.cells[cell]
        return held.cell if isinstance(held, Root) else held


class CredentialChange(NamedTuple):
    """What an attempt changed.

    Attributes:
        lowered: counters that went back; those in `lowered_under_key` did although a key that
            speaks for the role stayed, so that what it has signed counts again.
        credited: thousandths of a penny by which the balance rose.
    """

    replaced: frozenset[TrustAnchorCellId]
    lowered: frozenset[Sequence]
    lowered_under_key: frozenset[Sequence]
    raised: frozenset[Sequence]
    own_keys: frozenset[str]
    planted: int
    removed: int
    former: int
    credited: int = 0

    def __bool__(self) -> bool:
        return any(self)

    @property
    def topped_up(self) -> tuple[str, ...]:
        """`BALANCE` if that rose; a meter tells no more of who topped it up."""
        return (BALANCE,) if self.credited > 0 else ()


def observe(image: bytes) -> Observed:
    """Read a flash image.

    Raises:
        StoreError: it holds no sound state.
    """
    _, store = open_image(image)
    cells: dict[TrustAnchorCellId, Cell | Root] = {}
    counters: dict[Sequence, int] = {}
    own_keys: dict[tuple[KeyUsage, str], bytes] = {}
    pending: set[tuple[bytes, int, bytes]] = set()
    former: set[RetiredKey] = set()
    balance = 0
    for key, body in (item for kind in _KINDS for item in store.items(kind)):
        match decode(key, body):
            case Cell() as cell:
                cells[cell.cell] = cell
            case Root() as root:
                cells[root.cell.cell] = root
            case Counters() as held:
                values = {Sequence(held.role): held.execution}
                values[Sequence(held.role, is_top_up=True)] = held.specialist
                counters |= {name: value for name, value in values.items() if value is not None}
            case DeviceKey() as pair:
                own_keys[pair.key_usage, pair.state.name.lower()] = pair.public_key
            case DeviceCertificate() as certificate:
                own_keys[certificate.key_usage, "certificate"] = certificate.der
            case PendingCommand() as command:
                pending.add((command.originator, command.counter, command.digest))
            case RetiredKey() as key_gone:
                former.add(key_gone)
            case MeterState() as meter:
                balance = meter.balance
    return Observed(cells, counters, own_keys, frozenset(pending), frozenset(former), balance)


def difference(before: Observed, after: Observed) -> CredentialChange:
    """What `after` holds that `before` did not."""
    every = before.counters.keys() | after.counters.keys()
    moved = {name: (before.counters.get(name, -1), after.counters.get(name, -1)) for name in every}
    lowered = frozenset(name for name, (old, new) in moved.items() if new < old)
    return CredentialChange(
        frozenset(
            cell
            for cell in before.cells.keys() | after.cells.keys()
            if before.cells.get(cell) != after.cells.get(cell)
        ),
        lowered,
        frozenset(name for name in lowered if _keeps_a_key(name, before, after)),
        frozenset(name for name, (old, new) in moved.items() if new > old),
        frozenset(
            f"{usage.short} {what}"
            for usage, what in before.own_keys.keys() | after.own_keys.keys()
            if before.own_keys.get((usage, what)) != after.own_keys.get((usage, what))
        ),
        len(after.pending - before.pending),
        len(before.pending - after.pending),
        len(before.former ^ after.former),
        after.balance - before.balance,
    )


def _keeps_a_key(name: Sequence, before: Observed, after: Observed) -> bool:
    """Whether a key that authenticates what the counter counts is still in its cell."""
    return any(
        before.content(cell).public_key == after.content(cell).public_key
        for cell in before.cells.keys() & after.cells.keys()
        if cell.role is name.role and _authenticates(cell, is_top_up=name.is_top_up)
    )


def _authenticates(cell: TrustAnchorCellId, *, is_top_up: bool) -> bool:
    if is_top_up:
        return cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP
    if cell.key_usage is KeyUsage.KEY_AGREEMENT:
        return cell.role is RemotePartyRole.ACCESS_CONTROL_BROKER
    return True


NOTHING = CredentialChange(frozenset(), frozenset(), frozenset(), frozenset(), frozenset(), 0, 0, 0)
"""The flash is as it was."""
