"""The flash image, octet by octet: the definition that everything else is checked against.

Numbers are little-endian. Every structure is a multiple of 16 octets long and starts on one,
which aligns it to the write unit of every part. `machine.image.codec` reads and writes the
same octets faster; tests prove the two equal.

An area is: superblock, its copy, then a journal of transactions. A transaction is one or more
entries and a commit mark. Bytes behind the last commit mark are erased.
"""

from typing import Any

from construct import (
    Array,
    Byte,
    Bytes,
    Const,
    Construct,
    Enum,
    Int16ul,
    Int32ul,
    Int64sl,
    Int64ul,
    Padding,
    Struct,
    Switch,
    this,
)

from firmware_sim.gbcs.roles import CellUsage, DeviceType, RemotePartyRole
from firmware_sim.machine.image.records import KeyState, RecordKind
from firmware_sim.machine.ports import ClockReliability

ALIGNMENT = 16
FORMAT_VERSION = 2
"""What is written. An image of version 1 lacks the kinds from TOP_UP on; a device that starts from
one rewrites it first."""
OLDEST_VERSION = 1
MAGIC = b"FSIM"
SUPERBLOCK_OCTETS = 64
JOURNAL_START = 2 * SUPERBLOCK_OCTETS
COMMIT_OCTETS = 16
ENTRY_HEADER_OCTETS = 8
GEOMETRY_RUNS = 4

MARK_PUT = 0x5A
MARK_DELETE = 0x3C
MARK_COMMIT = 0xC3

MAX_CERTIFICATE_OCTETS = 640
MAX_NAME_OCTETS = 128
MAX_WRAPPED_KEY_OCTETS = 256
MAX_DETAIL_OCTETS = 32
MAX_CHUNK_OCTETS = 500
RETIRED_PLACES = 4
PENDING_PLACES = 4
"""Future-dated commands that may wait at a time; the format has room for more."""
FORMAT_PENDING_PLACES = 16
RING_PLACES = 16
CHANGE_PLACES = 12
"""The first places of the log are for changes of credentials, the rest for all other events."""
TOP_UP_PLACES = 100
"""Entries of the UTRN Counter Cache."""
REGISTER_PLACES = 32
MAX_REGISTER_OCTETS = 138
MAX_LIVE_RECORDS = 448
"""A device holds at most 1 identity, 3 certificates, 6 key pairs, 61 cells (the root among them),
10 counters, its own counters, 16 events, two tallies for each reason, 4 commands that wait and 17
chunks of each, four former keys of each of 22 cells that counters stand behind, 100 counters of
top-ups, 32 registers, the state of a meter and an activation. An image with more, be it only
between what a transaction puts and what it removes, was not written by one."""

BLOCK_RUN = Struct("count" / Int16ul, "size" / Int32ul)
"""So many adjacent blocks of so many octets; unused runs are zero."""

SUPERBLOCK = Struct(
    "magic" / Const(MAGIC),
    "format_version" / Int16ul,
    "device_type" / Enum(Byte, DeviceType),
    "erased_value" / Byte,
    "generation" / Int32ul,
    "write_unit" / Byte,
    "programs_per_unit" / Byte,
    "entity" / Bytes(8),
    "area_size" / Int32ul,
    "block_runs" / Array(GEOMETRY_RUNS, BLOCK_RUN),
    Padding(10),
    "crc32" / Int32ul,
)
"""`crc32` (IEEE 802.3, as zlib computes it) covers the 60 octets before it."""

CELL = Struct(
    "role" / Enum(Byte, RemotePartyRole),
    "key_usage" / Byte,
    "cell_usage" / Enum(Byte, CellUsage),
    "unique_id" / Bytes(8),
    "key_identifier" / Bytes(8),
    "public_key" / Bytes(65),
    "certificate_digest" / Bytes(32),
    Padding(4),
)

