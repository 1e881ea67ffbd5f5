"""Make of a run that is over one that was cut off when a step began: for the page that resumes it.

``python -m tests.documentation.cutting_off RUN STEP``, with the number of the step.
"""

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.tables import TABLES


def cut_off(folder: Path, step: int) -> None:
    """Take away every row after the one that begins the step, and all that is made of the rows."""
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database, database:
        (place,) = database.execute("SELECT place FROM step WHERE id = ?", (step,)).fetchone()
        for table in TABLES:
            database.execute(f"DELETE FROM {table} WHERE place > ?", (place,))
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LEDGER_NAME:
            path.unlink()


if __name__ == "__main__":
    cut_off(Path(sys.argv[1]), int(sys.argv[2]))
