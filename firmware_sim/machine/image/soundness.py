"""Which records a device starts from: those that a device of this format writes, and no others.

A CRC vouches that octets are as they were written; it says nothing about who wrote them. A record
that no device writes would stop one that started from it, at once or at some later command. The
firmware has the same rules in `hw/firmware/machine/soundness.c`.
"""

from functools import lru_cache

from firmware_sim.gbcs.distinguished_name import parse_name
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from firmware_sim.machine.image.codec import decode, encode
from firmware_sim.machine.image.layout import FORMAT_PENDING_PLACES, RING_PLACES
from firmware_sim.machine.image.records import (
    Cell,
    Counters,
    DeviceCertificate,
    DeviceKey,
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
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.use_records import Activation, MeterState, Register, TopUp
from firmware_sim.machine.image.use_soundness import LATEST as LATEST
from firmware_sim.machine.image.use_soundness import is_use_within_bounds

_NUMBERS = 1 << 31
_SEQ_NUMBERS = 1 << 63
"""Counts and counters stay below half of what their field holds: none overflows in use."""

_SHARED = frozenset({
    RecordKind.CELL, RecordKind.ROOT, RecordKind.COUNTERS, RecordKind.OWN_COUNTERS,
    RecordKind.LOG_TALLY, RecordKind.METER, RecordKind.REGISTER,
})  # fmt: skip
"""Records that devices of a fleet have alike, octet for octet; none of them holds a secret."""

_OWN_USAGES = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)


def sound_record(key: RecordKey, body: bytes) -> Record:
    """The record under a key, if a device could have written it.

    Raises:
        ImageError: it has values that no device stores, another key than its values say, or octets
            behind a text or a certificate.
    """
    return _read_shared(key, body) if key.kind in _SHARED else _read(key, body)


def _read(key: RecordKey, body: bytes) -> Record:
    try:
        record = decode(key, body)
        is_as_written = encode(record) == (key, body)
    except (KeyError, ValueError) as error:
        raise _unsound(key) from error
    if not is_as_written or not _is_within_bounds(record):
        raise _unsound(key)
    return record


def _unsound(key: RecordKey) -> ImageError:
    kind = RecordKind(key.kind).name.lower().replace("_", " ")
    return ImageError(f"the {kind} {key.number:x} is none that a device writes")


_read_shared = lru_cache(4096)(_read)


def _is_within_bounds(record: Record) -> bool:
    match record:
        case Counters():
            numbers = (record.execution or 0, record.specialist or 0)
            return record.role is not RemotePartyRole.OTHER and max(numbers) < _SEQ_NUMBERS
        case DeviceCertificate() | DeviceKey():
            return record.key_usage in _OWN_USAGES
        case Cell() | RetiredKey() if record.cell.role is RemotePartyRole.OTHER:
            return False
        case RetiredKey():
            return record.counter < _SEQ_NUMBERS and record.sequence < _NUMBERS
        case Root():
            return _is_name(record.subject_name)
        case OwnCounters():
            return record.next_counter < _SEQ_NUMBERS and record.boots < _NUMBERS
    return _is_history_within_bounds(record)


def _is_history_within_bounds(record: Record) -> bool:
    match record:
        case LogEvent():
            return (
                record.ring < RING_PLACES
                and record.sequence < _NUMBERS
                and record.time <= LATEST
                and record.counter < _SEQ_NUMBERS
                and record.detail.isprintable()
            )
        case LogTally():
            last = max(record.first_time, record.last_time)
            return record.refusals < _NUMBERS and last <= LATEST
        case PendingCommand():
            return (
                record.place < FORMAT_PENDING_PLACES
                and record.due <= LATEST
                and record.counter < _SEQ_NUMBERS
                and record.message_code in RULES_BY_CODE
            )
        case PendingChunk():
            return record.place < FORMAT_PENDING_PLACES
        case TopUp() | MeterState() | Register() | Activation():
            return is_use_within_bounds(record)
    return True


def _is_name(octets: bytes) -> bool:
    try:
        parse_name(octets)
    except RemoteError:
        return False
    return True
