"""What a ledger says that cells hold: a reading of all cells of a device in one piece.

A fleet holds the same certificates, so that few readings differ: each is taken apart once.
"""

import json
import sqlite3
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pydantic import TypeAdapter

from firmware_sim.bench.evidence.columns import CellName, Entity, Phase, Source
from firmware_sim.bench.evidence.opening import ledger_format
from firmware_sim.bench.evidence.record_rows import Contents
from firmware_sim.bench.evidence.tables import FORMAT, UNCHAINED

_WORDS = TypeAdapter(tuple[Entity, Phase, Source])
_HELD = TypeAdapter(dict[CellName, tuple[str, str]])
_CONTENTS = TypeAdapter(Contents)

_PACKED = """
SELECT entity_of(device), text_of(phase), text_of(source), text_of(held)
FROM main.cell ORDER BY place
"""


class CellRow(NamedTuple):
    """What one source says of some cells of a device; cell names and what is in them."""

    device: str
    phase: str
    source: str
    cells: dict[str, Contents]


def cell_rows(database: sqlite3.Connection) -> Iterator[CellRow]:
    """Every reading, in the order in which it was written: of two the later one counts.

    Raises:
        ValueError: a value that no reading has.
    """
    version = ledger_format(database)
    if version == FORMAT:
        held_in = cache(_held)
        for *words, held in database.execute(_PACKED):
            yield CellRow(*_WORDS.validate_python(words), held_in(held))
        return
    # A ledger of format 2 has one reading alone.
    order = "" if version == UNCHAINED else " ORDER BY place"
    query = f"SELECT device, phase, source, cell, subject, key_identifier FROM cell{order}"  # noqa: S608
    for *words, cell, subject, key_identifier in database.execute(query):
        held = json.dumps({cell: (subject, key_identifier)})
        yield CellRow(*_WORDS.validate_python(words), _held(held))


def _held(text: str) -> dict[str, Contents]:
    found = _HELD.validate_json(text)
    return {
        cell: _CONTENTS.validate_python({"subject": subject, "key_identifier": key})
        for cell, (subject, key) in found.items()
    }
