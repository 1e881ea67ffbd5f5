"""A device's durable state in RAM: read at power-on, changed only by what was committed."""

from typing import Self

from firmware_sim.image.codec import decode, encode
from firmware_sim.image.records import (
    Cell,
    Counters,
    DeviceCertificate,
    DeviceKey,
    Identity,
    KeyState,
    LogEvent,
    LogTally,
    OwnCounters,
    PendingChunk,
    PendingCommand,
    Record,
    RecordKey,
    RecordKind,
    Root,
)
from firmware_sim.store.errors import StoreError
from firmware_sim.store.store import Store
from gbcs.roles import ROOT_CELL, KeyUsage, RemotePartyRole, TrustAnchorCellId


class DeviceState:
    """Typed views of the store.

    Attributes:
        cells: every Trust Anchor Cell that the device has, the root cell among them.
        own: the device's own counters.
        log: security log by place in the ring.
        tallies: counted refusals by (reason, known party).
        pending: future-dated commands by place; `chunks` holds their octets.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cells: dict[TrustAnchorCellId, Cell] = {}
        self.counters: dict[RemotePartyRole, Counters] = {}
        self.keys: dict[KeyUsage, DeviceKey] = {}
        self.certificates: dict[KeyUsage, bytes] = {}
        self.log: dict[int, LogEvent] = {}
        self.tallies: dict[tuple[int, bool], LogTally] = {}
        self.pending: dict[int, PendingCommand] = {}
        self.chunks: dict[tuple[int, int], bytes] = {}
        self._identity: Identity | None = None
        self._root: Root | None = None
        self._own: OwnCounters | None = None

    @classmethod
    def load(cls, store: Store) -> Self:
        """Read every record of an opened store.

        Raises:
            StoreError: a record without which no device can run is missing.
        """
        state = cls(store)
        for kind in RecordKind:
            for key, body in store.items(kind):
                state.absorb(decode(key, body))
        if None in (state._identity, state._root, state._own) or not state.keys:
            raise StoreError("identity, root cell, own counters or device keys are missing")
        return state

    @property
    def identity(self) -> Identity:
        """Device type, Entity Identifier, seed."""
        assert self._identity is not None  # load() has seen it
        return self._identity

    @property
    def root(self) -> Root:
        """The root cell with its subject name and wrapped contingency key."""
        assert self._root is not None  # load() has seen it
        return self._root

    @property
    def own(self) -> OwnCounters:
        """Counters that the device itself uses."""
        assert self._own is not None  # load() has seen it
        return self._own

    def counter(self, role: RemotePartyRole) -> int:
        """The highest Originator Counter accepted from a role, or its floor; 0 if none."""
        held = self.counters.get(role)
        return 0 if held is None or held.execution is None else held.execution

    def changes(self) -> "Changes":
        """Start collecting what one command changes."""
        return Changes(self)

    def absorb(self, record: Record) -> None:
        """Bring the views up to date with a record that is durable."""
        match record:
            case Cell():
                self.cells[record.cell] = record
            case Counters():
                self.counters[record.role] = record
            case Root():
                self._root = record
                self.cells[ROOT_CELL] = record.cell
            case OwnCounters():
                self._own = record
            case Identity():
                self._identity = record
            case DeviceKey() if record.state is KeyState.ACTIVE:
                self.keys[record.key_usage] = record
            case DeviceCertificate():
                self.certificates[record.key_usage] = record.der
            case LogEvent():
                self.log[record.ring] = record
            case LogTally():
                self.tallies[record.reason, record.known_party] = record
            case PendingCommand():
                self.pending[record.place] = record
            case PendingChunk():
                self.chunks[record.place, record.number] = record.octets

    def forget(self, record: PendingCommand | PendingChunk) -> None:
        """Bring the views up to date with the removal of a record."""
        if isinstance(record, PendingCommand):
            self.pending.pop(record.place, None)
        else:
            self.chunks.pop((record.place, record.number), None)


class Changes:
    """Records that become durable together, or not at all; the last of one key counts."""

    def __init__(self, state: DeviceState) -> None:
        self._state = state
        self._put: dict[RecordKey, Record] = {}
        self._removed: dict[RecordKey, PendingCommand | PendingChunk] = {}

    def put(self, record: Record) -> None:
        """Store a record in place of the one with its key."""
        self._put[record.key] = record
        self._removed.pop(record.key, None)

    def remove(self, record: PendingCommand | PendingChunk) -> None:
        """Remove a record."""
        self._removed[record.key] = record
        self._put.pop(record.key, None)

    def next_own_counter(self) -> int:
        """Reserve one of the device's own Originator Counters; used only after the commit."""
        own = self._put.get(self._state.own.key, self._state.own)
        assert isinstance(own, OwnCounters)
        self.put(own._replace(next_counter=own.next_counter + 1))
        return own.next_counter

    def commit(self) -> None:
        """Make everything durable, then visible.

        Raises:
            InsufficientSpace: it does not fit; nothing has changed.
        """
        transaction = self._state.store.transaction()
        for record in self._put.values():
            transaction.put(*encode(record))
        for key in self._removed:
            transaction.delete(key)
        transaction.commit()
        for record in self._put.values():
            self._state.absorb(record)
        for removed in self._removed.values():
            self._state.forget(removed)
