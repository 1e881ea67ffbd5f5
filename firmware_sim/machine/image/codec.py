"""Records to octets and back, fast: the same octets that `machine.image.layout` defines.

Packing checks what a record may hold and raises `ValueError`; unpacking takes octets that a
CRC has already vouched for.
"""

import struct
from collections.abc import Callable
from struct import Struct
from typing import Any

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.image.bounds import bounded, sized
from firmware_sim.machine.image.entries import HEADER
from firmware_sim.machine.image.layout import (
    MARK_PUT,
    MAX_CERTIFICATE_OCTETS,
    MAX_NAME_OCTETS,
    MAX_WRAPPED_KEY_OCTETS,
)
from firmware_sim.machine.image.log_codec import (
    pack_log_event,
    pack_log_tally,
    pack_pending_chunk,
    pack_pending_command,
    unpack_log_event,
    unpack_log_tally,
    unpack_pending_chunk,
    unpack_pending_command,
)
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
    RecordKind,
    RetiredKey,
    Root,
)
from firmware_sim.machine.image.retired_codec import pack_retired_key, unpack_retired_key
from firmware_sim.machine.image.use_codec import (
    pack_activation,
    pack_meter,
    pack_register,
    pack_top_up,
    unpack_activation,
    unpack_meter,
    unpack_register,
    unpack_top_up,
)
from firmware_sim.machine.image.use_records import Activation, MeterState, Register, TopUp

_IDENTITY = Struct("<B8s32s15x")
_CERTIFICATE = Struct(f"<H{MAX_CERTIFICATE_OCTETS}s6x")
_DEVICE_KEY = Struct("<B32s65s6x")
_CELL = Struct("<BBB8s8s65s32s4x")
_ROOT_TAIL = Struct(f"<H{MAX_NAME_OCTETS}sH{MAX_WRAPPED_KEY_OCTETS}s12x")
_COUNTERS = Struct("<BB6xQQ")
_OWN_COUNTERS = Struct("<QI12x")

_HAS_EXECUTION, _HAS_SPECIALIST = 1, 2

_ROLES = {role.value: role for role in RemotePartyRole}
_CELL_IDS = {
    (role.value, key_usage.value, cell_usage.value): TrustAnchorCellId(role, key_usage, cell_usage)
    for role in RemotePartyRole
    for key_usage in KeyUsage
    for cell_usage in CellUsage
}


def encode(record: Record) -> tuple[RecordKey, bytes]:
    """The key and the body of a record, as a transaction takes them.

    Raises:
        ValueError: a field is too long, too short or too large for its place, or the root cell
            comes as a `Cell`.
    """
    try:
        return record.key, _PACK[type(record)](record)
    except struct.error as error:
        raise ValueError(f"{type(record).__name__}: {error}") from error


def encode_entry(record: Record) -> tuple[RecordKey, bytes]:
    """The key of a record and its whole put entry: its length is right, as `encode` gives it.

    Raises:
        ValueError: as `encode`.
    """
    key, body = encode(record)
    kind, number = key
    return key, HEADER.pack(MARK_PUT, kind, number, len(body), 0) + body


def decode(key: RecordKey | tuple[int, int], body: bytes) -> Record:
    """The record that `encode` turned into this key and body."""
    kind, number = key
    return _UNPACK[kind](number, body)


def pack_identity(record: DeviceIdentity) -> bytes:
    """56 octets."""
    return _IDENTITY.pack(record.device_type, record.entity, sized(record.seed, 32, "a seed"))


def unpack_identity(_number: int, body: bytes) -> DeviceIdentity:
    """Reads what `pack_identity` wrote."""
    device_type, entity, seed = _IDENTITY.unpack(body)
    return DeviceIdentity(DeviceType(device_type), EntityId(entity), seed)


def pack_device_certificate(record: DeviceCertificate) -> bytes:
    """648 octets."""
    length = bounded(record.der, MAX_CERTIFICATE_OCTETS, "a device certificate", 1)
    return _CERTIFICATE.pack(length, record.der)


def unpack_device_certificate(number: int, body: bytes) -> DeviceCertificate:
    """Reads what `pack_device_certificate` wrote."""
    length, der = _CERTIFICATE.unpack(body)
    return DeviceCertificate(KeyUsage(number), der[:length])


def pack_device_key(record: DeviceKey) -> bytes:
    """104 octets."""
    return _DEVICE_KEY.pack(
        record.state,
        sized(record.private_key, 32, "a private key"),
        sized(record.public_key, 65, "a public key"),
    )


def unpack_device_key(number: int, body: bytes) -> DeviceKey:
    """Reads what `pack_device_key` wrote."""
    state, private_key, public_key = _DEVICE_KEY.unpack(body)
    return DeviceKey(KeyUsage(number >> 4), private_key, public_key, KeyState(state))


