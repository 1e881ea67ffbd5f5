"""The entries of a journal and the marks that commit them, as octets."""

from struct import Struct
from zlib import crc32

from firmware_sim.machine.image.layout import BODY_OCTETS, MARK_COMMIT, MARK_DELETE, MARK_PUT
from firmware_sim.machine.image.records import RecordKey

HEADER = Struct("<BBHHH")
_COMMIT = Struct("<BxHII")
_PLACE = Struct("<II")
_DELETE_FILLER = bytes(8)


def put_entry(key: RecordKey, body: bytes) -> bytes:
    """A header and the body of a record.

    Raises:
        ValueError: the body has not the length of its kind, or the index exceeds 16 bits.
    """
    kind, index = key
    if len(body) != BODY_OCTETS.get(kind) or not 0 <= index <= 0xFFFF:
        raise ValueError(f"no record of kind {kind} has index {index} and {len(body)} octets")
    return HEADER.pack(MARK_PUT, kind, index, len(body), 0) + body


def delete_entry(key: RecordKey) -> bytes:
    """Says that a record is no more."""
    kind, index = key
    return HEADER.pack(MARK_DELETE, kind, index, len(_DELETE_FILLER), 0) + _DELETE_FILLER


def commit_mark(
    entries: int, sequence: int, records_crc: int, generation: int, offset: int
) -> bytes:
    """The 16 octets that commit a transaction, good at this offset of this generation only."""
    head = _COMMIT.pack(MARK_COMMIT, entries, sequence, records_crc)
    return head + _check(head, generation, offset)


def is_commit_mark(octets: bytes, generation: int, offset: int) -> bool:
    """Whether 16 octets are, by themselves, a sound commit mark for this place."""
    return octets[0] == MARK_COMMIT and octets[12:] == _check(octets[:12], generation, offset)


def _check(head: bytes, generation: int, offset: int) -> bytes:
    return crc32(head, crc32(_PLACE.pack(generation, offset))).to_bytes(4, "little")
