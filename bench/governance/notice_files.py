"""The notice and progress files of a Compromise, as CSV for spreadsheets.

The Recovery Procedure has four such files: notice and progress, each for a Compromise of an
Organisation Certificate's key and for any other. Their real columns are not public. These are ours,
and every file says so in its first line.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from io import StringIO
from typing import Final, NamedTuple

from firmware_sim.bench.files.foreign_text import in_a_cell
from firmware_sim.gbcs.identifiers import EntityId

_REMARK: Final = "# Columns of firmware-sim: those of the real file are not public."


class NoticeFile(StrEnum):
    """The four files, by name."""

    ORGANISATION_NOTICE = "organisation-compromise-notification.csv"
    ORGANISATION_PROGRESS = "organisation-compromise-recovery-progress.csv"
    OTHER_NOTICE = "other-compromise-notification.csv"
    OTHER_PROGRESS = "other-compromise-recovery-progress.csv"


class NoticeRow(NamedTuple):
    """One body tells another.

    Attributes:
        case: the step that put the Compromise on record.
        sender, recipient: bodies, categories or labels; never free text of a story.
    """

    at: datetime
    case: str
    key: str
    kind: str
    certainty: str
    detected_at: datetime
    sender: str
    recipient: str


class ProgressRow(NamedTuple):
    """How far the recovery is.

    Attributes:
        state: of the case.
        relevant: Relevant Devices.
        commanded: of these, how many were sent a command to replace what fell.
        recovered: of these, how many hold nothing any more that fell, as far as parties know.
    """

    at: datetime
    case: str
    key: str
    state: str
    relevant: int
    commanded: int
    recovered: int


RELEVANT_FILE: Final = "relevant-devices.csv"
"""Beside the four: the Relevant Devices of every Event."""


class RelevantRow(NamedTuple):
    """One Relevant Device, as it was just before the Event.

    Attributes:
        case: the step that put the Compromise on record.
        reason: ``populated`` or ``believed``.
        cells: the affected ones, with a space between two.
    """

    case: str
    device: EntityId
    type: str
    smi_status: str
    responsible_supplier: str
    network_operator: str
    reason: str
    cells: str


_Row = NoticeRow | ProgressRow | RelevantRow


def notice_file(*, of_organisation: bool) -> NoticeFile:
    """Where a notice stands."""
    return NoticeFile.ORGANISATION_NOTICE if of_organisation else NoticeFile.OTHER_NOTICE


def progress_file(*, of_organisation: bool) -> NoticeFile:
    """Where the progress of a recovery stands."""
    return NoticeFile.ORGANISATION_PROGRESS if of_organisation else NoticeFile.OTHER_PROGRESS


def as_csv(rows: Iterable[_Row]) -> str:
    """The text of a file; lines end as RFC 4180 has them. Empty if there is no row."""
    listed: Sequence[_Row] = list(rows)
    if not listed:
        return ""
    text = StringIO(newline="")
    text.write(f"{_REMARK}\r\n")
    writer = csv.writer(text)
    writer.writerow(field.replace("_", " ") for field in listed[0]._fields)
    writer.writerows(tuple(map(_cell, row)) for row in listed)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return in_a_cell(value)
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
