"""The run ledger: ``run.sqlite`` in the run's folder, written as the run goes.

Every call is committed before it returns (but see `RunLedger.together` and `let_rows_wait`), so a
run that is killed leaves everything it knew, and can go on (`continuing`). Nothing else is a
source: JSON, HTML, JUnit and the message files are made from it afterwards.
"""

import json
import shlex
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self

from firmware_sim.bench.evidence.accounts.told import Account, written
from firmware_sim.bench.evidence.database import LedgerDatabase, iso, new_database, utc_now
from firmware_sim.bench.evidence.describing import described
from firmware_sim.bench.evidence.devices_found import DevicesFound
from firmware_sim.bench.evidence.flash.layout import flash_entry
from firmware_sim.bench.evidence.folder import FILE_LIMIT, write_image
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.laps import Lap
from firmware_sim.bench.evidence.redact import Redactor
from firmware_sim.bench.evidence.run_info import STORY, GovernanceEvent, RunInfo
from firmware_sim.bench.evidence.unpacking import Unpacker
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict, Verdict
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId

Direction = Literal["to device", "from device"]
Phase = Literal["before", "after"]
Source = Literal["CS02a", "image"]

_IS_OUTSTANDING = """
SELECT 1 FROM account WHERE kind = 'device outcome' AND json_extract(content, '$.outstanding')
"""


