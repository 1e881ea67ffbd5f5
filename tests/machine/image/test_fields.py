from typing import Any

import pytest

from firmware_sim.machine.image.fields import Field, fields
from firmware_sim.machine.image.layout import BODIES, COMMIT, ENTRY_HEADER, SUPERBLOCK
from firmware_sim.machine.image.records import RecordKind


@pytest.mark.parametrize("structure", [*BODIES.values(), SUPERBLOCK, ENTRY_HEADER, COMMIT])
def test_fields_cover_a_structure_without_a_gap(structure: Any) -> None:
    end = 0
    for field in fields(structure):
        assert field.offset == end
        end += field.octets
    assert end == structure.sizeof()


def test_nested_fields_have_dotted_names() -> None:
    root = list(fields(BODIES[RecordKind.ROOT]))
    assert root[0] == Field("cell.role", 0, 1)
    assert Field("subject_name_length", 120, 2) in root
    assert Field("block_runs[1].size", 34, 4) in list(fields(SUPERBLOCK))
    assert root[-1] == Field("", 508, 12)
