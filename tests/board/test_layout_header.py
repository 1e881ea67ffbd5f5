"""generated/layout.h and geometry.h say what the layout is, and are up to date."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from firmware_sim.gbcs.roles import CellUsage, DeviceType, KeyUsage, RemotePartyRole
from firmware_sim.hw.headers import geometry, layout
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.image.layout import (
    BODIES,
    BODY_OCTETS,
    COMMIT,
    ENTRY_HEADER,
    MAGIC,
    MAX_LIVE_RECORDS,
    RING_PLACES,
    SUPERBLOCK,
)
from firmware_sim.machine.image.records import SECRET_KINDS, KeyState, RecordKind
from firmware_sim.machine.refusals import RefusalReason
from tests.board.ram_board import FIRMWARE, RamBoard
from tests.machine.store.starting_stores import SMALL

_HEADER = (FIRMWARE / "generated" / "layout.h").read_text(encoding="utf-8")
_VALUES = {
    name: int(value, 0) for name, value in re.findall(r"(\w+) = (0x[0-9A-F]+|\d+)\b", _HEADER)
}


@pytest.mark.parametrize("maker", [layout, geometry])
def test_layout_header_is_up_to_date(maker: Any) -> None:
    for name, text in maker.files().items():
        written = (FIRMWARE / "generated" / name).read_text(encoding="utf-8")
        assert written == text, f"{name} is stale: run python -m firmware_sim.hw.headers"


_STRUCTURES = {
    "SUPERBLOCK": SUPERBLOCK,
    "ENTRY": ENTRY_HEADER,
    "COMMIT": COMMIT,
    **{kind.name: body for kind, body in BODIES.items()},
}
_CONSTANT = {"SUPERBLOCK_MAGIC", "COMMIT_MARK"}
_SIGNED = ("balance",)


def _blank(structure: Any) -> bytes:
    """Zero octets, but for what is constant."""
    octets = bytearray(structure.sizeof())
    if structure is SUPERBLOCK:
        octets[:6] = MAGIC + b"\x01\x00"
    if structure is COMMIT:
        octets[0] = 0xC3
    return bytes(octets)


def _changed_places(structure: Any, path: tuple[str | int, ...], octets: int) -> list[int]:
    """Which octets of a structure change when one field gets all its bits."""
    blank = _blank(structure)
    values = structure.parse(blank)
    *parents, last = path
    holder = values
    for step in parents:
        holder = holder[step]
    is_text = isinstance(holder[last], bytes)
    every_bit = -1 if path == _SIGNED else (1 << 8 * octets) - 1
    holder[last] = b"\xff" * octets if is_text else every_bit
    built = structure.build(values)
    return [at for at in range(len(blank)) if built[at] != blank[at]]


def _paths(values: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(values, dict | list):
        pairs = values.items() if isinstance(values, dict) else enumerate(values)
        for step, value in pairs:
            if not str(step).startswith("_"):
                yield from _paths(value, (*path, step))
    else:
        yield path


@pytest.mark.parametrize("name", _STRUCTURES)
def test_every_field_is_where_construct_puts_it(name: str) -> None:
    """Fill one field after the other and look which octets have changed."""
    structure = _STRUCTURES[name]
    for path in _paths(structure.parse(_blank(structure))):
        field = "_".join((name, *map(str, path))).upper()
        start, octets = _VALUES[f"{field}_AT"], _VALUES[f"{field}_OCTETS"]
        if field not in _CONSTANT:
            expected = list(range(start, start + octets))
            assert _changed_places(structure, path, octets) == expected, field


def test_record_kinds_and_key_states_have_the_same_numbers_in_c() -> None:
    assert {kind: _VALUES[f"RECORD_{kind.name}"] for kind in RecordKind} == {
        kind: int(kind) for kind in RecordKind
    }
    assert {kind: _VALUES[f"BODY_OCTETS_{kind.name}"] for kind in RecordKind} == BODY_OCTETS
    assert {state: _VALUES[f"KEY_STATE_{state.name}"] for state in KeyState} == {
        state: int(state) for state in KeyState
    }
    assert _VALUES["IMAGE_MAGIC"].to_bytes(4, "little") == MAGIC
    for kind in range(32):
        assert (_VALUES["SECRET_KINDS"] >> kind & 1) == (kind in set(SECRET_KINDS))
        assert (_VALUES["DEVICE_TYPES"] >> kind & 1) == (kind in set(DeviceType))


@pytest.mark.parametrize("part", [*NAMED.values(), SMALL])
def test_erase_blocks_of_each_part_lie_where_python_has_them(part: Geometry) -> None:
    board = RamBoard(part)
    blocks = list(zip(part.block_starts, part.block_sizes, strict=True))
    assert [board.block(number) for number in range(len(blocks))] == blocks
    assert board.block(len(blocks))[1] == 0


def test_the_firmware_can_hold_all_records_of_a_device() -> None:
    """The bound that the layout states."""
    usages, places, chunks = len(KeyUsage), 4, -(-8192 // 500)
    most = (
        1  # identity
        + usages
        + usages * len(KeyState)
        + len(RemotePartyRole) * usages * len(CellUsage)
        + 1  # root
        + len(RemotePartyRole)
        + 1  # own counters
        + RING_PLACES
        + 2 * len(RefusalReason)
        + places * (1 + chunks)
    )
    assert most <= _VALUES["MAX_LIVE_RECORDS"] == MAX_LIVE_RECORDS
