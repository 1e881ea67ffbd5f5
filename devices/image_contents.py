"""What a flash image says, read past the machine that runs over it."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.image.in_use import part_in_use
from firmware_sim.machine.image.layout import ENTRY_HEADER_OCTETS
from firmware_sim.machine.image.record_keys import RecordKind, record_key
from firmware_sim.machine.image.records import Cell, Counters, LogTally, Record, Root
from firmware_sim.machine.image.scan import Committed, ImageError
from firmware_sim.machine.image.soundness import sound_record
from firmware_sim.machine.image.use_records import TopUp
from firmware_sim.machine.meter.utrn_cache import credited_counters
from firmware_sim.machine.state import check_complete
from firmware_sim.machine.store.errors import StoreError
from firmware_sim.machine.store.recovery import read_committed

_Records = dict[tuple[int, int], Record]
"""By kind and number."""


class ImageContents(NamedTuple):
    """What a flash image says of Trust Anchor Cells, counters and refusals.

    Attributes:
        cells: the root cell among them.
        counters: of each role that has any.
        refused: the reasons of which the security log counts at least one refusal.
        credited: counters of the UTRNs that were credited, as far as the meter remembers them.
    """

    cells: Mapping[TrustAnchorCellId, Cell]
    counters: Mapping[RemotePartyRole, Counters]
    refused: frozenset[int]
    credited: frozenset[int] = frozenset()


class ImageReader:
    """Reads the images of one device, one after the other.

    What an image has in common with the one before, octet for octet, is not read again: neither
    the beginning of its journal nor a record.
    """

    __slots__ = ("_committed", "_contents", "_digest", "_records")

    def __init__(self) -> None:
        self._digest = b""
        self._committed: Committed | None = None
        self._records: _Records = {}
        self._contents: ImageContents | None = None

    def read(self, image: bytes) -> ImageContents:
        """What the next image of the device says.

        Raises:
            StoreError: the image holds no sound state.
        """
        digest = _digest(image)
        if self._contents is None or digest != self._digest:
            committed = read_committed(image, self._committed)
            records = self._read(committed.live)
            check_complete(records.values())
            self._contents = _contents(records.values())
            self._digest, self._committed, self._records = digest, committed, records
        return self._contents

    def _read(self, live: Mapping[tuple[int, int], bytes]) -> _Records:
        """Every record, in the order of their keys."""
        before = {} if self._committed is None else self._committed.live
        found = self._records.copy()
        try:
            for place, entry in sorted(live.items() - before.items()):
                key = record_key(RecordKind(place[0]), place[1])
                found[place] = sound_record(key, entry[ENTRY_HEADER_OCTETS:])
        except ImageError as error:
            raise StoreError(error.reason) from error
        if live.keys() == self._records.keys():
            return found
        return {place: found[place] for place in sorted(live)}


def contents_of_image(image: bytes) -> ImageContents:
    """Read a flash image.

    Raises:
        StoreError: the image holds no sound state.
    """
    return ImageReader().read(image)


def cells_of_image(image: bytes) -> dict[TrustAnchorCellId, Cell]:
    """Every Trust Anchor Cell of a flash image, the root cell among them.

    Raises:
        StoreError: the image holds no sound state.
    """
    return dict(contents_of_image(image).cells)


def _contents(records: Iterable[Record]) -> ImageContents:
    cells: dict[TrustAnchorCellId, Cell] = {}
    counters: dict[RemotePartyRole, Counters] = {}
    refused, top_ups = set[int](), list[TopUp]()
    for record in records:
        match record:
            case Cell():
                cells[record.cell] = record
            case Root():
                cells[ROOT_CELL] = record.cell
            case Counters():
                counters[record.role] = record
            case LogTally():
                refused.add(record.reason)
            case TopUp():
                top_ups.append(record)
    return ImageContents(cells, counters, frozenset(refused), credited_counters(top_ups))


def _digest(image: bytes) -> bytes:
    """Of an image: SHA-256 over its size, where the part in use begins, and that part."""
    begin, end = part_in_use(image)
    return sha256(b"%d %d " % (len(image), begin) + image[begin:end]).digest()
