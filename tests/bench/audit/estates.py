"""An estate with planted wrong cells, and the inventory that says what should be there."""

import asyncio
import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.audit.auditing import run_audit
from firmware_sim.bench.audit.importing import EstateFile
from firmware_sim.bench.audit.result import AuditResult
from firmware_sim.bench.cli.audit.estate import DrillEstate, EstateRequest
from firmware_sim.bench.drills import setup
from firmware_sim.bench.drills.provisioning import drill_estate
from firmware_sim.bench.population.estate import CellData, Estate, EstateDevice
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy

STORY = """\
name: audited
start: 2027-02-01T08:00:00Z
population:
  premises: {premises}
  suppliers: {{alpha: 60%, beta: 40%}}
  network operators: {{north: 50%, south: 50%}}
steps:
  - {{name: read, title: Everything is read, do: read back, by: accessControlBroker}}
"""

Wanted = dict[str, str]
"""What an inventory says of one device, by column."""


def story(folder: Path, premises: int = 10) -> Path:
    path = folder / "audited.yaml"
    path.write_text(STORY.format(premises=premises), "utf-8")
    return path


def opened(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    planted: Mapping[EntityId, CellData],
    target: str = "memory",
) -> DrillEstate:
    """The estate of the story, in which some devices hold other data than they should."""

    def with_planted(*args: Any, **others: Any) -> Estate:
        return drill_estate(*args, **others).all_replaced(planted, known=False)

    monkeypatch.setattr(setup, "drill_estate", with_planted)
    request = EstateRequest(target, str(path), None, 1, None, Policy(), 1)
    return DrillEstate(request, str(path))


def should_hold(device: EstateDevice) -> Wanted:
    """The row of a device whose cells are its own parties', in their first generation."""
    roles = {cell.role.label for cell in device.holds}
    row = {
        "device": str(device.entity_id),
        "type": device.device_type.name,
        "supplier": device.responsible_supplier,
        "networkOperator": device.network_operator,
        "root": "dcc",
        "accessControlBroker": "dcc",
        "recovery": "dcc",
    }
    return {key: text for key, text in row.items() if key in {"device", "type", *roles}}


def write(path: Path, rows: Iterable[Wanted]) -> Path:
    names = ("device", "type", "supplier", "networkOperator", "accessControlBroker", "recovery",
             "root")  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def audited(estate: DrillEstate, inventory: Path, mute: frozenset[EntityId]) -> AuditResult:
    """The result; mute devices do not get what is sent to them."""
    file = EstateFile(inventory)
    number = file.check(estate.check)

    async def run() -> AuditResult:
        async with estate.opened(file) as audit:
            send = audit.target.send

            async def sent(device: EntityId, octets: bytes, is_genuine: Any) -> None:
                if device not in mute:
                    await send(device, octets, is_genuine)

            audit.target.send = sent  # type: ignore[method-assign]
            entries = (row.entry for row in file.rows(estate.check))
            return await run_audit(audit, entries, number, Silent())

    return asyncio.run(run())
