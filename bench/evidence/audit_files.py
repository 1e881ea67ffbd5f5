"""The audits of a drill as files, as `audit run --out` writes and `audit compare` reads them."""

import json
from pathlib import Path
from typing import Final

from firmware_sim.bench.evidence.accounts.audits import AuditedCell, AuditedCells, AuditTold
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.files.whole_files import new_file, own_folder

AUDIT_FILE: Final = "audit.json"
AUDIT_FORMAT: Final = 1
AUDITS_FOLDER: Final = "audits"
UNREACHABLE: Final = "unreachable"


def write_audits(record: RunRecord, folder: Path) -> None:
    """``audits/STEP/audit.json`` for every audit of a run."""
    for told in record.accounts.all(AuditTold):
        place = own_folder(own_folder(folder / AUDITS_FOLDER) / told.step)
        with new_file(place / AUDIT_FILE) as file:
            file.write((json.dumps(_result(record, told), indent=1) + "\n").encode())


def _result(record: RunRecord, told: AuditTold) -> dict[str, object]:
    counts = [each for each in record.accounts.all(AuditedCells) if each.step == told.step]
    cells = [each for each in record.accounts.all(AuditedCell) if each.step == told.step]
    about = {"taken": told.at, "target": record.run.target, "inventory": told.step}
    return {
        "format": AUDIT_FORMAT,
        "about": about,
        "devices": told.devices,
        "answered": told.answered,
        "sorts": told.sorts,
        "cells": [{"type": e.type, "cell": e.cell, "sorts": e.sorts} for e in counts],
        "findings": [
            {
                "device": each.device,
                "type": each.type,
                "cell": each.cell,
                "sort": each.sort,
                "believed": each.believed,
                "found": each.found,
            }
            for each in cells
        ],
        "unreachable": {each.device: each.found for each in cells if each.sort == UNREACHABLE},
    }
