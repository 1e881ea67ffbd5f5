"""The tables of ``run.sqlite``. Times are ISO 8601 in UTC; identifiers are lower-case hex.

All times are the drill's own, but for those of a run as a whole and those of ``wall_clock``, which
says when a step really began and how many seconds it really took; a check has the microseconds
since the one before it.

Rows are added and never changed: what ends has a row of its own, and of two rows about one thing
the later one counts. Each row ends in its place in the chain and the beginning of the digest of the
row before it (`chain`).

What thousands of devices have in common stands once (`packing`): a device is named by its number,
a text that comes again by its number in ``word``, and a message by how it differs from one like it.
`views` has the tables as they are meant. Formats before this one are still read: 3 wrote all of it
out, and 2 had no chain and changed rows.
"""

import re
from typing import Final

FORMAT: Final = 4
"""Version of this layout, in ``PRAGMA user_version``."""

WRITTEN_OUT: Final = 3
"""The version before, whose rows are what the views of this one show."""

UNCHAINED: Final = 2
"""A version without a chain. In some of its ledgers ``wall_clock`` is not there."""

_CHAIN = "place INTEGER NOT NULL, previous BLOB NOT NULL"

SCHEMA: Final = f"""
CREATE TABLE run (
    story TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL, seed INTEGER NOT NULL,
    target TEXT NOT NULL, premises INTEGER NOT NULL, command_line TEXT NOT NULL,
    holds_keys INTEGER NOT NULL, started TEXT NOT NULL, strict INTEGER NOT NULL,
    story_digest TEXT NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE run_end (
    finished TEXT NOT NULL, outcome TEXT NOT NULL, exit_code INTEGER NOT NULL,
    reason TEXT NOT NULL, procedure_verdict TEXT, devices_verdict TEXT NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE input (
    kind TEXT NOT NULL, origin TEXT NOT NULL, text TEXT NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE clause (reference TEXT NOT NULL, text TEXT NOT NULL, {_CHAIN}) STRICT;
CREATE TABLE version (name TEXT PRIMARY KEY, version TEXT NOT NULL, {_CHAIN}) STRICT;
CREATE TABLE policy (
    name TEXT PRIMARY KEY, question TEXT NOT NULL, alternatives TEXT NOT NULL,
    usual TEXT NOT NULL, choice TEXT NOT NULL, insecure INTEGER NOT NULL, source TEXT NOT NULL,
    {_CHAIN}
) STRICT;
CREATE TABLE device (
    number INTEGER PRIMARY KEY, entity TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    premises INTEGER NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE flash_layout (id TEXT PRIMARY KEY, layout TEXT NOT NULL, {_CHAIN}) STRICT;
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL, {_CHAIN}) STRICT;
CREATE TABLE flash (
    device ANY NOT NULL, phase ANY NOT NULL, image BLOB NOT NULL,
    erases ANY NOT NULL, counted INTEGER NOT NULL, layout ANY NOT NULL, problem ANY NOT NULL,
    {_CHAIN}
) STRICT;
CREATE TABLE governance (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL,
    clause TEXT NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE account (kind TEXT NOT NULL, content TEXT NOT NULL, {_CHAIN}) STRICT;
CREATE TABLE step (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL, started TEXT NOT NULL,
    {_CHAIN}
) STRICT;
CREATE TABLE step_end (
    step INTEGER NOT NULL REFERENCES step, finished TEXT NOT NULL, verdict TEXT NOT NULL,
    reason TEXT NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE message (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL REFERENCES step,
    device ANY NOT NULL, direction ANY NOT NULL, at ANY NOT NULL,
    base INTEGER REFERENCES message, octets BLOB NOT NULL, summary ANY NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE refusal (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL REFERENCES step,
    device ANY NOT NULL, at ANY NOT NULL, reason ANY NOT NULL,
    text ANY NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE cell (
    device ANY NOT NULL, phase ANY NOT NULL, source ANY NOT NULL,
    step INTEGER NOT NULL REFERENCES step, held ANY NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE verdict (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL REFERENCES step,
    device ANY, at ANY NOT NULL, name ANY NOT NULL, verdict ANY NOT NULL,
    expected ANY NOT NULL, actual ANY NOT NULL, reason ANY NOT NULL,
    microseconds INTEGER NOT NULL, {_CHAIN}
) STRICT;
CREATE TABLE wall_clock (
    step INTEGER NOT NULL REFERENCES step, started TEXT NOT NULL, seconds REAL, {_CHAIN}
) STRICT;
"""

_NAMED = re.findall(r"CREATE TABLE (\w+) \(([^;]*)\) STRICT;", SCHEMA)
TABLES: Final = frozenset(name for name, _ in _NAMED)
IDENTIFIED: Final = frozenset(name for name, columns in _NAMED if "INTEGER PRIMARY KEY" in columns)
"""Tables whose first column is a number that the database gives."""
