"""Open the ledger of a run, also a stranger's, and say in one line what is wrong with it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.columns import MOST_OCTETS
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.tables import FORMAT, TABLES, UNCHAINED, WRITTEN_OUT
from firmware_sim.bench.evidence.views import show_views
from firmware_sim.bench.files.yaml_mistakes import suggestion

Row = dict[str, Any]

_MOST_RUNS: Final = 1000
"""So many folders are looked at for one whose name is near."""

_MEND: Final = "give the folder of a run"
_WRONG: Final = (
    sqlite3.Error,
    ValueError,  # also what pydantic and json raise
    LookupError,
    TypeError,
    OverflowError,
    RecursionError,
)


@contextmanager
def opened(
    folder: Path, *, untouched: bool = False, packed: bool = False
) -> Iterator[sqlite3.Connection]:
    """The ledger in a folder; what turns out to be wrong with it inside is a `UsageError`.

    Args:
        untouched: read the one file as it is, without locks, and leave every octet of the folder;
            not for a run that is still going.
        packed: show no views of the rows as they are meant, which cost a reading of all words.

    Raises:
        UsageError: no ledger there, not one of this version, or not a valid one.
    """
    path = folder / LEDGER_NAME
    beside = (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")))
    if not path.is_file() or any(each.is_symlink() for each in beside):
        raise UsageError(f"{folder} holds no {LEDGER_NAME}", _MEND)
    try:
        with closing(_connected(path, untouched=untouched)) as database:
            _check_format(database, path)
            if ledger_format(database) == FORMAT and not packed:
                show_views(database)
            yield database
    except _WRONG as error:
        raise UsageError(f"{path} is no valid ledger: {_words(error)}", _MEND) from error


def check_is_run(folder: Path, mend: str = _MEND) -> None:
    """Refuse a folder without a ledger, and name the nearest beside it that has one.

    Raises:
        UsageError: there is none.
    """
    if (folder / LEDGER_NAME).is_file():
        return
    beside = folder.parent.glob(f"*/{LEDGER_NAME}") if folder.parent.is_dir() else ()
    names = [path.parent.name for path in islice(beside, _MOST_RUNS)]
    raise UsageError(f"{folder} holds no run{suggestion(folder.name, names)}", mend)


def is_unbegun(folder: Path) -> bool:
    """Whether a process was killed before its ledger had a first row."""
    query = "SELECT sql FROM sqlite_schema WHERE name = 'run'"
    with suppress(sqlite3.Error), closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        made = database.execute(query).fetchone()
        if made is None:
            return True
        # Of a stranger's view or virtual table `opened` says what is wrong.
        is_table = re.match("CREATE TABLE", made[0] or "")
        return bool(is_table) and database.execute("SELECT 1 FROM run").fetchone() is None
    return False


def _connected(path: Path, *, untouched: bool) -> sqlite3.Connection:
    if not untouched:
        return sqlite3.connect(path)
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def ledger_format(database: sqlite3.Connection) -> int:
    """The version of its layout."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def rows(database: sqlite3.Connection, query: str) -> Iterator[Row]:
    """What a query finds, by the names of its columns."""
    cursor = database.execute(query)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def _check_format(database: sqlite3.Connection, path: Path) -> None:
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_OCTETS)
    database.execute("PRAGMA trusted_schema = OFF")
    version = ledger_format(database)
    if version not in (UNCHAINED, WRITTEN_OUT, FORMAT):
        mend = "read it with the version that wrote it"
        raise UsageError(f"{path} has format {version}, not {UNCHAINED} to {FORMAT}", mend)
    # A view or a virtual table in the place of one of ours could run without end.
    for name, kind, sql in database.execute("SELECT name, type, sql FROM sqlite_schema"):
        if name in TABLES and (kind != "table" or not re.match("CREATE TABLE", sql or "")):
            raise ValueError(f"{name} is no table")


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        column = next((part for part in reversed(first["loc"]) if isinstance(part, str)), "a value")
        return f"{column} is {first['input']!r:.80}"
    if isinstance(error, KeyError):
        return f"there is no {error}"
    return f"{error}"[:200]
