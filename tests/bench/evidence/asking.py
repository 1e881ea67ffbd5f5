"""What stands in the ledger of a run, asked in SQL as a reader of its tables would."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.views import show_views


def asked(folder: Path, query: str, script: str = "") -> list[Any]:
    """The rows that a query finds; `script` is run before it."""
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        show_views(database)
        database.executescript(script)
        return database.execute(query).fetchall()
