"""From the ledger to everything else that a run's folder holds."""

import json
from pathlib import Path

from firmware_sim.bench.evidence.folder import REPORT_NAME, write_messages
from firmware_sim.bench.evidence.html import write_html
from firmware_sim.bench.evidence.junit import write_junit
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord

_SMALL = 100


def export(folder: Path) -> RunRecord:
    """Write ``record.json``, ``junit.xml``, ``report.html`` and the message files.

    May be called again at any time, also on the ledger of a run that was killed.

    Raises:
        BenchError: the folder holds no ledger that can be read.
    """
    record = read_record(folder)
    indent = 1 if len(record.devices) <= _SMALL else None
    with (folder / "record.json").open("w", encoding="utf-8") as out:
        json.dump(record.as_json(), out, indent=indent, ensure_ascii=False)
    write_messages(record, folder)
    write_junit(record, folder / "junit.xml")
    write_html(record, folder / REPORT_NAME)
    return record
