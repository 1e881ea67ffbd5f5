"""The tables of a ledger as they are meant, for whoever asks it in SQL.

Temporary views take the place of the packed tables of the same name. A ledger of an older format
has the same columns in its tables.
"""

import sqlite3
from functools import lru_cache
from typing import Final

from firmware_sim.bench.evidence.chain import Value
from firmware_sim.bench.evidence.describing import described, digest_of
from firmware_sim.bench.evidence.unpacking import Unpacker

# LIMIT -1: SQLite would unpack a message anew for each column that is read from it.
_VIEWS: Final = """
CREATE TEMP VIEW message AS
SELECT id, step, device, direction, at, said(0, octets) AS kind, said(1, octets) AS use_case,
       said(2, octets) AS originator, said(3, octets) AS target, said(4, octets) AS counter,
       octets, said(5, octets) AS digest, 0 AS blanked, summary, place, previous
FROM (SELECT id, step, entity_of(device) AS device, text_of(direction) AS direction,
             text_of(at) AS at, octets_of(base, octets) AS octets, text_of(summary) AS summary,
             place, previous FROM main.message LIMIT -1);
CREATE TEMP VIEW refusal AS
SELECT id, step, entity_of(device) AS device, text_of(at) AS at, text_of(reason) AS reason,
       text_of(text) AS text, place, previous FROM main.refusal;
CREATE TEMP VIEW cell AS
SELECT entity_of(device) AS device, text_of(phase) AS phase, text_of(source) AS source,
       each.key AS cell, step, json_extract(each.value, '$[0]') AS subject,
       json_extract(each.value, '$[1]') AS key_identifier, place, previous
FROM main.cell, json_each(text_of(held)) AS each;
CREATE TEMP VIEW verdict AS
SELECT id, step, entity_of(device) AS device, text_of(at) AS at, text_of(name) AS name,
       text_of(verdict) AS verdict, text_of(expected) AS expected, text_of(actual) AS actual,
       text_of(reason) AS reason, microseconds / 1e6 AS seconds, place, previous
FROM main.verdict;
CREATE TEMP VIEW flash AS
SELECT entity_of(device) AS device, text_of(phase) AS phase, lower(hex(image)) AS image,
       text_of(erases) AS erases, counted, text_of(layout) AS layout,
       text_of(problem) AS problem, place, previous FROM main.flash;
"""


def show_views(database: sqlite3.Connection) -> Unpacker:
    """Let a connection see the views of a ledger of this format; what unpacks its rows."""
    unpacker = Unpacker(database)
    database.create_function("entity_of", 1, unpacker.entity)
    database.create_function("text_of", 1, unpacker.text)
    database.create_function("octets_of", 2, unpacker.octets)
    database.create_function("said", 2, _said)
    database.executescript(_VIEWS)
    return unpacker


def _said(place: int, octets: Value) -> str:
    return _facts(octets)[place] if isinstance(octets, bytes) else ""


@lru_cache(maxsize=4)  # a view asks for each fact of a message in turn
def _facts(octets: bytes) -> tuple[str, ...]:
    return (*described(octets), digest_of(octets))
