"""The tables of ``run.sqlite``. Times are ISO 8601 in UTC; identifiers are lower-case hex.

All times are the drill's own, but for those of a run as a whole and those of ``wall_clock``, which
says when a step really began (its own row has no verdict) and how many seconds the step, and each
check since the one before it, really took. A ledger without that table is read all the same.
"""

from typing import Final

FORMAT: Final = 2
"""Version of this layout, in ``PRAGMA user_version``."""

SCHEMA: Final = """
CREATE TABLE run (
    story TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL, seed INTEGER NOT NULL,
    target TEXT NOT NULL, premises INTEGER NOT NULL, command_line TEXT NOT NULL,
    with_keys INTEGER NOT NULL, started TEXT NOT NULL,
    finished TEXT, outcome TEXT, exit_code INTEGER, reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE clause (reference TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE version (name TEXT PRIMARY KEY, version TEXT NOT NULL) STRICT;
CREATE TABLE policy (
    name TEXT PRIMARY KEY, question TEXT NOT NULL, alternatives TEXT NOT NULL,
    usual TEXT NOT NULL, choice TEXT NOT NULL, insecure INTEGER NOT NULL, source TEXT NOT NULL
) STRICT;
CREATE TABLE device (
    number INTEGER PRIMARY KEY, entity TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    premises INTEGER NOT NULL, image_before TEXT NOT NULL, image_after TEXT
) STRICT;
CREATE TABLE flash_layout (id TEXT PRIMARY KEY, layout TEXT NOT NULL) STRICT;
CREATE TABLE flash (
    device TEXT NOT NULL, phase TEXT NOT NULL, erases TEXT NOT NULL, counted INTEGER NOT NULL,
    layout TEXT NOT NULL, problem TEXT NOT NULL, PRIMARY KEY (device, phase)
) STRICT, WITHOUT ROWID;
CREATE TABLE governance (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL,
    clause TEXT NOT NULL
) STRICT;
CREATE TABLE step (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, title TEXT NOT NULL, started TEXT NOT NULL,
    finished TEXT, verdict TEXT, reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE message (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL REFERENCES step, device TEXT NOT NULL,
    direction TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, use_case TEXT NOT NULL,
    originator TEXT NOT NULL, target TEXT NOT NULL, counter TEXT NOT NULL,
    octets BLOB NOT NULL, digest TEXT NOT NULL, blanked INTEGER NOT NULL, summary TEXT NOT NULL
) STRICT;
CREATE TABLE refusal (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL REFERENCES step, device TEXT NOT NULL,
    at TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE TABLE cell (
    device TEXT NOT NULL, phase TEXT NOT NULL, source TEXT NOT NULL, cell TEXT NOT NULL,
    step INTEGER NOT NULL REFERENCES step, subject TEXT NOT NULL, key_identifier TEXT NOT NULL,
    PRIMARY KEY (device, phase, source, cell)
) STRICT, WITHOUT ROWID;
CREATE TABLE verdict (
    id INTEGER PRIMARY KEY, step INTEGER NOT NULL REFERENCES step, device TEXT, at TEXT NOT NULL,
    name TEXT NOT NULL, verdict TEXT NOT NULL, expected TEXT NOT NULL, actual TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE wall_clock (
    step INTEGER NOT NULL REFERENCES step, verdict INTEGER REFERENCES verdict,
    started TEXT NOT NULL, seconds REAL
) STRICT;
"""

PUT_FLASH: Final = """
INSERT OR REPLACE INTO flash
VALUES (:device, :phase, :erases, :counted, :layout_id, :problem)
"""
PUT_LAYOUT: Final = """
INSERT OR IGNORE INTO flash_layout SELECT :layout_id, :layout WHERE :layout_id != ''
"""
