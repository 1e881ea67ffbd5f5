"""Log entries and waiting commands to octets and back; see `firmware_sim.machine.image.codec`."""

from struct import Struct

from firmware_sim.machine.image.bounds import bounded, sized
from firmware_sim.machine.image.layout import MAX_CHUNK_OCTETS, MAX_DETAIL_OCTETS
from firmware_sim.machine.image.records import LogEvent, LogTally, PendingChunk, PendingCommand
from firmware_sim.machine.ports import ClockReliability

_LOG_EVENT = Struct(f"<IHHQQB8s{MAX_DETAIL_OCTETS}s7x")
_LOG_TALLY = Struct("<HBxIQQ8s8x")
_PENDING_COMMAND = Struct("<QQ8sHH32s12x")
_PENDING_CHUNK = Struct(f"<H{MAX_CHUNK_OCTETS}s2x")


def pack_log_event(record: LogEvent) -> bytes:
    """72 octets."""
    detail = record.detail.encode("ascii")
    bounded(detail, MAX_DETAIL_OCTETS, "a detail")
    return _LOG_EVENT.pack(
        record.sequence,
        record.event_code,
        record.message_code,
        record.time,
        record.counter,
        record.reliability,
        sized(record.originator, 8, "an originator"),
        detail,
    )


def unpack_log_event(number: int, body: bytes) -> LogEvent:
    """Reads what `pack_log_event` wrote."""
    sequence, event, message, time, counter, reliability, originator, detail = _LOG_EVENT.unpack(
        body
    )
    return LogEvent(
        number,
        sequence,
        event,
        time,
        ClockReliability(reliability),
        originator,
        counter,
        message,
        detail.rstrip(b"\0").decode("ascii"),
    )


def pack_log_tally(record: LogTally) -> bytes:
    """40 octets."""
    return _LOG_TALLY.pack(
        record.reason,
        record.known_party,
        record.refusals,
        record.first_time,
        record.last_time,
        sized(record.last_originator, 8, "an originator"),
    )


def unpack_log_tally(_number: int, body: bytes) -> LogTally:
    """Reads what `pack_log_tally` wrote."""
    reason, known_party, *rest = _LOG_TALLY.unpack(body)
    return LogTally(reason, bool(known_party), *rest)


def pack_pending_command(record: PendingCommand) -> bytes:
    """72 octets."""
    return _PENDING_COMMAND.pack(
        record.due,
        record.counter,
        sized(record.originator, 8, "an originator"),
        record.message_code,
        record.length,
        sized(record.digest, 32, "a digest"),
    )


def unpack_pending_command(number: int, body: bytes) -> PendingCommand:
    """Reads what `pack_pending_command` wrote."""
    due, counter, originator, message_code, length, digest = _PENDING_COMMAND.unpack(body)
    return PendingCommand(number, due, originator, counter, message_code, length, digest)


def pack_pending_chunk(record: PendingChunk) -> bytes:
    """504 octets."""
    length = bounded(record.octets, MAX_CHUNK_OCTETS, "a chunk", 1)
    return _PENDING_CHUNK.pack(length, record.octets)


def unpack_pending_chunk(number: int, body: bytes) -> PendingChunk:
    """Reads what `pack_pending_chunk` wrote."""
    length, octets = _PENDING_CHUNK.unpack(body)
    return PendingChunk(number >> 8, number & 0xFF, octets[:length])
