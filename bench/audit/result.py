"""What an audit found: counts of every cell, and the cells that are not right."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from firmware_sim.bench.audit.sorts import ReportedCell, Sort, sort_of, words_of
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.audit_files import AUDIT_FILE, AUDIT_FORMAT
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.files.terms import Strict
from firmware_sim.bench.files.whole_files import new_file, read_bounded
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.population.estate import CellData, HeldData
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId

FILE_NAME: Final = AUDIT_FILE
MAX_OCTETS: Final = 1 << 30


class AuditFinding(NamedTuple):
    """One cell that is not right.

    Attributes:
        believed: what the inventory says, as `words_of` has it.
        found: what the device reports; why nothing is known, if it is unreachable.
        held: the same, where the key is on record.
    """

    device: EntityId
    device_type: DeviceType
    cell: TrustAnchorCellId
    sort: Sort
    believed: HeldData
    found: str
    held: HeldData | None = None


@dataclass(slots=True)
class AuditResult:
    """One audit while it goes, and after it.

    Attributes:
        devices: that were asked.
        answered: of these, with a verified answer.
        counts: of cells, by device type, cell and sort.
        findings: of every cell that is not right, in the order of the inventory.
        unreached: why, of each device without a verified answer.
        skipped: lines of the inventory that its columns' `skip` left out.
        unlisted: devices of the estate that no line names; None where the estate is not known.
    """

    devices: int = 0
    answered: int = 0
    counts: Counter[tuple[DeviceType, TrustAnchorCellId, Sort]] = field(default_factory=Counter)
    findings: list[AuditFinding] = field(default_factory=list)
    unreached: dict[EntityId, str] = field(default_factory=dict)
    skipped: int = 0
    unlisted: int | None = None

    def take(self, finding: AuditFinding) -> None:
        """Count one cell, and keep it if it is not right."""
        self.counts[finding.device_type, finding.cell, finding.sort] += 1
        if finding.sort is not Sort.RIGHT:
            self.findings.append(finding)

    @property
    def by_sort(self) -> dict[Sort, int]:
        """Cells of each sort, every sort named."""
        found = dict.fromkeys(Sort, 0)
        for (_kind, _cell, sort), number in self.counts.items():
            found[sort] += number
        return found

    @property
    def exit_code(self) -> ExitCode:
        """0: every cell is right; 1: one is not; 3: no device answered."""
        if not self.answered:
            return ExitCode.BENCH_FAILED
        return ExitCode.DEVICE_FAILED if self.findings else ExitCode.PASSED

    def as_json(self, **about: str) -> dict[str, object]:
        """As it is written to a file, and read again by `read_result`."""
        return {
            "format": AUDIT_FORMAT,
            "about": about,
            "devices": self.devices,
            "answered": self.answered,
            "skipped": self.skipped,
            "unlisted": self.unlisted,
            "sorts": {sort.value: number for sort, number in self.by_sort.items()},
            "cells": [
                {"type": kind.name, "cell": str(cell), "sorts": sorts}
                for kind, cell, sorts in self.rows()
            ],
            "findings": [_finding_row(each) for each in self.findings],
            "unreachable": {str(entity): why for entity, why in self.unreached.items()},
        }

    def rows(self) -> Iterator[tuple[DeviceType, TrustAnchorCellId, dict[str, int]]]:
        """How many cells of one name, in devices of one type, are of each sort."""
        found: dict[tuple[DeviceType, TrustAnchorCellId], dict[str, int]] = {}
        for (kind, cell, sort), number in self.counts.items():
            found.setdefault((kind, cell), {})[sort.value] = number
        for (kind, cell), sorts in sorted(found.items(), key=lambda each: _order(*each[0])):
            yield kind, cell, sorts


def compared(
    device: EntityId,
    kind: DeviceType,
    believed: CellData,
    shown: Mapping[TrustAnchorCellId, tuple[ReportedCell, HeldData | None]],
) -> Iterator[AuditFinding]:
    """Every cell that the inventory speaks of, with what a device reports of it."""
    for cell, expected in believed.items():
        if cell not in shown:
            text = "the device reports no such cell"
            yield AuditFinding(device, kind, cell, Sort.ROLE_MISMATCH, expected, text)
            continue
        identifiers, held = shown[cell]
        text = f"{identifiers}, on no record" if held is None else words_of(held)
        yield AuditFinding(device, kind, cell, sort_of(expected, held), expected, text, held)


def _order(kind: DeviceType, cell: TrustAnchorCellId) -> tuple[str, int, str]:
    return kind.name, cell.role, str(cell)


def _finding_row(each: AuditFinding) -> dict[str, str]:
    return {
        "device": str(each.device),
        "type": each.device_type.name,
        "cell": str(each.cell),
        "sort": each.sort.value,
        "believed": words_of(each.believed),
        "found": each.found,
    }


_Number = Annotated[int, Field(strict=True, ge=0)]
_Text = Annotated[str, Field(max_length=2000)]


class CellCount(Strict):
    """A row of a kept audit: the cells of one name in devices of one type."""

    type: _Text
    cell: _Text
    sorts: Mapping[Sort, _Number]


class KeptFinding(Strict):
    """One cell that was not right, as a file has it."""

    device: _Text
    type: _Text
    cell: _Text
    sort: Sort
    believed: _Text
    found: _Text


class KeptAudit(Strict):
    """An audit in a file; `skipped` and `unlisted` are as of `AuditResult`."""

    format: Literal[1]
    about: Mapping[str, _Text]
    devices: _Number
    answered: _Number
    skipped: _Number = 0
    unlisted: _Number | None = None
    sorts: Mapping[Sort, _Number]
    cells: tuple[CellCount, ...]
    findings: tuple[KeptFinding, ...]
    unreachable: Mapping[str, _Text]


def not_asked_words(skipped: int, unlisted: int | None) -> list[str]:
    """What an audit did not ask, in sentences: lines left out, and devices that no line names."""
    found = []
    if skipped:
        verb = "was" if skipped == 1 else "were"
        why = "a hub, or a type that skip names"
        found.append(f"{count(skipped, 'line')} of the inventory {verb} left out: {why}.")
    if unlisted:
        verb = "is" if unlisted == 1 else "are"
        found.append(
            f"{count(unlisted, 'device')} of the estate {verb} not in the inventory, and "
            f"{'was' if unlisted == 1 else 'were'} not asked."
        )
    return found


def write_result(result: Mapping[str, object], folder: Path) -> Path:
    """Write a result's JSON into a folder; the file's path.

    Raises:
        BenchError: it cannot be written.
    """
    path = folder / FILE_NAME
    with new_file(path) as file:
        file.write((json.dumps(result, indent=1) + "\n").encode())
    return path


def read_result(path: Path) -> KeptAudit:
    """An audit from its file, or from the folder that the file is in.

    Raises:
        UsageError: it is no such file.
    """
    file = path / FILE_NAME if path.is_dir() else path
    octets = read_bounded(file, MAX_OCTETS, "file of an audit")
    try:
        return TypeAdapter(KeptAudit).validate_json(octets)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = first["msg"].removeprefix("Value error, ")
        text = f"{file} is no audit: {place}: {problem}"
        raise UsageError(
            text, f"give a folder with {FILE_NAME}, which audit run --out writes"
        ) from error
