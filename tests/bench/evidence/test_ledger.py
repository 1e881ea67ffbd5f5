"""The ledger is written as the run goes, is private, and survives the death of its writer."""

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.tables import FORMAT
from firmware_sim.bench.outcome import Outcome, Verdict
from tests.bench.evidence.rehearsal import BROKER, START, contingency_command, rehearse, run_info

ROOT = Path(__file__).parents[3]

KILLED = """
import os, signal, sys
from pathlib import Path
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.outcome import Verdict
from tests.bench.evidence.rehearsal import BROKER, run_info
ledger = RunLedger.create(Path(sys.argv[1]), run_info())
ledger.device(BROKER, "CHF", 0)
step = ledger.step("one", "The first step")
ledger.check(step, BROKER, "seen before the end", Verdict.PASSED)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[RunLedger]:
    made = RunLedger.create(tmp_path / "run", run_info())
    yield made
    with suppress(sqlite3.ProgrammingError):  # the test closed it
        made.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_run_folder_is_for_its_owner_alone(ledger: RunLedger) -> None:
    assert mode(ledger.folder) == 0o700
    assert mode(ledger.folder / LEDGER_NAME) == 0o600


def test_a_folder_that_was_there_keeps_its_mode_and_the_files_are_the_owners(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    rehearse(folder)
    export(folder)
    assert mode(folder) == 0o755
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {mode(path) for path in files} == {0o600}
    assert len(files) > 10
    assert {mode(path) for path in folder.iterdir() if path.is_dir()} == {0o700}


def test_a_second_run_does_not_overwrite_the_first(ledger: RunLedger) -> None:
    with pytest.raises(BenchError, match="already holds a run; choose another --out"):
        RunLedger.create(ledger.folder, run_info())


def test_a_file_in_place_of_the_run_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match="cannot make the run folder"):
        RunLedger.create(tmp_path / "file" / "run", run_info())


def test_a_killed_run_leaves_a_readable_ledger(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "run")], cwd=ROOT, check=False
    )
    assert done.returncode == -9
    record = read_record(tmp_path / "run")
    assert record.run.outcome is None
    assert record.run.finished is None
    assert [check.name for check in record.checks] == ["seen before the end"]
    assert [step.verdict for step in record.steps] == [None]


def test_another_process_can_read_the_ledger_during_the_run(ledger: RunLedger) -> None:
    step = ledger.step("one", "The first step")
    ledger.check(step, None, "done", Verdict.PASSED)
    assert [check.name for check in read_record(ledger.folder).checks] == ["done"]


def test_rows_that_may_wait_are_there_after_a_commit_and_at_the_end(ledger: RunLedger) -> None:
    def found() -> list[str]:
        return [check.name for check in read_record(ledger.folder).checks]

    ledger.let_rows_wait()
    step = ledger.step("one", "The first step")
    ledger.check(step, None, "first", Verdict.PASSED)
    assert found() == []
    ledger.commit()
    assert found() == ["first"]
    ledger.check(step, None, "second", Verdict.PASSED)
    assert ledger.verdicts() == [Verdict.PASSED]
    ledger.close()
    assert found() == ["first", "second"]


def test_rows_wait_for_a_fraction_of_a_second_at_most(
    ledger: RunLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("firmware_sim.bench.evidence.database.time.monotonic", lambda: now)
    ledger.let_rows_wait()
    step = ledger.step("one", "The first step")
    for number in range(200):
        ledger.check(step, None, f"check {number}", Verdict.PASSED)
    assert read_record(ledger.folder).checks == []
    now += 0.3
    for number in range(200, 240):
        ledger.check(step, None, f"check {number}", Verdict.PASSED)
    assert len(read_record(ledger.folder).checks) > 200


def test_entries_recorded_together_are_kept_when_the_bench_breaks(ledger: RunLedger) -> None:
    def break_off() -> None:
        with ledger.together():
            ledger.step("one", "The first step")
            raise OSError("the bench broke")

    with pytest.raises(OSError, match="the bench broke"):
        break_off()
    assert [step.name for step in read_record(ledger.folder).steps] == ["one"]


def test_together_blocks_can_be_nested(ledger: RunLedger) -> None:
    with ledger.together(), ledger.together():
        ledger.step("one", "The first step")
    assert len(read_record(ledger.folder).steps) == 1


def test_a_message_is_described_from_its_own_octets(ledger: RunLedger) -> None:
    step = ledger.step("one", "The first step")
    ledger.message(step, BROKER, "to device", contingency_command(BROKER), START)
    ledger.message(step, BROKER, "to device", b"\xde\xad\xbe\xef", START)
    known, unknown = read_record(ledger.folder).messages
    assert (known.kind, known.use_case) == ("command", "CS02b anyByContingency")
    assert (known.originator, known.target, known.counter) == (str(BROKER), str(BROKER), "2000")
    assert (unknown.kind, unknown.octets, unknown.length) == ("not a message", "deadbeef", 4)


def test_ledger_times_follow_the_drills_clock(ledger: RunLedger) -> None:
    ledger.follow(lambda: datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC))
    ledger.finish_step(ledger.step("one", "The first step"), Verdict.PASSED)
    (step,) = read_record(ledger.folder).steps
    assert step.started == step.finished == "2031-05-06T07:08:09.000+00:00"


def test_an_unknown_cell_name_raises(ledger: RunLedger) -> None:
    step = ledger.step("one", "The first step")
    with pytest.raises(ValueError, match="names no Trust Anchor Cell"):
        ledger.cell(step, BROKER, "before", "image", "supplier.XX", bytes(8), bytes(8))


def test_the_last_reading_of_a_cell_counts(ledger: RunLedger) -> None:
    step = ledger.step("one", "The first step")
    ledger.device(BROKER, "CHF", 0)
    for octet in (b"\x01", b"\x02"):
        ledger.cell(step, BROKER, "after", "image", "root.CS", b"", octet * 8)
    ((cell,),) = (device.cells for device in read_record(ledger.folder).devices)
    assert cell.after["image"].key_identifier == "02" * 8


def test_governance_rows_carry_their_clause(ledger: RunLedger) -> None:
    ledger.governance(START, GovernanceEvent.MEETING, "quorate")
    ledger.governance(START, GovernanceEvent.MEETING, "quorate", clause="SEC L1.4")
    clauses = [row.clause for row in read_record(ledger.folder).governance]
    assert clauses == ["SEC L1.13", "SEC L1.4"]


def test_a_finished_run_is_one_file(ledger: RunLedger) -> None:
    ledger.finish(Outcome.PASSED)
    ledger.close()
    assert [path.name for path in ledger.folder.iterdir()] == [LEDGER_NAME]


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to look at" * 40])
def test_a_file_that_is_no_ledger_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LEDGER_NAME).write_bytes(content)
    with pytest.raises(BenchError, match=r"is no valid ledger|has format 0"):
        read_record(tmp_path)


def test_a_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"holds no run\.sqlite; give the folder of a run"):
        read_record(tmp_path)


def test_a_ledger_of_another_format_is_an_error(ledger: RunLedger) -> None:
    ledger.close()
    with closing(sqlite3.connect(ledger.folder / LEDGER_NAME)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(BenchError, match=f"has format 99, not 2 to {FORMAT}"):
        read_record(ledger.folder)
