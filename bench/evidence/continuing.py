"""The ledger of a run that was cut off, and is played again to where it was, and on from there.

While rows are left that stand, nothing is written: what the run does again is compared with them.
What has no row yet waits until the last one was taken, and is then added to the end of the chain.
"""

from pathlib import Path
from typing import Self

from firmware_sim.bench.evidence.chain import ChainHead, Value
from firmware_sim.bench.evidence.database import for_writing, iso, utc_now
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.recorded_rows import (
    RUN_END,
    WALL_CLOCK,
    RecordedRows,
    compared,
    differs,
)
from firmware_sim.bench.evidence.redact import Redactor
from firmware_sim.bench.evidence.run_info import RunInfo
from firmware_sim.bench.evidence.tables import IDENTIFIED
from firmware_sim.bench.outcome import Outcome, ProcedureVerdict


class ContinuedLedger(RunLedger):
    """A `RunLedger` that goes on; make one with `go_on`."""

    _recorded: RecordedRows
    _waiting: list[tuple[str, tuple[Value, ...]]]
    _difference: AlteredError | None = None

    @classmethod
    def go_on(
        cls,
        folder: Path,
        run: RunInfo,
        head: ChainHead,
        hold: Hold,
    ) -> Self:
        """Take the ledger of a folder up again.

        Args:
            run: as it was given when the run began.
            head: of the chain, which holds; see `ledger_checks.check_chain`.
            hold: of the folder; stays with the caller.

        Raises:
            AlteredError: the ledger is of another run.
        """
        database = for_writing(folder / LEDGER_NAME)
        ledger = cls(folder, database, Redactor(), utc_now, hold)
        ledger._head = head
        ledger._recorded = RecordedRows(database, ledger._packer)
        ledger._waiting = []
        ledger._begin(run)
        return ledger

    @property
    def is_going_on(self) -> bool:
        """Whether all that stood was played again, so that rows are written."""
        return self._recorded.left == 0

    def finish(
        self,
        outcome: Outcome,
        reason: str = "",
        *,
        procedure: ProcedureVerdict | None = None,
    ) -> None:
        """As `RunLedger.finish`; a run that was stopped before it went on is left as it stood."""
        if self.is_going_on or outcome not in {Outcome.INTERRUPTED, Outcome.ERROR}:
            super().finish(outcome, reason, procedure=procedure)

    def _insert(self, table: str, *values: Value) -> int:
        if self._difference is not None:
            raise self._difference
        if table == WALL_CLOCK and self._recorded.take_time(values):
            return 0
        if self.is_going_on:
            return super()._insert(table, *values)
        try:
            return self._played_again(table, values)
        except AlteredError as error:
            self._difference = error
            raise

    def _played_again(self, table: str, values: tuple[Value, ...]) -> int:
        if table == RUN_END:
            raise differs(self._recorded.first_left())
        number = None
        if table != WALL_CLOCK:
            number = self._recorded.take(table, compared(table, values))
        if number is None:
            return self._wait(table, values)
        if self.is_going_on:
            self._catch_up()
        return number

    def _wait(self, table: str, values: tuple[Value, ...]) -> int:
        """Keep a row back; returns the number that it will have."""
        self._waiting.append((table, values))
        if table not in IDENTIFIED:
            return 0
        self._recorded.numbers[table] += 1
        return self._recorded.numbers[table]

    def _catch_up(self) -> None:
        """Write what has waited; the clock says when the last step was taken up again."""
        with self.together():
            if self._recorded.last_step:
                row = (self._recorded.last_step, iso(utc_now()), None)
                super()._insert(WALL_CLOCK, *row)
            for table, values in self._waiting:
                super()._insert(table, *values)
        self._waiting.clear()
