"""The values that a flash image holds, and the key under which each is stored.

Octet strings are `bytes` of the length named; numbers are non-negative. No `repr` shows a
secret.
"""

from enum import IntEnum
from functools import cache
from typing import NamedTuple

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.record_keys import RecordKey as RecordKey
from firmware_sim.machine.image.record_keys import RecordKind as RecordKind
from firmware_sim.machine.image.record_keys import record_key
from firmware_sim.machine.image.use_records import Activation, MeterState, Register, TopUp
from firmware_sim.machine.ports import ClockReliability


class KeyState(IntEnum):
    """Whether a device key is in use, or generated and waiting for its certificate."""

    ACTIVE = 1
    PENDING = 2


class Superblock(NamedTuple):
    """Head of an area: makes it valid, and says how to read the rest.

    `generation` is set by the store: 1 at provisioning, one more after each compaction.
    `format_version` is what was read; what is written has the present one.
    """

    geometry: Geometry
    device_type: DeviceType
    entity: EntityId
    generation: int = 0
    format_version: int = 2


class DeviceIdentity(NamedTuple):
    """Who the device is, and the secret from which it draws its randomness (32 octets)."""

    device_type: DeviceType
    entity: EntityId
    seed: bytes

    @property
    def key(self) -> RecordKey:
        """There is one."""
        return record_key(RecordKind.IDENTITY)

    def __repr__(self) -> str:
        return f"DeviceIdentity({self.device_type.name}, {self.entity}, seed=…)"


class DeviceCertificate(NamedTuple):
    """The device's own certificate for one key usage: DER of 1 to 640 octets."""

    key_usage: KeyUsage
    der: bytes

    @property
    def key(self) -> RecordKey:
        """Number: key usage bit number."""
        return certificate_key(self.key_usage)


class DeviceKey(NamedTuple):
    """One of the device's key pairs: scalar of 32 octets, public point of 65."""

    key_usage: KeyUsage
    private_key: bytes
    public_key: bytes
    state: KeyState = KeyState.ACTIVE

    @property
    def key(self) -> RecordKey:
        """Number: key usage bit number in bits 4 to 7, state in bits 0 to 3."""
        return device_key_key(self.key_usage, self.state)

    def __repr__(self) -> str:
        return f"DeviceKey({self.key_usage.short}, {self.state.name}, private_key=…)"


class Cell(NamedTuple):
    """One Trust Anchor Cell: unique id and key identifier of 8 octets, point of 65, digest of 32.

    The digest is SHA-256 over the certificate's DER; 32 zero octets where only the key is known.
    """

    cell: TrustAnchorCellId
    unique_id: EntityId
    key_identifier: bytes
    public_key: bytes
    certificate_digest: bytes

    @property
    def key(self) -> RecordKey:
        """Number: role in bits 8 to 15, key usage in bits 4 to 7, cell usage in bits 0 to 3."""
        return cell_key(self.cell)


class Root(NamedTuple):
    """The root cell, with what path validation and a contingency need besides.

    `cell.cell` is `ROOT_CELL`. `subject_name` is the DER Name, up to 128 octets.
    `wrapped_contingency_key` is the DER value of the root certificate's extension, up to 256
    octets; empty if it had none.
    """

    cell: Cell
    subject_name: bytes
    wrapped_contingency_key: bytes = b""

    @property
    def key(self) -> RecordKey:
        """Number: as of a cell."""
        return ROOT_KEY


class Counters(NamedTuple):
    """What a device remembers of one role's Originator Counters; None where it holds none.

    `execution` is the highest counter accepted, or the floor that replaced it; `specialist` is
    the floor of the prepayment top-up sequence.
    """

    role: RemotePartyRole
    execution: int | None = None
    specialist: int | None = None

    @property
    def key(self) -> RecordKey:
        """Number: role."""
        return counters_key(self.role)


class OwnCounters(NamedTuple):
    """The next Originator Counter that the device may use itself, and how often it has booted."""

    next_counter: int
    boots: int

    @property
    def key(self) -> RecordKey:
        """There is one."""
        return OWN_COUNTERS_KEY


class LogEvent(NamedTuple):
    """One entry of the security log.

    `ring` is its place, `sequence` counts all entries ever made, `time` is POSIX seconds,
    `originator` is 8 octets, `detail` up to 32 ASCII characters.
    """

    ring: int
    sequence: int
    event_code: int
    time: int
    reliability: ClockReliability
    originator: bytes
    counter: int
    message_code: int
    detail: str

    @property
    def key(self) -> RecordKey:
        """Number: place in the ring."""
        return record_key(RecordKind.LOG_EVENT, self.ring)


