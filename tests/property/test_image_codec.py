"""The fast codec and the construct definition write the same octets and read the same values."""

from typing import Any

from construct import Container
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.image import layout
from firmware_sim.machine.image.codec import decode, encode, encode_entry
from firmware_sim.machine.image.entries import commit_mark, delete_entry, put_entry
from firmware_sim.machine.image.records import Record, RecordKey, RecordKind, Superblock
from firmware_sim.machine.image.superblock import pack_superblock, unpack_superblock
from tests.machine.image.records_for_tests import entities, fields, records, u16, u32


def plain(parsed: Any) -> Any:
    """A construct container as a dictionary of numbers and octets, without its bookkeeping."""
    if isinstance(parsed, Container):
        return {name: plain(value) for name, value in parsed.items() if not name.startswith("_")}
    if isinstance(parsed, list):
        return [plain(value) for value in parsed]
    return int(parsed) if isinstance(parsed, (int, str)) else parsed


@settings(max_examples=300, deadline=None)
@given(records)
def test_a_record_has_the_same_octets_both_ways(record: Record) -> None:
    key, body = encode(record)
    definition = layout.BODIES[key.kind]
    assert definition.build(fields(record)) == body
    assert plain(definition.parse(body)) == fields(record)
    assert decode(key, body) == record
    assert type(decode(key, body)) is type(record)


@settings(max_examples=100, deadline=None)
@given(records)
def test_entries_have_the_defined_header(record: Record) -> None:
    key, body = encode(record)
    header = {"mark": layout.MARK_PUT, "kind": key.kind, "index": key.number, "length": len(body)}
    entry = layout.ENTRY.build({"header": header, "body": fields(record)})
    assert entry == put_entry(key, body)
    assert encode_entry(record) == (key, entry)
    assert len(entry) % layout.ALIGNMENT == 0
    header |= {"mark": layout.MARK_DELETE, "length": 8}
    assert layout.ENTRY.build({"header": header, "body": None}) == delete_entry(key)


@settings(max_examples=100, deadline=None)
@given(u16, u32, u32, u32, st.integers(0, 1 << 20).map(lambda n: n * 16))
def test_a_commit_mark_is_as_defined(
    entries: int, sequence: int, crc: int, generation: int, offset: int
) -> None:
    mark = commit_mark(entries, sequence, crc, generation, offset)
    parsed = layout.COMMIT.parse(mark)
    assert (parsed.entries, parsed.sequence, parsed.records_crc32) == (entries, sequence, crc)
    values = {"entries": entries, "sequence": sequence, "records_crc32": crc}
    assert layout.COMMIT.build(values | {"check": parsed.check}) == mark


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(NAMED)), st.sampled_from(DeviceType), entities, u32)
def test_a_superblock_is_as_defined(
    name: str, device_type: DeviceType, entity: Any, generation: int
) -> None:
    superblock = Superblock(NAMED[name], device_type, entity, generation)
    octets = pack_superblock(superblock)
    parsed = layout.SUPERBLOCK.parse(octets)
    assert layout.SUPERBLOCK.build(parsed) == octets
    assert int(parsed.device_type) == device_type
    assert (parsed.entity, parsed.generation) == (bytes(entity), generation)
    assert sizes(parsed) == NAMED[name].block_sizes
    assert (parsed.write_unit, parsed.erased_value) == rules(NAMED[name])
    assert unpack_superblock(octets) == superblock


def sizes(parsed: Any) -> tuple[int, ...]:
    return tuple(run.size for run in parsed.block_runs for _ in range(run.count))


def rules(geometry: Geometry) -> tuple[int, int]:
    return geometry.write_unit, geometry.erased_value


def test_every_kind_is_defined_and_aligned() -> None:
    assert set(layout.BODIES) == set(RecordKind)
    for kind, octets in layout.BODY_OCTETS.items():
        assert (layout.ENTRY_HEADER_OCTETS + octets) % layout.ALIGNMENT == 0, kind
    assert layout.SUPERBLOCK.sizeof() == layout.SUPERBLOCK_OCTETS
    assert layout.COMMIT.sizeof() == layout.COMMIT_OCTETS
    assert layout.ENTRY_HEADER.sizeof() == layout.ENTRY_HEADER_OCTETS


@settings(max_examples=100, deadline=None)
@given(st.lists(records, min_size=2, max_size=2))
def test_two_records_share_a_key_only_if_they_name_the_same_thing(pair: list[Record]) -> None:
    first, second = pair
    if first.key == second.key:
        assert type(first) is type(second)
    assert isinstance(first.key, RecordKey)
    assert 0 <= first.key.number <= 0xFFFF
