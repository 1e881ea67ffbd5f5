"""A device's durable state in RAM: read at power-on, changed only by what was committed."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple, Self

from firmware_sim.gbcs.roles import (
    OWN_KEY_USAGES,
    ROOT_CELL,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.uses import ObjectName
from firmware_sim.machine.image.codec import encode_entry
from firmware_sim.machine.image.records import (
    Cell,
    Counters,
    DeviceCertificate,
    DeviceIdentity,
    DeviceKey,
    KeyState,
    LogEvent,
    LogTally,
    OwnCounters,
    PendingChunk,
    PendingCommand,
    Record,
    RecordKey,
    RetiredKey,
    Root,
)
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.soundness import sound_record
from firmware_sim.machine.image.use_records import (
    Activation,
    MeterState,
    Register,
    TopUp,
)
from firmware_sim.machine.store.errors import StoreError
from firmware_sim.machine.store.store import Store

Removable = PendingCommand | PendingChunk | DeviceKey | TopUp | Activation
"""What may leave the state; everything else is only replaced."""

_ONE_EACH: Final = {DeviceIdentity: "identity", Root: "root", OwnCounters: "own"}


def check_complete(records: Collection[Record]) -> None:
    """Whether a device can run with these records.

    Raises:
        StoreError: one is missing without which none can.
    """
    kinds = set(map(type, records))
    device_keys = (record for record in records if isinstance(record, DeviceKey))
    keys = {key.key_usage for key in device_keys if key.state is KeyState.ACTIVE}
    missing = [name for kind, name in _ONE_EACH.items() if kind not in kinds]
    missing += [usage.label + " key" for usage in OWN_KEY_USAGES if usage not in keys]
    if missing:
        raise StoreError(f"the image lacks {', '.join(missing)}")


class DeviceState:
    """Typed views of the store.

    Attributes:
        identity: device type, Entity Identifier, seed.
        root: the root cell with its subject name and wrapped contingency key.
        cells: every Trust Anchor Cell that the device has, the root cell among them.
        own: the device's own counters.
        log: security log by place in the ring.
        tallies: counted refusals by (reason, known party).
        keys: key pairs in use; `pending_keys` wait for their certificate.
        retired: by cell, public keys that it held before, in order of their places.
        pending: future-dated commands by place; `chunks` holds their octets.
        top_ups: the UTRN Counter Cache, by place in its ring.
        meter: balance, firmware and what else uses of keys change.
        registers: values that can be read, by name.
        activation: the firmware activation that waits.
    """

    identity: DeviceIdentity
    root: Root
    own: OwnCounters

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cells: dict[TrustAnchorCellId, Cell] = {}
        self.counters: dict[RemotePartyRole, Counters] = {}
        self.keys: dict[KeyUsage, DeviceKey] = {}
        self.pending_keys: dict[KeyUsage, DeviceKey] = {}
        self.certificates: dict[KeyUsage, bytes] = {}
        self.retired: dict[TrustAnchorCellId, tuple[RetiredKey, ...]] = {}
        self.log: dict[int, LogEvent] = {}
        self.tallies: dict[tuple[int, bool], LogTally] = {}
        self.pending: dict[int, PendingCommand] = {}
        self.chunks: dict[tuple[int, int], bytes] = {}
        self.top_ups: dict[int, TopUp] = {}
        self.meter = MeterState()
        self.registers: dict[ObjectName, Register] = {}
        self.activation: Activation | None = None

    @classmethod
    def load(cls, store: Store) -> Self:
        """Read every record of an opened store.

        Raises:
            StoreError: a record without which no device can run is missing, or one is none that
                a device writes.
        """
        state = cls(store)
        try:
            records = [sound_record(key, body) for key, body in store.records()]
        except ImageError as error:
            raise StoreError(error.reason) from error
        check_complete(records)
        for record in records:
            state.absorb(record)
        return state

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
            case RetiredKey():
                self._absorb_retired(record)
            case Counters():
                self.counters[record.role] = record
            case Root():
                self.root = record
                self.cells[ROOT_CELL] = record.cell
            case OwnCounters():
                self.own = record
            case DeviceIdentity():
                self.identity = record
            case DeviceKey():
                keys = self.keys if record.state is KeyState.ACTIVE else self.pending_keys
                keys[record.key_usage] = record
            case DeviceCertificate():
                self.certificates[record.key_usage] = record.der
            case LogEvent() | LogTally() | PendingCommand() | PendingChunk():
                self._absorb_history(record)
            case _:
                self._absorb_use(record)

    def _absorb_use(self, record: TopUp | MeterState | Register | Activation) -> None:
        match record:
            case TopUp():
                self.top_ups[record.place] = record
            case MeterState():
                self.meter = record
            case Register():
                self.registers[record.name] = record
            case Activation():
                self.activation = record

    def _absorb_retired(self, record: RetiredKey) -> None:
        held = self.retired.get(record.cell)
        if held is None:
            self.retired[record.cell] = (record,)
            return
        others = [old for old in held if old.place != record.place]
        self.retired[record.cell] = tuple(sorted((*others, record), key=_place))

    def _absorb_history(self, record: LogEvent | LogTally | PendingCommand | PendingChunk) -> None:
        match record:
            case LogEvent():
                self.log[record.ring] = record
            case LogTally():
                self.tallies[record.reason, record.known_party] = record
            case PendingCommand():
                self.pending[record.place] = record
            case PendingChunk():
                self.chunks[record.place, record.number] = record.octets

    def forget(self, record: Removable) -> None:
        """Bring the views up to date with the removal of a record."""
        match record:
            case PendingCommand():
                self.pending.pop(record.place, None)
            case PendingChunk():
                self.chunks.pop((record.place, record.number), None)
            case DeviceKey():
                self.pending_keys.pop(record.key_usage, None)
            case TopUp():
                self.top_ups.pop(record.place, None)
            case Activation():
                self.activation = None


def _place(retired: RetiredKey) -> int:
    return retired.place


class Prepared(NamedTuple):
    """Records with their whole put entries, by key: a fleet may store the same ones."""

    records: dict[RecordKey, Record]
    entries: dict[RecordKey, bytes]

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        """Encode; of several records with one key the last counts, in the place of the first.

        Raises:
            ValueError: as `firmware_sim.machine.image.codec.encode`.
        """
        by_key = {record.key: record for record in records}
        return cls(by_key, dict(map(encode_entry, by_key.values())))

    def __repr__(self) -> str:
        # The records' own leave their secrets out; their entries hold them.
        return f"Prepared({list(self.records.values())!r})"


class Changes:
    """Records that become durable together, or not at all; the last of one key counts."""

    def __init__(self, state: DeviceState) -> None:
        self._state = state
        self._put: dict[RecordKey, Record] = {}
        self._entries: dict[RecordKey, bytes | None] = {}
        self._removed: dict[RecordKey, Removable] = {}

    def put(self, *records: Record) -> None:
        """Store records, each in place of the one with its key."""
        for record in records:
            key, self._entries[key] = encode_entry(record)
            self._put[key] = record
            self._removed.pop(key, None)

    def put_prepared(self, prepared: Prepared) -> None:
        """`put` for records that are encoded already."""
        self._put.update(prepared.records)
        self._entries.update(prepared.entries)
        if self._removed:
            for key in prepared.records:
                self._removed.pop(key, None)

    def remove(self, record: Removable) -> None:
        """Remove a record; of device keys, only one that waits."""
        key = record.key
        self._removed[key] = record
        if self._put.pop(key, None) is not None:
            del self._entries[key]

    def remove_command(self, pending: PendingCommand) -> None:
        """Remove a waiting command with its octets."""
        self.remove(pending)
        for (place, number), octets in sorted(self._state.chunks.items()):
            if place == pending.place:
                self.remove(PendingChunk(place, number, octets))

    def next_own_counter(self) -> int:
        """Reserve the device's next own Originator Counter: one a set of changes.

        It may be used only after the commit.
        """
        own = self._state.own
        self.put(own._replace(next_counter=own.next_counter + 1))
        return own.next_counter

    def commit(self) -> None:
        """Make everything durable, then visible.

        Raises:
            InsufficientSpace: it does not fit; nothing has changed.
        """
        state, entries = self._state, self._entries
        if self._removed:
            entries = entries | dict.fromkeys(self._removed)
        state.store.commit(entries)
        for record in self._put.values():
            state.absorb(record)
        for removed in self._removed.values():
            state.forget(removed)