BODIES: dict[RecordKind, "Construct[Any, Any]"] = {
    RecordKind.IDENTITY: Struct(
        "device_type" / Enum(Byte, DeviceType),
        "entity" / Bytes(8),
        "seed" / Bytes(32),
        Padding(15),
    ),
    RecordKind.DEVICE_CERTIFICATE: Struct(
        "length" / Int16ul,
        "der" / Bytes(MAX_CERTIFICATE_OCTETS),
        Padding(6),
    ),
    RecordKind.DEVICE_KEY: Struct(
        "state" / Enum(Byte, KeyState),
        "private_key" / Bytes(32),
        "public_key" / Bytes(65),
        Padding(6),
    ),
    RecordKind.CELL: CELL,
    RecordKind.ROOT: Struct(
        "cell" / CELL,
        "subject_name_length" / Int16ul,
        "subject_name" / Bytes(MAX_NAME_OCTETS),
        "wrapped_contingency_key_length" / Int16ul,
        "wrapped_contingency_key" / Bytes(MAX_WRAPPED_KEY_OCTETS),
        Padding(12),
    ),
    RecordKind.COUNTERS: Struct(
        "role" / Enum(Byte, RemotePartyRole),
        "present" / Byte,
        Padding(6),
        "execution" / Int64ul,
        "specialist" / Int64ul,
    ),
    RecordKind.OWN_COUNTERS: Struct(
        "next_counter" / Int64ul,
        "boots" / Int32ul,
        Padding(12),
    ),
    RecordKind.LOG_EVENT: Struct(
        "sequence" / Int32ul,
        "event_code" / Int16ul,
        "message_code" / Int16ul,
        "time" / Int64ul,
        "counter" / Int64ul,
        "reliability" / Enum(Byte, ClockReliability),
        "originator" / Bytes(8),
        "detail" / Bytes(MAX_DETAIL_OCTETS),
        Padding(7),
    ),
    RecordKind.LOG_TALLY: Struct(
        "reason" / Int16ul,
        "known_party" / Byte,
        Padding(1),
        "refusals" / Int32ul,
        "first_time" / Int64ul,
        "last_time" / Int64ul,
        "last_originator" / Bytes(8),
        Padding(8),
    ),
    RecordKind.PENDING_COMMAND: Struct(
        "due" / Int64ul,
        "counter" / Int64ul,
        "originator" / Bytes(8),
        "message_code" / Int16ul,
        "length" / Int16ul,
        "digest" / Bytes(32),
        Padding(12),
    ),
    RecordKind.PENDING_CHUNK: Struct(
        "length" / Int16ul,
        "octets" / Bytes(MAX_CHUNK_OCTETS),
        Padding(2),
    ),
    RecordKind.RETIRED_KEY: Struct(
        "counter" / Int64ul,
        "sequence" / Int32ul,
        "key_digest" / Bytes(32),
        Padding(12),
    ),
    RecordKind.TOP_UP: Struct(
        "counter_high" / Int32ul,
        "flags" / Byte,
        Padding(3),
    ),
    RecordKind.METER: Struct(
        "balance" / Int64sl,
        "firmware_version" / Bytes(4),
        "image_version" / Bytes(4),
        "image_hash" / Bytes(32),
        "image_held" / Byte,
        "entry_failures" / Byte,
        "cache_head" / Byte,
        "supply_state" / Byte,
        "tenancy_start" / Int32ul,
    ),
    RecordKind.REGISTER: Struct(
        "interface" / Int16ul,
        "instance" / Bytes(6),
        "attribute" / Int16ul,
        "is_command" / Byte,
        "result" / Byte,
        "length" / Int16ul,
        "data" / Bytes(MAX_REGISTER_OCTETS),
    ),
    RecordKind.ACTIVATION: Struct(
        "due" / Int64ul,
        "counter" / Int64ul,
        "originator" / Bytes(8),
        "image_hash" / Bytes(32),
    ),
}
"""The body of each kind of record. Bit 0 of `present` in the counters says that `execution`
is held, bit 1 that `specialist` is. Texts and DER are padded with zero octets."""

BODY_OCTETS: dict[int, int] = {int(kind): body.sizeof() for kind, body in BODIES.items()}

ENTRY_HEADER = Struct(
    "mark" / Byte,
    "kind" / Byte,
    "index" / Int16ul,
    "length" / Int16ul,
    Padding(2),
)
"""`length` is that of the body that follows: fixed by the kind for a put, 8 for a delete."""

ENTRY = Struct(
    "header" / ENTRY_HEADER,
    "body"
    / Switch(
        this.header.mark,
        {MARK_PUT: Switch(this.header.kind, BODIES, default=Bytes(this.header.length))},
        default=Padding(8),
    ),
)

COMMIT = Struct(
    "mark" / Const(MARK_COMMIT, Byte),
    Padding(1),
    "entries" / Int16ul,
    "sequence" / Int32ul,
    "records_crc32" / Int32ul,
    "check" / Int32ul,
)
"""Ends a transaction. `sequence` counts the transactions of the area from 0. `records_crc32`
covers all octets of its entries; `check` is CRC-32 over the area's generation and the offset of
this mark in the area (both 32 bits) and the 12 octets before it, so that a mark is good in its
own place only."""
