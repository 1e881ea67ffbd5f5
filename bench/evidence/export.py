"""From the ledger to everything else that a run's folder holds."""

import json
from pathlib import Path

from firmware_sim.bench.evidence.folder import REPORT_NAME, write_messages
from firmware_sim.bench.evidence.html import write_html
from firmware_sim.bench.evidence.junit import write_junit
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import (
    RunRecord,
)
from firmware_sim.bench.files.whole_files import new_file

_SMALL = 100


def export(folder: Path) -> RunRecord:
    """Write ``record.json``, ``junit.xml``, ``report.html`` and the message files.

    May be called again at any time, also on the ledger of a run that was killed.

    Raises:
        UsageError: the folder holds no valid ledger.
        BenchError: a file cannot be written.
    """
    record = read_record(folder)
    indent = 1 if len(record.devices) <= _SMALL else None
    encoder = json.JSONEncoder(indent=indent, ensure_ascii=False)
    with new_file(folder / "record.json") as file:
        for part in encoder.iterencode(record.as_json()):
            file.write(part.encode("utf-8"))
    write_messages(record, folder)
    write_junit(record, folder / "junit.xml")
    write_html(record, folder / REPORT_NAME)
    return record
