"""The rows that stand in the ledger of a run that was cut off, to be set beside what it does again.

A run is played again in the order of its story, but over a link its devices answer in any order. So
the rows of each device are compared in their own order, and all others in theirs: two lanes never
wait for one another.
"""

import sqlite3
from collections import Counter, defaultdict, deque
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.chain import ChainRow, Value, chain_rows, row_digest
from firmware_sim.bench.evidence.difference import AlteredError, Difference
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.tables import IDENTIFIED, TABLES

WALL_CLOCK: Final = "wall_clock"
RUN_END: Final = "run_end"

_OF_A_DEVICE: Final = {"cell": 0, "message": 1, "refusal": 1, "verdict": 1}
"""Where these tables have the device, the number that the database gave apart."""

_STEPS: Final = frozenset({"step", "step_end"})

Content = tuple[Value, ...]
"""A row without the number that the database gave it, and without its place in the chain."""


class _Recorded(NamedTuple):
    row: str
    number: int
    digest: bytes


class RecordedRows:
    """What stands, until it is taken row by row.

    Rows of the bench's own clock are no part of it: they differ with every machine. Nor is the end
    of a run that was stopped: it goes on.

    Attributes:
        left: how many rows have not been taken.
        numbers: of each table that has them, the highest number in use.
        last_step: number of the last step that stands; 0 for none.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._lanes: defaultdict[Value, deque[_Recorded]] = defaultdict(deque)
        self._times: Counter[Content] = Counter()
        self.numbers: Counter[str] = Counter()
        self.left = 0
        for row in chain_rows(database, TABLES - {RUN_END}):
            self._add(row)
        self.last_step = self.numbers["step"]

    def take(self, table: str, content: Content) -> int | None:
        """The number of the row that stands in its place; None if its lane is at its end.

        Raises:
            AlteredError: another row stands there.
        """
        lane = self._lanes[_lane(table, content)]
        if not lane:
            # A step does not end, nor another begin, while rows of its devices are left.
            if table in _STEPS and (row := self.first_left()):
                raise differs(row)
            return None
        standing = lane.popleft()
        if standing.digest != row_digest(table, content):
            raise differs(standing.row)
        self.left -= 1
        return standing.number

    def take_time(self, content: Content) -> bool:
        """Whether the bench's clock has such a row already: of that step, and of that check."""
        return self._times.pop(_place_in_time(content), 0) > 0

    def first_left(self) -> str:
        """A row that has not been taken, for people; empty if there is none."""
        return next((lane[0].row for lane in self._lanes.values() if lane), "")

    def _add(self, row: ChainRow) -> None:
        number, content = _taken_apart(row)
        if row.table == WALL_CLOCK:
            self._times[_place_in_time(content)] += 1
            return
        self.numbers[row.table] = max(number, self.numbers[row.table])
        digest = row_digest(row.table, content)
        self._lanes[_lane(row.table, content)].append(_Recorded(str(row), number, digest))
        self.left += 1


def without_number(table: str, values: Content) -> Content:
    """The content of a row that is about to be written."""
    return values[1:] if table in IDENTIFIED else values


def differs(row: str) -> AlteredError:
    """A row that stands is not the one that playing the run again gives."""
    return AlteredError(Difference(LEDGER_NAME, row, problem="is not what playing the run gives"))


def _taken_apart(row: ChainRow) -> tuple[int, Content]:
    """Number and content."""
    content = row.values[:-2]
    number = content[0] if row.table in IDENTIFIED else 0
    return number if isinstance(number, int) else 0, without_number(row.table, content)


def _lane(table: str, content: Content) -> Value:
    place = _OF_A_DEVICE.get(table)
    return None if place is None else content[place]


def _place_in_time(content: Content) -> Content:
    """What a row of the bench's clock is about: a step's beginning, its end, or a check."""
    step, verdict, _, seconds = content
    return (step, verdict, seconds is None)