def pack_cell(record: Cell) -> bytes:
    """120 octets; the root cell is refused, because its place is in a `Root`."""
    if record.cell == ROOT_CELL:
        raise ValueError("the root cell is stored as a Root, with its subject name")
    return _pack_any_cell(record)


def _pack_any_cell(record: Cell) -> bytes:
    cell, unique_id, key_identifier, public_key, digest = record
    if not (len(key_identifier) == 8 and len(public_key) == 65 and len(digest) == 32):
        raise ValueError("a cell holds a key identifier of 8, a point of 65, a digest of 32 octets")
    return _CELL.pack(
        cell.role,
        cell.key_usage.value,
        cell.cell_usage,
        unique_id,
        key_identifier,
        public_key,
        digest,
    )


def unpack_cell(_number: int, body: bytes) -> Cell:
    """Reads what `pack_cell` wrote."""
    role, key_usage, cell_usage, unique_id, *rest = _CELL.unpack(body)
    return Cell(_CELL_IDS[role, key_usage, cell_usage], EntityId(unique_id), *rest)


def pack_root(record: Root) -> bytes:
    """520 octets: the root cell, then what only the root has."""
    if record.cell.cell != ROOT_CELL:
        raise ValueError(f"{record.cell.cell} is not the root cell")
    name, wrapped = record.subject_name, record.wrapped_contingency_key
    return _pack_any_cell(record.cell) + _ROOT_TAIL.pack(
        bounded(name, MAX_NAME_OCTETS, "a subject name"),
        name,
        bounded(wrapped, MAX_WRAPPED_KEY_OCTETS, "a wrapped contingency key"),
        wrapped,
    )


def unpack_root(number: int, body: bytes) -> Root:
    """Reads what `pack_root` wrote."""
    cell = unpack_cell(number, body[: _CELL.size])
    name_length, name, wrapped_length, wrapped = _ROOT_TAIL.unpack_from(body, _CELL.size)
    return Root(cell, name[:name_length], wrapped[:wrapped_length])


def pack_counters(record: Counters) -> bytes:
    """24 octets."""
    role, execution, specialist = record
    present = (execution is not None) * _HAS_EXECUTION | (specialist is not None) * _HAS_SPECIALIST
    return _COUNTERS.pack(role, present, execution or 0, specialist or 0)


def unpack_counters(_number: int, body: bytes) -> Counters:
    """Reads what `pack_counters` wrote."""
    role, present, execution, specialist = _COUNTERS.unpack(body)
    return Counters(
        _ROLES[role],
        execution if present & _HAS_EXECUTION else None,
        specialist if present & _HAS_SPECIALIST else None,
    )


def pack_own_counters(record: OwnCounters) -> bytes:
    """24 octets."""
    return _OWN_COUNTERS.pack(record.next_counter, record.boots)


def unpack_own_counters(_number: int, body: bytes) -> OwnCounters:
    """Reads what `pack_own_counters` wrote."""
    return OwnCounters(*_OWN_COUNTERS.unpack(body))


_PACK: dict[type, Callable[[Any], bytes]] = {
    DeviceIdentity: pack_identity,
    DeviceCertificate: pack_device_certificate,
    DeviceKey: pack_device_key,
    Cell: pack_cell,
    Root: pack_root,
    Counters: pack_counters,
    OwnCounters: pack_own_counters,
    LogEvent: pack_log_event,
    LogTally: pack_log_tally,
    PendingCommand: pack_pending_command,
    PendingChunk: pack_pending_chunk,
    RetiredKey: pack_retired_key,
    TopUp: pack_top_up,
    MeterState: pack_meter,
    Register: pack_register,
    Activation: pack_activation,
}

_UNPACK: dict[int, Callable[[int, bytes], Record]] = {
    RecordKind.IDENTITY: unpack_identity,
    RecordKind.DEVICE_CERTIFICATE: unpack_device_certificate,
    RecordKind.DEVICE_KEY: unpack_device_key,
    RecordKind.CELL: unpack_cell,
    RecordKind.ROOT: unpack_root,
    RecordKind.COUNTERS: unpack_counters,
    RecordKind.OWN_COUNTERS: unpack_own_counters,
    RecordKind.LOG_EVENT: unpack_log_event,
    RecordKind.LOG_TALLY: unpack_log_tally,
    RecordKind.PENDING_COMMAND: unpack_pending_command,
    RecordKind.PENDING_CHUNK: unpack_pending_chunk,
    RecordKind.RETIRED_KEY: unpack_retired_key,
    RecordKind.TOP_UP: unpack_top_up,
    RecordKind.METER: unpack_meter,
    RecordKind.REGISTER: unpack_register,
    RecordKind.ACTIVATION: unpack_activation,
}
