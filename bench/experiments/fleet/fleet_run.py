"""One fleet run, from the wish to the signed record; one that was cut off goes on."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any, Final

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.database import ledger_named_in_errors
from firmware_sim.bench.evidence.folder import LEDGER_NAME, make_run_folder
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME
from firmware_sim.bench.evidence.opening import is_unbegun
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import versions
from firmware_sim.bench.experiments.fleet.finishing import Summary, end_record, write_fleet
from firmware_sim.bench.experiments.fleet.plan import FleetPlan, Shard, shards_of
from firmware_sim.bench.experiments.fleet.planning import TARGET, LeanPlan, Wanted, plan_apart
from firmware_sim.bench.experiments.fleet.record import FleetRecord, is_fleet
from firmware_sim.bench.experiments.fleet.running import RunShards
from firmware_sim.bench.experiments.fleet.safe_shards import wishes_heeded
from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.experiments.fleet.summary import course_rows
from firmware_sim.bench.progress import Progress

_DATABASE_FILES: Final = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class FleetRun:
    """Where a run stands, and what runs its shards."""

    wanted: Wanted
    folder: Path
    run_shards: RunShards
    progress: Progress

    def begin(self) -> Summary:
        """A new run.

        Raises:
            UsageError: the folder holds a run already.
            BenchError: the bench cannot go on.
        """
        with self._held() as hold:
            return self._begin(hold)

    def resume(self) -> Summary:
        """Go on with a run that was cut off, or begin one; what has ended is not run again.

        Raises:
            UsageError: the folder holds a drill, another fleet run, or one that has ended.
        """
        with self._held() as hold:
            if not is_fleet(self.folder):
                self._forget_beginning()
                return self._begin(hold)
            with wishes_heeded(self.folder):
                started = time.monotonic()
                planned = plan_apart(self.wanted, self.folder, self.progress, is_recorded=True)
                record = FleetRecord.reopen(self.folder, self._head(planned), hold)
                self._run(planned, record, started)
            return write_fleet(self.folder)

    @property
    def has_begun(self) -> bool:
        """Whether something stands in the folder that a resumption goes on with."""
        return any((self.folder / name).exists() for name in (LEDGER_NAME, MANIFEST_NAME))

    def _begin(self, hold: Hold) -> Summary:
        with wishes_heeded(self.folder):
            started = time.monotonic()
            planned = plan_apart(self.wanted, self.folder, self.progress, is_recorded=False)
            rows = course_rows(planned.plan)
            record = FleetRecord.create(self.folder, self._head(planned), rows, hold)
            self._run(planned, record, started)
        return write_fleet(self.folder)

    def _run(self, planned: LeanPlan, record: FleetRecord, started: float) -> None:
        plan = planned.plan
        with record:
            try:
                self._run_shards(plan, [*shards_of(plan, planned.course_of)], record)
            except KeyboardInterrupt:
                record.stop()
                raise
            seconds = time.monotonic() - started
            end_record(record, planned.verdicts, planned.reason, seconds)

    @contextmanager
    def _held(self) -> Iterator[Hold]:
        """The run's folder, held from before its first row to after its last file."""
        is_new = not self.folder.exists()
        make_run_folder(self.folder)
        try:
            with Hold(self.folder) as hold, ledger_named_in_errors(self.folder):
                yield hold
        finally:
            if is_new:  # nothing came of it, and nothing is left
                with suppress(OSError):
                    self.folder.rmdir()

    def _run_shards(self, plan: FleetPlan, shards: Sequence[Shard], record: FleetRecord) -> None:
        self.progress.start(plan.size.devices, "Devices")
        self.progress.advance(sum(shard.devices for shard in record.shards.values()))
        left = [shard for shard in shards if shard.number not in record.shards]

        def done(summary: ShardSummary) -> None:
            record.add(summary)
            used = getrusage(RUSAGE_SELF).ru_maxrss / 1e3
            self.progress.advance(summary.devices, f"Devices ({used:,.0f} MB here)")

        if left:
            self.run_shards(plan, left, done)

    def _head(self, planned: LeanPlan) -> dict[str, Any]:
        wanted, size = self.wanted, planned.plan.size
        return {
            "story": wanted.story.name,
            "text": sha256(wanted.source.text.encode()).hexdigest(),
            "seed": wanted.seed,
            "devices": size.devices,
            "premises": size.premises,
            "remainder": size.remainder,
            "plan": planned.plan.digest,
            "beside": list(planned.plan.beside),
            "versions": versions(),
        }

    def _forget_beginning(self) -> None:
        """What is left of a run that was cut off before its first shard.

        Raises:
            UsageError: what stands there is something else.
        """
        folder = self.folder
        if not self.has_begun:
            return
        if (folder / MANIFEST_NAME).exists() or not (folder / LEDGER_NAME).is_file():
            raise UsageError(f"{folder} holds no fleet run to resume", "leave --resume out")
        is_begun = not is_unbegun(folder)
        if is_begun and read_record(folder, untouched=True).run.target != TARGET:
            raise UsageError(f"{folder} holds a drill", "use firmware-sim drill resume")
        for suffix in _DATABASE_FILES:
            (folder / f"{LEDGER_NAME}{suffix}").unlink(missing_ok=True)
