"""How the parts of a record are asked of a ledger, in this format and in those before.

All give columns of the same names; of this format `views` shows them. Rows are never changed: what
ends has a row of its own, and of two rows about one thing the later one counts.
"""

import sqlite3
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.opening import ledger_format
from firmware_sim.bench.evidence.tables import UNCHAINED, WRITTEN_OUT

MESSAGES: Final = """
SELECT id, step, device, direction, at, kind, use_case, originator, target, counter,
       length(octets) AS length, digest, blanked, summary, {octets} AS octets
FROM message ORDER BY id
"""
VERSIONS: Final = "SELECT name, version FROM version ORDER BY rowid"

_RESUMED = """
SELECT started FROM {clock} WHERE seconds IS NULL AND place NOT IN
(SELECT min(place) FROM {clock} WHERE seconds IS NULL GROUP BY step)
ORDER BY place
"""
"""A step begins once. Each further beginning is one at which the run was taken up again."""

_CHECKS = """
SELECT verdict.*, real.seconds AS seconds FROM verdict
LEFT JOIN {clock} AS real ON real.verdict = verdict.id ORDER BY verdict.id
"""
_HAS_CLOCK = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'wall_clock'"
_NO_CLOCK = "(SELECT NULL AS step, NULL AS verdict, NULL AS started, NULL AS seconds)"


class Queries(NamedTuple):
    """The queries that differ between formats; `chained` is false of the oldest one.

    Checks of this format are read by `packed_rows`.
    """

    chained: bool
    head: str
    steps: str
    devices: str
    flash: str
    checks: str
    resumed: str = ""


def queries_for(database: sqlite3.Connection) -> Queries:
    """The queries that fit the format of a ledger."""
    has_clock = database.execute(_HAS_CLOCK).fetchone() is not None
    clock = "wall_clock" if has_clock else _NO_CLOCK
    checks = _CHECKS.format(clock=clock)
    version = ledger_format(database)
    if version == UNCHAINED:
        steps = _UNCHAINED_STEPS.format(clock=clock)
        return Queries(False, _UNCHAINED_HEAD, steps, _UNCHAINED_DEVICES, _UNCHAINED_FLASH, checks)
    if version == WRITTEN_OUT:
        clock = "(SELECT * FROM wall_clock WHERE verdict IS NULL)"
    else:
        checks = ""
    steps, resumed = _STEPS.format(clock=clock), _RESUMED.format(clock=clock)
    return Queries(True, _HEAD, steps, _DEVICES, _FLASH, checks, resumed)


_HEAD = """
SELECT run.*, finished, outcome, exit_code, coalesce(reason, '') AS reason,
       procedure_verdict, devices_verdict
FROM run LEFT JOIN (SELECT * FROM run_end ORDER BY rowid DESC LIMIT 1)
"""
_STEPS = """
SELECT step.*, finished, verdict, coalesce(reason, '') AS reason,
       real.started AS really_started, real.seconds AS seconds
FROM step LEFT JOIN step_end ON step_end.step = step.id
LEFT JOIN (SELECT step, min(started) AS started, max(seconds) AS seconds FROM {clock}
           GROUP BY step) AS real ON real.step = step.id
ORDER BY step.id
"""
_DEVICES = """
SELECT device.*, '' AS image_before, NULL AS image_after FROM device ORDER BY number
"""
"""The digests of images stand with those of the flash."""
_FLASH = "SELECT * FROM flash ORDER BY place"

_UNCHAINED_HEAD = "SELECT *, with_keys AS holds_keys FROM run"
_UNCHAINED_STEPS = """
SELECT step.*, real.started AS really_started, real.seconds AS seconds FROM step
LEFT JOIN {clock} AS real ON real.step = step.id AND real.verdict IS NULL ORDER BY step.id
"""
_UNCHAINED_DEVICES = "SELECT * FROM device ORDER BY rowid"
_UNCHAINED_FLASH = "SELECT * FROM flash"
