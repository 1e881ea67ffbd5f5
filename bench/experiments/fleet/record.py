"""The record of a fleet beside that of its governance drill: a row a shard, chained like a ledger.

Every shard is committed when it has ended, so that a run that was killed goes on with those that
are missing.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from pydantic import TypeAdapter, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.chain import ChainHead, follow_chain
from firmware_sim.bench.evidence.database import LedgerDatabase, for_writing, utc_now
from firmware_sim.bench.evidence.difference import AlteredError, Difference
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.redact import Redactor
from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.outcome import Outcome

FLEET_NAME: Final = "fleet.sqlite"

_FORMAT: Final = 1
FLEET_TABLES: Final = ("fleet", "course", "shard", "fleet_end")
_SCHEMA: Final = """
CREATE TABLE fleet (content TEXT NOT NULL, place INTEGER NOT NULL, previous BLOB NOT NULL);
CREATE TABLE course (content TEXT NOT NULL, place INTEGER NOT NULL, previous BLOB NOT NULL);
CREATE TABLE shard (content TEXT NOT NULL, place INTEGER NOT NULL, previous BLOB NOT NULL);
CREATE TABLE fleet_end (content TEXT NOT NULL, place INTEGER NOT NULL, previous BLOB NOT NULL);
"""
_SHARD: Final = TypeAdapter(ShardSummary)

Content = Mapping[str, Any]


class FleetRecord(LedgerDatabase):
    """Writes the record; make one with `create` or `reopen`, and close it (or use ``with``).

    Attributes:
        shards: those that have ended, by number.
    """

    def __init__(self, folder: Path, database: sqlite3.Connection, hold: Hold) -> None:
        super().__init__(folder, database, Redactor(), utc_now, hold)
        self.shards: dict[int, ShardSummary] = {}

    @classmethod
    def create(cls, folder: Path, head: Content, courses: Iterable[Content], hold: Hold) -> Self:
        """Begin the record in the folder of a governance drill.

        Args:
            head: what decides the results.
            courses: what is told of each course.
            hold: of the folder; stays with the caller, as in `reopen`.
        """
        path = folder / FLEET_NAME
        path.touch(mode=0o600, exist_ok=False)
        database = for_writing(path)
        database.execute(f"PRAGMA user_version = {_FORMAT:d}")
        database.executescript(_SCHEMA)
        record = cls(folder, database, hold)
        with record.together():
            record._add_row("fleet", head)
            for course in courses:
                record._add_row("course", course)
        return record

    @classmethod
    def reopen(cls, folder: Path, head: Content, hold: Hold) -> Self:
        """Go on with a record.

        Raises:
            UsageError: it is of another fleet, was ended, or is damaged.
        """
        with opened_fleet(folder) as database:
            chain, found = _checked(database), read_fleet(database)
        if found.end is not None:
            raise UsageError(f"the fleet run in {folder} has ended", "leave --resume out")
        if found.head != head:
            raise UsageError(
                f"{folder} holds another fleet run: {_apart(found.head, head)}",
                "give the same story, --devices and --seed as then",
            )
        record = cls(folder, for_writing(folder / FLEET_NAME), hold)
        record._head = chain
        record.shards = found.shards
        if found.is_stopped:
            record._add_row("fleet_end", {"outcome": None})
        return record

    def add(self, summary: ShardSummary) -> None:
        """A shard has ended; one that is there already is not written again."""
        if summary.number not in self.shards:
            self._add_row("shard", _SHARD.dump_python(summary, mode="json"))
            self.shards[summary.number] = summary

    def stop(self) -> None:
        """Somebody stopped the run, which may go on: whoever looks later sees that nothing broke.

        A disk that takes no row leaves a run that was cut off. The signal may have come in the
        midst of a row, so the chain is read again before.
        """
        with suppress(sqlite3.Error, AlteredError, UsageError):
            self.commit()
            self._head = check_fleet_chain(self.folder)
            self._add_row("fleet_end", {"outcome": Outcome.INTERRUPTED.value})

    def finish(self, content: Content) -> None:
        """The run is over."""
        self._add_row("fleet_end", content)

    def _add_row(self, table: str, content: Content) -> None:
        self._insert(table, json.dumps(content, sort_keys=True, ensure_ascii=True))


class FleetContents:
    """What a record says.

    Attributes:
        end: None of a run that did not come to its end.
        is_stopped: whether somebody stopped it, and nothing came after that.
    """

    def __init__(
        self,
        head: Content,
        courses: list[Content],
        shards: dict[int, ShardSummary],
        end: Content | None,
        *,
        is_stopped: bool = False,
    ) -> None:
        self.head = head
        self.courses = courses
        self.shards = shards
        self.end = end
        self.is_stopped = is_stopped


def shard_of(content: str) -> ShardSummary:
    """What the content of a row of the table ``shard`` says.

    Raises:
        ValueError: it is no shard.
    """
    return _SHARD.validate_json(content)


def was_stopped(end: Content) -> bool:
    """Whether a row of the table ``fleet_end`` says that somebody stopped the run."""
    return bool(end["outcome"] == Outcome.INTERRUPTED.value)


def goes_on(end: Content) -> bool:
    """Whether it is no end: the run was stopped, or was taken up again after that."""
    return end["outcome"] is None or was_stopped(end)


def is_fleet(folder: Path) -> bool:
    """Whether a folder holds the record of a fleet."""
    return (folder / FLEET_NAME).is_file()


def is_fleet_begun(folder: Path) -> bool:
    """Whether the first row of the record stands there: a record is watched while it is made."""
    path = folder / FLEET_NAME
    if not path.is_file():
        return False
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as database:
        made = database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'fleet'").fetchone()
        return made is not None and database.execute("SELECT 1 FROM fleet").fetchone() is not None
    return True  # what is wrong with it, who opens it says


@contextmanager
def opened_fleet(folder: Path) -> Iterator[sqlite3.Connection]:
    """The record of a fleet, to be read.

    Raises:
        UsageError: there is none, or it is damaged.
    """
    path = folder / FLEET_NAME
    if not path.is_file():
        raise UsageError(f"{folder} holds no fleet run", "give the folder of one")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version != _FORMAT:
                raise UsageError(f"{path} has format {version}, not {_FORMAT}", "run it again")
            yield database
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{path} is no record of a fleet: {error}", "run it again") from error


def read_fleet(database: sqlite3.Connection) -> FleetContents:
    """All of a record.

    Raises:
        UsageError: a row is not as it must be.
    """
    try:
        (head,) = _rows(database, "fleet")
        shards = (_SHARD.validate_python(row) for row in _rows(database, "shard"))
        by_number = {shard.number: shard for shard in shards}
        ends: list[Content] = list(_rows(database, "fleet_end"))
        last = ends[-1] if ends else None
        is_stopped = last is not None and was_stopped(last)
        end = None if last is None or goes_on(last) else last
        courses: list[Content] = list(_rows(database, "course"))
        return FleetContents(head, courses, by_number, end, is_stopped=is_stopped)
    except (ValueError, LookupError, ValidationError, RecursionError) as error:
        problem = "a row of the fleet's record is not as it must be"
        raise UsageError(problem, "run it again") from error


def check_fleet_chain(folder: Path) -> ChainHead:
    """Go along the whole chain.

    Raises:
        AlteredError: it does not hold.
        UsageError: there is no record.
    """
    with opened_fleet(folder) as database:
        return _checked(database)


def result_digest(shards: Mapping[int, ShardSummary]) -> str:
    """Of the results of all shards, SHA-256: the same however and wherever they ran."""
    digest = sha256()
    for number in sorted(shards):
        shard = shards[number]
        found = (number, shard.devices, shard.courses, shard.different, shard.digest)
        digest.update(repr(found).encode())
    return digest.hexdigest()


def _checked(database: sqlite3.Connection) -> ChainHead:
    head, broken = follow_chain(database, FLEET_TABLES)
    if broken is not None:
        place = Difference(FLEET_NAME, broken.row, problem=broken.problem)
        raise AlteredError(place)
    return head


def _rows(database: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    # The table is one of our own names, never input.
    for (content,) in database.execute(f"SELECT content FROM {table} ORDER BY place"):  # noqa: S608
        yield json.loads(content)


def _apart(found: Content, due: Content) -> str:
    names = sorted(name for name in found.keys() | due.keys() if found.get(name) != due.get(name))
    return ", ".join(f"{name} {found.get(name)!r:.60}" for name in names)
