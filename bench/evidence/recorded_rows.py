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
from firmware_sim.bench.evidence.packing import PACKED, Content, Packer
from firmware_sim.bench.evidence.tables import IDENTIFIED, TABLES
from firmware_sim.bench.evidence.unpacking import Unpacker

WALL_CLOCK: Final = "wall_clock"
RUN_END: Final = "run_end"

_WORD: Final = "word"
_TIMED: Final = "verdict"
_OF_A_DEVICE: Final = {
    table: shape.device - (table in IDENTIFIED)
    for table, shape in PACKED.items()
    if table != "flash"
}
"""Where these tables have the device, the number that the database gave apart."""

_STEPS: Final = frozenset({"step", "step_end"})


class _Recorded(NamedTuple):
    row: str
    number: int
    digest: bytes


class RecordedRows:
    """What stands, until it is taken row by row.

    Rows of the bench's own clock are no part of it: they differ with every machine. Nor is the end
    of a run that was stopped: it goes on. Nor are words: they follow from the others.

    Args:
        packer: is told what stands, so that it goes on as it would have.

    Attributes:
        left: how many rows have not been taken.
        numbers: of each table that has them, the highest number in use.
        last_step: number of the last step that stands; 0 for none.
    """

    def __init__(self, database: sqlite3.Connection, packer: Packer) -> None:
        self._lanes: defaultdict[Value, deque[_Recorded]] = defaultdict(deque)
        self._times: Counter[Content] = Counter()
        self.numbers: Counter[str] = Counter()
        self.left = 0
        unpacker = Unpacker(database)
        for row in chain_rows(database, TABLES - {RUN_END}):
            self._add(row, unpacker, packer)
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
        """Whether the bench's clock has such a row already: a step's beginning, or its end."""
        return self._times.pop(_place_in_time(content), 0) > 0

    def first_left(self) -> str:
        """A row that has not been taken, for people; empty if there is none."""
        return next((lane[0].row for lane in self._lanes.values() if lane), "")

    def _add(self, row: ChainRow, unpacker: Unpacker, packer: Packer) -> None:
        packed = row.values[:-2]
        number = packed[0] if row.table in IDENTIFIED else 0
        number = number if isinstance(number, int) else 0
        whole = unpacker.unpack(row.table, packed)
        packer.knows(row.table, number, whole, packed)
        if row.table == _WORD:
            return
        content = compared(row.table, whole)
        if row.table == WALL_CLOCK:
            self._times[_place_in_time(content)] += 1
            return
        self.numbers[row.table] = max(number, self.numbers[row.table])
        digest = row_digest(row.table, content)
        self._lanes[_lane(row.table, content)].append(_Recorded(str(row), number, digest))
        self.left += 1


def compared(table: str, values: Content) -> Content:
    """Of a row what a run that is played again gives: not its number, nor how long it took."""
    end = len(values) - (table == _TIMED)
    return values[table in IDENTIFIED : end]


def differs(row: str) -> AlteredError:
    """A row that stands is not the one that playing the run again gives."""
    return AlteredError(Difference(LEDGER_NAME, row, problem="is not what playing the run gives"))


def _lane(table: str, content: Content) -> Value:
    place = _OF_A_DEVICE.get(table)
    return None if place is None else content[place]


def _place_in_time(content: Content) -> Content:
    """What a row of the bench's clock is about: a step's beginning, or its end."""
    step, _, seconds = content
    return (step, seconds is None)