class LogTally(NamedTuple):
    """Refusals of one kind, counted together so that a flood leaves one record.

    Times are POSIX seconds of the first and the last; `last_originator` is 8 octets.
    """

    reason: int
    known_party: bool
    refusals: int
    first_time: int
    last_time: int
    last_originator: bytes

    @property
    def key(self) -> RecordKey:
        """Number: twice the reason code, plus one for a known party."""
        return tally_key(self.reason, self.known_party)


class PendingCommand(NamedTuple):
    """A future-dated command that waits: its due time (POSIX seconds) and where it came from.

    `place` numbers the commands that wait, 0 to 15; `digest` is SHA-256 over all its chunks.
    """

    place: int
    due: int
    originator: bytes
    counter: int
    message_code: int
    length: int
    digest: bytes

    @property
    def key(self) -> RecordKey:
        """Number: place."""
        return record_key(RecordKind.PENDING_COMMAND, self.place)


class PendingChunk(NamedTuple):
    """Part of a waiting command's octets: 1 to 500; a command is cut in order, from chunk 0."""

    place: int
    number: int
    octets: bytes

    @property
    def key(self) -> RecordKey:
        """Number: place in bits 8 to 15, number in bits 0 to 7."""
        return record_key(RecordKind.PENDING_CHUNK, self.place << 8 | self.number)


class RetiredKey(NamedTuple):
    """A public key that a cell has given up, and the highest counter it may have been used with.

    `place` is 0 to 3; the higher `sequence`, the later the key went. `key_digest` is SHA-256 over
    the point of 65 octets.
    """

    cell: TrustAnchorCellId
    place: int
    sequence: int
    counter: int
    key_digest: bytes

    @property
    def key(self) -> RecordKey:
        """Number: four times the cell's, plus the place."""
        return record_key(RecordKind.RETIRED_KEY, CELL_INDICES[self.cell] << 2 | self.place)


Record = (
    DeviceIdentity
    | DeviceCertificate
    | DeviceKey
    | Cell
    | Root
    | Counters
    | OwnCounters
    | LogEvent
    | LogTally
    | PendingCommand
    | PendingChunk
    | RetiredKey
    | TopUp
    | MeterState
    | Register
    | Activation
)

SECRET_KINDS = frozenset((RecordKind.IDENTITY, RecordKind.DEVICE_KEY))
"""Kinds whose superseded octets must leave the flash at once."""

IDENTITY_KEY = RecordKey(RecordKind.IDENTITY)
OWN_COUNTERS_KEY = RecordKey(RecordKind.OWN_COUNTERS)


def cell_index(cell: TrustAnchorCellId) -> int:
    """Role in bits 8 to 15, key usage bit number in bits 4 to 7, cell usage in bits 0 to 3."""
    return CELL_INDICES[cell]


CELL_INDICES = {
    TrustAnchorCellId(role, key_usage, cell_usage): role << 8 | key_usage.value << 4 | cell_usage
    for role in RemotePartyRole
    for key_usage in KeyUsage
    for cell_usage in CellUsage
}
"""Every cell that there can be: devices look theirs up with every command."""

ROOT_KEY = RecordKey(RecordKind.ROOT, cell_index(ROOT_CELL))


def cell_key(cell: TrustAnchorCellId) -> RecordKey:
    """The key of a cell; the root cell has a kind of its own."""
    return ROOT_KEY if cell == ROOT_CELL else record_key(RecordKind.CELL, cell_index(cell))


@cache
def certificate_key(key_usage: KeyUsage) -> RecordKey:
    """The key of the device's certificate for one key usage."""
    return record_key(RecordKind.DEVICE_CERTIFICATE, key_usage.value)


@cache
def device_key_key(key_usage: KeyUsage, state: KeyState = KeyState.ACTIVE) -> RecordKey:
    """The key of one of the device's key pairs."""
    return record_key(RecordKind.DEVICE_KEY, key_usage.value << 4 | state)


def counters_key(role: RemotePartyRole) -> RecordKey:
    """The key of one role's counters."""
    return record_key(RecordKind.COUNTERS, int(role))


def tally_key(reason: int, known_party: bool) -> RecordKey:
    """The key of a tally of refusals."""
    return record_key(RecordKind.LOG_TALLY, reason << 1 | known_party)
