"""``--plan FILE``: the story that mends what was found, and its inventory beside it."""

import csv
import io
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from firmware_sim.bench.audit.believing import believed_of
from firmware_sim.bench.audit.importing import EstateFile
from firmware_sim.bench.audit.result import AuditResult
from firmware_sim.bench.cli.audit.estate import DrillEstate, ServedElsewhere
from firmware_sim.bench.drills.mending import WHOSE, MendingPlan, mending_plan
from firmware_sim.bench.drills.story_file import read_story, story_source
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.strict_yaml import read_yaml
from firmware_sim.bench.files.whole_files import check_is_new, new_file
from firmware_sim.bench.population.inventory import COLUMNS
from firmware_sim.gbcs.policy import Policy

_SUFFIXES: Final = (".yaml", ".yml")


def planned_estate(estate: DrillEstate | ServedElsewhere, path: Path) -> DrillEstate:
    """The estate, if a story can be about it; to be called before anything is asked.

    Raises:
        UsageError: its devices are no drill's, the file would be no story, or is there already.
    """
    if not isinstance(estate, DrillEstate):
        raise UsageError(
            "a plan is a story, and a story has devices of its own",
            "give --story for it, or leave out --plan",
        )
    if path.suffix not in _SUFFIXES:
        raise UsageError(f"{path} is no name of a story", "let it end in .yaml")
    check_is_new(path)
    check_is_new(_beside(path))
    return estate


def write_plan(
    path: Path, name: str, estate: DrillEstate, file: EstateFile, result: AuditResult,
    policy: Policy,
) -> MendingPlan:  # fmt: skip
    """Write the story and its inventory, once the story has passed `drill check`.

    Raises:
        BenchError: they cannot be written.
        UsageError: the story would contradict itself.
    """
    source = story_source(name)
    _, head = read_yaml(source.text, source.origin)
    known: dict[str, Any] = head if isinstance(head, dict) else {}
    wrong = {each.device for each in result.findings}
    beliefs = {
        row.entry.device: believed_of(row.entry, policy)
        for row in file.rows(estate.check)
        if row.entry.device in wrong
    }
    beside = _beside(path)
    plan = mending_plan(
        estate.story, known, len(estate.setup.premises), result,
        estate=estate.setup.estate, beliefs=beliefs, inventory=beside.name,
    )  # fmt: skip
    read_story(plan.text, str(path), policy)
    with new_file(beside) as written:
        written.write(_inventory(estate, file, policy).encode())
    with new_file(path) as written:
        written.write(plan.text.encode())
    return plan


def tell_plan(plan: MendingPlan, path: Path, console: Console) -> None:
    """Where it is, and what it leaves as it is."""
    left = f"; {len(plan.left):,} cells are left as they are" if plan.left else ""
    text = f"Plan: {path}, with {plan.repairs:,} kinds of command{left}"
    for each in (text, *map(str, plan.handed)):
        console.print(each, markup=False, highlight=False, soft_wrap=True)
    if plan.handed:
        console.print(WHOSE, markup=False, highlight=False, soft_wrap=True)


def _beside(path: Path) -> Path:
    """The plan's inventory."""
    return path.with_name(f"{path.stem}-inventory.csv")


def _inventory(estate: DrillEstate, file: EstateFile, policy: Policy) -> str:
    """The audited inventory in the form of a story's, cell by cell."""
    kinds = {each.device_type: each.holds for each in estate.setup.estate}
    cells = [str(cell) for cell in dict.fromkeys(c for held in kinds.values() for c in held)]
    text = io.StringIO()
    table = csv.DictWriter(text, (*COLUMNS, *cells), restval="", lineterminator="\n")
    table.writeheader()
    for row in file.rows(estate.check):
        if row.entry.device not in estate.setup.estate:
            continue  # the target has no such device, and neither has the story
        device = estate.setup.estate[row.entry.device]
        believed = believed_of(row.entry, policy)
        values = (str(device.entity_id), device.device_type.name, device.smi_status.value,
                  device.responsible_supplier)  # fmt: skip
        table.writerow(
            dict(zip(COLUMNS, values, strict=True))
            | {str(cell): f"{data.organisation} {data.generation}" for cell, data in
               believed.items()}
        )  # fmt: skip
    return text.getvalue()
