"""Reading an area: which records live in it, where its journal ends, and what is damaged.

It only reads. It distinguishes two kinds of damage, because they call for opposite answers. A
transaction whose commit mark never became sound was interrupted: it never happened. Damage
before a sound commit mark is corruption: going on with an older state would bring back retired
keys and used counters, so it is an error.
"""

from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

from firmware_sim.machine.image.entries import HEADER, commit_mark, is_commit_mark
from firmware_sim.machine.image.layout import (
    ALIGNMENT,
    BODY_OCTETS,
    COMMIT_OCTETS,
    ENTRY_HEADER_OCTETS,
    JOURNAL_START,
    MARK_COMMIT,
    MARK_DELETE,
    MARK_PUT,
    MAX_LIVE_RECORDS,
)

_MAX_FLIPPED_BITS = 1


class ImageError(Exception):
    """The image is not one, or is altered where nothing can make up for it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Committed(NamedTuple):
    """A sound beginning of a journal, and what it says; a later scan that meets it may skip it.

    `octets` are those of the area up to and with a commit mark; the rest is as in `JournalScan`.
    """

    octets: bytes
    generation: int
    live: dict[tuple[int, int], bytes]
    sequence: int


class JournalScan(NamedTuple):
    """What a journal says.

    `live` maps (kind, index) to the whole put entry, header included. `tail` is the offset in the
    area behind the last commit mark; `sequence` the number of the next transaction. `flaw` is
    empty, or says why nothing may be appended before the area has been rewritten.
    """

    live: dict[tuple[int, int], bytes]
    tail: int
    sequence: int
    flaw: str


def scan_journal(
    area: bytes, generation: int, erased_value: int, known: Committed | None = None
) -> JournalScan:
    """Read the journal of an area whose superblock is sound.

    Args:
        known: how this area's journal begins, in this generation.

    Raises:
        ImageError: a committed record is altered, or there are more than a device can hold.
    """
    live: dict[tuple[int, int], bytes] = {}
    pending: list[tuple[tuple[int, int], bytes | None]] = []
    start = position = JOURNAL_START
    sequence, flaw = 0, ""
    if known is not None:
        live, sequence = known.live.copy(), known.sequence
        start = position = len(known.octets)
    while position < len(area):
        # An entry counts for nothing until the commit mark behind it, which holds the CRC over
        # all entries of its transaction: a torn or decayed entry shows there. The length must be
        # that of the kind, or a damaged header would lead past a sound mark.
        mark, kind, index, length, _ = HEADER.unpack_from(area, position)
        end = position + ENTRY_HEADER_OCTETS + length
        if mark == MARK_PUT and length == BODY_OCTETS.get(kind) and end <= len(area):
            pending.append(((kind, index), area[position:end]))
        elif mark == MARK_DELETE and length == ENTRY_HEADER_OCTETS:
            pending.append(((kind, index), None))
        elif pending or sequence == 0:
            # No further entry, so the mark of the pending ones is due; the first transaction of
            # an area may be the mark alone, since an area may hold no records.
            flips = _distance_from_commit(area, start, position, len(pending), sequence, generation)
            if flips > _MAX_FLIPPED_BITS:
                # A cut in this transaction leaves such octets, and then it never happened. So
                # does a decayed entry of a committed one; which it was is decided below.
                break
            if flips:
                # It counts, but one more flip would undo it: the caller rewrites the area first.
                flaw = f"a flipped bit in the commit mark at {position}"
            _apply(live, pending)
            pending.clear()
            start = end = position + COMMIT_OCTETS
            sequence += 1
        else:
            # Nothing is pending and no entry begins here: the journal ends in erased octets, or
            # in the header of a first entry that a cut tore or that decayed.
            break
        position = end
    if sequence == 0:
        # No cut leaves this: the superblock that makes an area valid is programmed after it.
        raise ImageError("the first transaction of a valid area is altered")
    if not is_blank(area[start:], erased_value):
        # A cut leaves remains of the last transaction only. If a sound mark follows, the remains
        # are a committed transaction that decayed, and its loss would bring old keys back.
        _refuse_corruption(area, start, generation)
        flaw = f"an interrupted transaction at {start}"
    return JournalScan(live, start, sequence, flaw)


def known_beginning(
    area: bytes, generation: int, candidates: Iterable[Committed]
) -> Committed | None:
    """The longest of some beginnings that this area has, superblocks included."""
    fitting = (
        each
        for each in candidates
        if each.generation == generation and area.startswith(each.octets)
    )
    return max(fitting, key=lambda each: len(each.octets), default=None)


def is_blank(octets: bytes, erased_value: int) -> bool:
    """Whether all octets read erased."""
    return octets == bytes((erased_value,)) * len(octets)


def _apply(
    live: dict[tuple[int, int], bytes], changes: list[tuple[tuple[int, int], bytes | None]]
) -> None:
    for key, entry in changes:
        if entry is None:
            live.pop(key, None)
            continue
        live[key] = entry
        if len(live) > MAX_LIVE_RECORDS:
            raise ImageError("more records than a device can hold")


def _distance_from_commit(
    area: bytes, start: int, position: int, entries: int, sequence: int, generation: int
) -> int:
    """Bits by which the octets at `position` differ from the mark that would commit the entries.

    One bit is forgiven. The entries' own CRC holds, so either the mark was torn one bit short,
    and then both outcomes are right, or that bit decayed, and then the transaction happened.
    """
    records_crc = crc32(memoryview(area)[start:position])
    due = commit_mark(entries, sequence, records_crc, generation, position)
    found = area[position : position + COMMIT_OCTETS]
    return 0 if found == due else (int.from_bytes(found) ^ int.from_bytes(due)).bit_count()


def _refuse_corruption(area: bytes, start: int, generation: int) -> None:
    """A sound commit mark that was not reached proves that what it committed is altered."""
    last = len(area) - COMMIT_OCTETS
    offset = area.find(MARK_COMMIT, start)
    while 0 <= offset <= last:
        is_aligned = (offset - start) % ALIGNMENT == 0
        if is_aligned and is_commit_mark(area[offset : offset + COMMIT_OCTETS], generation, offset):
            raise ImageError(f"a committed record between {start} and {offset} is altered")
        offset = area.find(MARK_COMMIT, offset + 1)
