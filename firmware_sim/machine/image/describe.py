"""What an image holds, for people: everything but the secrets."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import NamedTuple, TypeVar

from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.areas import Valid, contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.layout import ENTRY_HEADER_OCTETS
from firmware_sim.machine.image.records import (
    Cell,
    Counters,
    DeviceCertificate,
    DeviceKey,
    KeyState,
    LogEvent,
    LogTally,
    OwnCounters,
    PendingCommand,
    Record,
    RecordKey,
    RecordKind,
    RetiredKey,
    Root,
    Superblock,
)
from firmware_sim.machine.image.scan import ImageError, is_blank, scan_journal
from firmware_sim.machine.image.soundness import sound_record
from firmware_sim.machine.image.use_records import Activation, MeterState, Register, TopUp

_Kind = TypeVar("_Kind", bound=Record)


class AreaStatus(Enum):
    """What one of the two areas is."""

    ACTIVE = "active"
    STALE = "stale"
    """Valid, but of a lower generation: power was cut before it was erased."""
    BLANK = "blank"
    UNFINISHED = "unfinished"
    """No sound superblock: a compaction or an erase was cut."""
    ALTERED = "altered"
    """Committed octets have changed; a device refuses to start from it."""


class AreaDescription(NamedTuple):
    """One area: where it lies, how far it is written, and what is wrong with it, if anything."""

    number: int
    base: int
    size: int
    status: AreaStatus
    generation: int | None = None
    used: int = 0
    transactions: int = 0
    note: str = ""


class KeyDescription(NamedTuple):
    """A device key pair without its private half."""

    key_usage: KeyUsage
    state: KeyState
    public_key: bytes


@dataclass(frozen=True, slots=True)
class ImageDescription:
    """The readable content of an image. It holds no private key and no seed.

    `digest` is SHA-256 over the octets. `problem` is empty, or says why a device would not start
    from this image; the records are then missing. `root` is None on an unprovisioned root cell.
    """

    digest: str
    superblock: Superblock
    areas: tuple[AreaDescription, ...]
    problem: str
    root: Root | None
    cells: tuple[Cell, ...]
    counters: tuple[Counters, ...]
    own_counters: OwnCounters | None
    keys: tuple[KeyDescription, ...]
    certificates: tuple[DeviceCertificate, ...]
    log: tuple[LogEvent, ...]
    tallies: tuple[LogTally, ...]
    pending: tuple[PendingCommand, ...]
    retired: tuple[RetiredKey, ...]
    meter: MeterState | None = None
    top_ups: tuple[TopUp, ...] = ()
    registers: tuple[Register, ...] = ()
    activation: Activation | None = None


def describe_image(octets: bytes, geometry: Geometry | None = None) -> ImageDescription:
    """Read an image as a device would at power-on, without changing it.

    Args:
        octets: the whole flash contents.
        geometry: taken from the superblock when it is not given.

    Raises:
        ImageError: there is no sound superblock.
    """
    geometry = geometry or geometry_of(octets)
    contents = contents_of(octets, geometry)
    valid = valid_areas(geometry, contents)
    areas = tuple(
        _describe_area(geometry, number, area_octets, valid)
        for number, area_octets in enumerate(contents)
    )
    problem, records = "", []
    try:
        records = live_records(valid[0])
    except ImageError as error:
        problem = error.reason
    return _collect(sha256(octets).hexdigest(), valid[0].superblock, areas, problem, records)


def live_records(valid: Valid) -> list[Record]:
    """The records that live in a valid area, in order of their keys; secrets included.

    Raises:
        ImageError: a committed record is altered, or is none that a device writes.
    """
    erased_value = valid.superblock.geometry.erased_value
    live = scan_journal(valid.octets, valid.superblock.generation, erased_value).live
    return [
        sound_record(RecordKey(RecordKind(kind), number), live[kind, number][ENTRY_HEADER_OCTETS:])
        for kind, number in sorted(live)
    ]


def _describe_area(
    geometry: Geometry, number: int, octets: bytes, valid: list[Valid]
) -> AreaDescription:
    area = geometry.areas[number]
    place = (number, area.base, area.size)
    mine = next((entry for entry in valid if entry.area == area), None)
    if mine is None:
        blank = is_blank(octets, geometry.erased_value)
        return AreaDescription(*place, AreaStatus.BLANK if blank else AreaStatus.UNFINISHED)
    generation = mine.superblock.generation
    try:
        scan = scan_journal(octets, generation, geometry.erased_value)
    except ImageError as error:
        return AreaDescription(*place, AreaStatus.ALTERED, generation, note=error.reason)
    status = AreaStatus.ACTIVE if mine is valid[0] else AreaStatus.STALE
    note = scan.flaw or ("" if mine.intact else "one copy of the superblock is damaged")
    return AreaDescription(*place, status, generation, scan.tail, scan.sequence, note)


def _collect(
    digest: str,
    superblock: Superblock,
    areas: tuple[AreaDescription, ...],
    problem: str,
    records: Iterable[Record],
) -> ImageDescription:
    records = list(records)

    def of(kind: type[_Kind]) -> tuple[_Kind, ...]:
        return tuple(record for record in records if isinstance(record, kind))

    return ImageDescription(
        digest=digest,
        superblock=superblock,
        areas=areas,
        problem=problem,
        root=next(iter(of(Root)), None),
        cells=of(Cell),
        counters=of(Counters),
        own_counters=next(iter(of(OwnCounters)), None),
        keys=tuple(KeyDescription(k.key_usage, k.state, k.public_key) for k in of(DeviceKey)),
        certificates=of(DeviceCertificate),
        log=tuple(sorted(of(LogEvent), key=lambda event: event.sequence)),
        tallies=of(LogTally),
        pending=of(PendingCommand),
        retired=of(RetiredKey),
        meter=next(iter(of(MeterState)), None),
        top_ups=of(TopUp),
        registers=of(Register),
        activation=next(iter(of(Activation)), None),
    )
