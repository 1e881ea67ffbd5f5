"""From the ledger to everything else that a run's folder holds."""

import json
from pathlib import Path

from firmware_sim.bench.evidence.audit_files import write_audits
from firmware_sim.bench.evidence.folder import REPORT_NAME, write_messages
from firmware_sim.bench.evidence.html import write_html
from firmware_sim.bench.evidence.junit import write_junit
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.spreadsheets import write_spreadsheets
from firmware_sim.bench.files.whole_files import new_file

RECORD_NAME = "record.json"

_SMALL = 100


def export(folder: Path) -> RunRecord:
    """Write ``record.json``, ``junit.xml``, ``report.html``, tables and the message files.

    May be called again at any time, also on the ledger of a run that was killed.

    Raises:
        UsageError: the folder holds no valid ledger.
        BenchError: a file cannot be written.
    """
    record = read_record(folder)
    write_files(record, folder)
    return record


def warn_in_report(folder: Path, problem: str) -> None:
    """Write the report of a ledger that does not verify, with `problem` in its banner.

    Nothing else is written: what the other files say may show what was altered in the ledger.

    Raises:
        UsageError: the folder holds no valid ledger.
        BenchError: the report cannot be written.
    """
    write_html(read_record(folder), folder / REPORT_NAME, problem)


def write_files(record: RunRecord, folder: Path) -> None:
    """The files of a record, into any folder.

    Raises:
        BenchError: a file cannot be written.
    """
    indent = 1 if len(record.devices) <= _SMALL else None
    # In ASCII: text of others must not turn or hide what an editor shows beside it.
    with new_file(folder / RECORD_NAME) as file:
        file.write(json.dumps(record.as_json(), indent=indent).encode("ascii"))
    write_messages(record, folder)
    write_audits(record, folder)
    write_junit(record, folder / "junit.xml")
    write_spreadsheets(record, folder)
    write_html(record, folder / REPORT_NAME)
