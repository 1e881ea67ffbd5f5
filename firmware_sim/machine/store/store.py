"""The store of a device: records under keys, changed by transactions that survive a power cut."""

from collections.abc import Iterable, Iterator
from operator import eq, itemgetter
from types import TracebackType
from typing import Self, cast

from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.areas import geometry_of
from firmware_sim.machine.image.entries import delete_entry, put_entry
from firmware_sim.machine.image.layout import ENTRY_HEADER_OCTETS, FORMAT_VERSION
from firmware_sim.machine.image.record_keys import record_key
from firmware_sim.machine.image.records import SECRET_KINDS, RecordKey, RecordKind, Superblock
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.ports import Flash
from firmware_sim.machine.store.errors import InsufficientSpace, StoreError
from firmware_sim.machine.store.journal import Journal, LiveRecords, snapshot_size
from firmware_sim.machine.store.recovery import recover

_KINDS = {int(kind): kind for kind in RecordKind}
_kind_of = itemgetter(0)

Entries = dict[RecordKey, bytes | None]
"""Whole entries, header included, by key; None deletes."""


class Store:
    """Records by key, durable on a flash.

    What it returns was checked at power-on and since then changed only by committed
    transactions. After a `PowerCut` the object is dead: open the flash again.
    """

    __slots__ = ("_journal", "_live", "_live_octets")

    def __init__(self, journal: Journal, live: LiveRecords) -> None:
        self._journal = journal
        self._live = live
        self._live_octets = sum(map(len, live.values()))

    @classmethod
    def format(
        cls, flash: Flash, superblock: Superblock, records: Iterable[tuple[RecordKey, bytes]]
    ) -> Self:
        """Provision a flash: erase it, then write the first records as generation 1.

        A cut on the way leaves a flash that does not open; format it again. What the flash held
        before is gone.

        Raises:
            InsufficientSpace: the records do not fit; the flash is as it was.
            ValueError: a body has the wrong length for its kind.
        """
        return cls.format_entries(
            flash, superblock, {key: put_entry(key, body) for key, body in records}
        )

    @classmethod
    def format_entries(cls, flash: Flash, superblock: Superblock, live: LiveRecords) -> Self:
        """`format` with whole put entries, by key."""
        size, most = snapshot_size(sum(map(len, live.values()))), flash.geometry.areas[0].size
        if size > most:
            raise InsufficientSpace(f"{size} octets of records for an area of {most}")
        first = superblock._replace(
            geometry=flash.geometry, generation=1, format_version=FORMAT_VERSION
        )
        return cls(Journal.create(flash, first, live), live)

    @classmethod
    def open(cls, flash: Flash) -> Self:
        """Power on: recover from a cut that ended the last run, check every live record.

        Raises:
            StoreError: no valid area, or committed octets are altered; the flash is as it was.
        """
        return cls(*recover(flash))

    @property
    def superblock(self) -> Superblock:
        """Head of the active area."""
        return self._journal.superblock

    @property
    def generation(self) -> int:
        """1 after provisioning; grows by one with each compaction."""
        return self._journal.superblock.generation

    def get(self, key: RecordKey) -> bytes | None:
        """The body stored under a key; None if there is none."""
        entry = self._live.get(key)
        return None if entry is None else entry[ENTRY_HEADER_OCTETS:]

    def items(self, kind: RecordKind) -> Iterator[tuple[RecordKey, bytes]]:
        """Key and body of every record of one kind, in order of their numbers."""
        for key in sorted(key for key in self._live if key[0] == kind):
            yield RecordKey(kind, key[1]), self._live[key][ENTRY_HEADER_OCTETS:]

    def records(self) -> Iterator[tuple[RecordKey, bytes]]:
        """Key and body of every record, in order of kinds, then of numbers."""
        for (kind, number), entry in sorted(self._live.items()):
            yield record_key(_KINDS[kind], number), entry[ENTRY_HEADER_OCTETS:]

    def transaction(self) -> "Transaction":
        """Start a transaction; nothing is durable before it is committed."""
        return Transaction(self)

    def fits(self, transaction: "Transaction") -> bool:
        """Whether the transaction can be committed, if need be by compaction."""
        changes, held = transaction.changes, map(self._live.get, transaction.changes)
        octets = self._live_octets + _octets(changes.values()) - _octets(held)
        return snapshot_size(octets) <= self._journal.area.size

    def commit(self, changes: Entries) -> None:
        """Make changes durable together; `Transaction` collects them from bodies.

        Raises:
            InsufficientSpace: they do not fit; nothing has been programmed.
            StoreError: the flash did not take them.
        """
        held = list(map(self._live.get, changes))
        if any(map(eq, held, changes.values())):  # what is so already is not written again
            changes = {key: entry for key, entry in changes.items() if self._live.get(key) != entry}
            held = list(map(self._live.get, changes))
        if not changes:
            return
        live_octets = self._live_octets + _octets(changes.values()) - _octets(held)
        size, most = snapshot_size(live_octets), self._journal.area.size
        if size > most:
            raise InsufficientSpace(f"{size} octets for an area of {most}")
        entries = _joined(changes)
        if self._retires_secret(changes) or not self._journal.has_room(len(entries)):
            self._journal.rewrite(_changed(self._live.copy(), changes))
        else:
            self._journal.append(entries, len(changes))
        _changed(self._live, changes)
        self._live_octets = live_octets

    def _retires_secret(self, changes: Entries) -> bool:
        """A superseded secret must leave the flash, and only an erase removes it."""
        if SECRET_KINDS.isdisjoint(map(_kind_of, changes)):
            return False
        return any(key[0] in SECRET_KINDS and key in self._live for key in changes)


class Transaction:
    """Changes that become durable together, or not at all.

    As a context manager it commits on leaving, unless an exception leaves too.
    """

    __slots__ = ("_store", "changes")

    def __init__(self, store: Store) -> None:
        self._store = store
        self.changes: Entries = {}

    def put(self, key: RecordKey, body: bytes) -> None:
        """Store a body under a key, in place of what may be there.

        Raises:
            ValueError: the body has not the length of its kind.
        """
        self.changes[key] = put_entry(key, body)

    def delete(self, key: RecordKey) -> None:
        """Remove what is stored under a key, if anything is."""
        self.changes[key] = None

    def commit(self) -> None:
        """Make the changes durable; a change to what is stored already costs nothing.

        Raises:
            InsufficientSpace: they do not fit; nothing has been programmed.
            StoreError: the flash did not take them.
        """
        self._store.commit(self.changes)
        self.changes = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.commit()


def _octets(entries: Iterable[bytes | None]) -> int:
    return sum(map(len, filter(None, entries)))


def _joined(changes: Entries) -> bytes:
    """As they stand in the journal."""
    if all(changes.values()):
        return b"".join(filter(None, changes.values()))
    return b"".join([entry or delete_entry(key) for key, entry in changes.items()])


def _changed(live: LiveRecords, changes: Entries) -> LiveRecords:
    """The records that were passed in, brought up to date in place."""
    live.update(cast("LiveRecords", changes))
    if not all(changes.values()):
        for key in [key for key, entry in changes.items() if entry is None]:
            del live[key]
    return live


def open_image(image: bytes) -> tuple[Geometry, Store]:
    """Open saved flash contents, whose superblock says for which geometry they are.

    The store works on a copy in memory.

    Raises:
        StoreError: no sound superblock, or as for `Store.open`.
    """
    try:
        geometry = geometry_of(image)
    except ImageError as error:
        raise StoreError(error.reason) from error
    return geometry, Store.open(NorFlash.load(image, geometry))