class RunLedger(LedgerDatabase):
    """Writes one run; make one with `create`, and close it (or use ``with``).

    Octets are kept as they were: the seed gives every key anyway. Texts, which stand in reports
    and logs, are blanked of secrets that have travelled.
    """

    def __init__(
        self,
        folder: Path,
        database: sqlite3.Connection,
        redactor: Redactor,
        clock: Callable[[], datetime],
        hold: Hold | None = None,
    ) -> None:
        super().__init__(folder, database, redactor, clock, hold)
        self._laps: dict[int, Lap] = {}
        self._layouts: set[str] = set()
        self._devices: dict[EntityId, int] = {}
        self._found = DevicesFound()

    @classmethod
    def create(
        cls,
        folder: Path,
        run: RunInfo,
        *,
        clock: Callable[[], datetime] = utc_now,
        hold: Hold | None = None,
    ) -> Self:
        """Make the folder (mode 0700) and an empty ledger in it.

        Args:
            folder: may exist, but not hold a run.
            clock: gives the time of what is recorded without an `at`; aware.
            hold: of the folder, which stays with the caller; None takes one for the ledger.

        Raises:
            UsageError: the folder holds a run already.
            BenchError: it cannot be made.
        """
        database = new_database(folder)
        ledger = cls(folder, database, Redactor(), clock, hold)
        ledger._begin(run)
        return ledger

    def device(self, entity: EntityId, device_type: str, premises: int) -> None:
        """A device takes part, e.g. an ``ESME``."""
        self._devices[entity] = self._insert("device", None, str(entity), device_type, premises)

    def image(
        self,
        entity: EntityId,
        phase: Phase,
        octets: bytes,
        erases: Sequence[int] | None = None,
    ) -> None:
        """A device's flash image: digest, layout, wear, and for the first 100 devices a file.

        Args:
            erases: of each block, if the flash counts them.
        """
        number = self._devices[entity]
        entry = flash_entry(octets, erases, with_layout=phase == "after")
        if entry.layout and entry.layout_id not in self._layouts:
            self._layouts.add(entry.layout_id)
            self._insert("flash_layout", entry.layout_id, entry.layout)
        self._insert(
            "flash", str(entity), phase, sha256(octets).digest(), entry.erases,
            int(entry.counted), entry.layout_id, entry.problem,
        )  # fmt: skip
        if number <= FILE_LIMIT:
            write_image(self.folder, entity, phase, octets)

    def governance(
        self, at: datetime, event: GovernanceEvent, detail: str, *, clause: str | None = None
    ) -> None:
        """What people did, in one readable sentence; `clause` if it is not the event's usual."""
        rule = event.clause if clause is None else clause
        self._insert("governance", None, iso(at), event.value, self._words(detail), rule)

    def account(self, account: Account) -> None:
        """What governance tells the record; see `accounts`."""
        kind, content = written(account)
        self._insert("account", kind, self._words(content))

    def step(self, name: str, title: str, *, at: datetime | None = None) -> int:
        """A step of the story begins; returns its number."""
        number = self._insert("step", None, name, title, self._time(at))
        self._laps[number] = lap = Lap.begin()
        self._insert("wall_clock", number, iso(lap.started), None)
        self.commit()  # whoever looks on sees which step it is
        return number

    def finish_step(
        self, step: int, verdict: Verdict, reason: str = "", *, at: datetime | None = None
    ) -> None:
        """The step is over. A verdict that is not PASSED needs a reason."""
        lap = self._laps[step]
        self._found.end_step(step, verdict)
        with self.together():
            self._insert("wall_clock", step, iso(lap.started), lap.whole())
            self._insert("step_end", step, self._time(at), verdict.value, self._words(reason))

    def message(
        self,
        step: int,
        device: EntityId,
        direction: Direction,
        octets: bytes,
        at: datetime | None = None,
        summary: str = "",
    ) -> int:
        """One message as it went over the link; what it says of itself is read from it.

        Returns:
            Its number.
        """
        self.redactor.learn(octets)
        return self._insert(
            "message", None, step, str(device), direction, self._time(at), octets,
            self._words(summary),
        )  # fmt: skip

    def refusal(
        self, step: int, device: EntityId, reason: str, text: str, *, at: datetime | None = None
    ) -> None:
        """A device refused a message: the reason's name, and the device's own words."""
        words = self._words(text)
        self._insert("refusal", None, step, str(device), self._time(at), reason, words)

    def cell(
        self,
        step: int,
        device: EntityId,
        phase: Phase,
        source: Source,
        cell: str,
        subject_id: bytes,
        key_identifier: bytes,
    ) -> None:
        """What a cell holds, as one source tells it; a later reading of a phase replaces it.

        Args:
            cell: name as `gbcs.roles.TrustAnchorCellId` writes it, e.g. ``supplier.KA.PP``.
            subject_id: 8 octets, or empty.
            key_identifier: 8 octets.

        Raises:
            ValueError: no cell has that name.
        """
        name = TrustAnchorCellId.parse(cell)
        self.cells(step, device, phase, source, {name: (subject_id, key_identifier)})

    def cells(
        self,
        step: int,
        device: EntityId,
        phase: Phase,
        source: Source,
        held: Mapping[TrustAnchorCellId, tuple[bytes, bytes]],
    ) -> None:
        """As `cell` for all of a device's cells: subject id and key identifier of each."""
        found = {str(cell): (subject.hex(), key.hex()) for cell, (subject, key) in held.items()}
        content = json.dumps(found, separators=(",", ":"))
        self._insert("cell", str(device), phase, source, step, content)

    def check(
        self,
        step: int,
        device: EntityId | None,
        name: str,
        verdict: Verdict,
        expected: str = "",
        actual: str = "",
        reason: str = "",
    ) -> None:
        """Something was checked; `device` is None for a check of the whole run."""
        texts = (self._words(text) for text in (expected, actual, reason))
        entity = None if device is None else str(device)
        self._found.add_check(step, verdict, of_device=device is not None)
        row = (step, entity, self._time(None), name, verdict.value, *texts)
        microseconds = round(self._laps[step].since_last() * 1e6)
        self._insert("verdict", None, *row, microseconds)

    def verdicts(self) -> list[Verdict]:
        """The verdicts so far, of checks and of finished steps: for `Outcome.of`."""
        return self._found.verdicts

    def devices_verdict(self) -> DevicesVerdict:
        """Of all checks of devices so far, and of what went wrong besides."""
        self.commit()
        outstanding = self._database.execute(_IS_OUTSTANDING).fetchone() is not None
        return self._found.verdict(outstanding=outstanding)

    def commands_sent(self, by: Collection[tuple[int, EntityId]]) -> tuple[int, int]:
        """How many different commands went to how many devices.

        Args:
            by: the number of a step, and the originator of the commands that count in it.
        """
        self.commit()
        unpacker, digests, devices = Unpacker(self._database), set(), set()
        query = "SELECT device, direction, base, octets FROM message WHERE step = ?"
        for step, originator in by:
            for device, direction, base, packed in self._database.execute(query, (step,)):
                octets = unpacker.octets(base, packed)
                kind, _, sender, _, _ = described(octets)
                is_command = unpacker.text(direction) == "to device" and kind == "command"
                if is_command and sender == str(originator):
                    digests.add(sha256(octets).digest())
                    devices.add(device)
        return len(digests), len(devices)

    def finish(
        self,
        outcome: Outcome,
        reason: str = "",
        *,
        procedure: ProcedureVerdict | None = None,
    ) -> None:
        """The run is over.

        Args:
            reason: why it did not pass.
            procedure: None if the procedure was not judged.
        """
        devices = self.devices_verdict().at_end(outcome)
        ending = (outcome.value, int(outcome.exit_code), self._words(reason))
        judged = None if procedure is None else procedure.value
        self._insert("run_end", iso(utc_now()), *ending, judged, devices.value)

    def _begin(self, run: RunInfo) -> None:
        """Write what the run is; without it there is no ledger, and the file is closed."""
        try:
            with self.together():
                self._write_head(run)
        except BaseException:
            self.close()
            raise

    def _write_head(self, run: RunInfo) -> None:
        story = next((each.text for each in run.inputs if each.kind == STORY), "")
        self._insert(
            "run", run.story, run.title, run.summary, run.seed, run.target, run.premises,
            shlex.join(run.command_line), 1, iso(run.started), int(run.strict),
            sha256(story.encode()).hexdigest() if story else "",
        )  # fmt: skip
        for each in run.inputs:
            self._insert("input", *each)
        for clause in run.clauses:
            self._insert("clause", *clause)
        for name, version in run.versions.items():
            self._insert("version", name, version)
        for point, choice, insecure in run.policy:
            alternatives = " | ".join(point.alternatives)
            words = (point.name, point.question, alternatives, point.default, choice)
            self._insert("policy", *words, int(insecure), point.source)
