"""The files that are made from a ledger, made once more and set beside those that are stored."""

import json
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.difference import AlteredError, Difference, first_difference
from firmware_sim.bench.evidence.export import RECORD_NAME, write_files
from firmware_sim.bench.evidence.manifest import stored_files
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_file import read_record_file
from firmware_sim.bench.evidence.run_info import versions


class Compared(StrEnum):
    """What of the files was compared with the ledger."""

    FILES = "files"
    """Their octets: this program and its libraries are the recorded ones."""
    DATA = "data"
    """The values in ``record.json``: other versions may write them otherwise."""


def check_files(folder: Path, record: RunRecord) -> Compared:
    """Whether the stored files are those that the ledger gives.

    Raises:
        AlteredError: they are not.
        BenchError: they cannot be read, or made again.
    """
    same_versions = record.versions == versions()
    with TemporaryDirectory() as made:
        write_files(record, Path(made))
        if not same_versions:
            _compare_data(folder, Path(made))
            return Compared.DATA
        stored = stored_files(folder)
        for name, digest in stored_files(Path(made)).items():
            if stored.get(name) != digest:
                problem = "is missing" if name not in stored else "is not what the ledger gives"
                raise AlteredError(Difference(name, field=_field(folder, Path(made), name),
                                              problem=problem))  # fmt: skip
    return Compared.FILES


def differing_value(folder: Path, record: RunRecord) -> str | None:
    """Which value of the ledger is not that of the stored ``record.json``; None if none is."""
    try:
        stored = read_record_file(folder / RECORD_NAME)
    except BenchError:
        return None
    return first_difference(_plain(record), stored)


def _compare_data(folder: Path, made: Path) -> None:
    stored, ours = (read_record_file(each / RECORD_NAME) for each in (folder, made))
    field = first_difference(ours, stored)
    if field is not None:
        raise AlteredError(Difference(RECORD_NAME, None, field, "is not what the ledger gives"))


def _field(folder: Path, made: Path, name: str) -> str | None:
    if name != RECORD_NAME:
        return None
    try:
        stored, ours = (read_record_file(each / RECORD_NAME) for each in (folder, made))
    except BenchError:
        return None
    return first_difference(ours, stored)


def _plain(record: RunRecord) -> object:
    """As JSON has it: tuples become lists, enumerations words."""
    return json.loads(json.dumps(record.as_json()))
