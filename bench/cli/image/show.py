"""``firmware-sim image show``: what a flash image holds, for people and for programs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.image.file import ImageName, read_image
from firmware_sim.bench.cli.image.meter_view import meter_document, meter_lines, register_lines
from firmware_sim.bench.cli.output import print_json, stdout, styled
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.colours import halves
from firmware_sim.bench.evidence.wording import key_use
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.use_cases import use_case_name
from firmware_sim.machine.image.describe import ImageDescription, describe_image
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.image.scan import ImageError

WIDE: Final = 80
"""Columns of a terminal below which a cell takes two lines: no identifier is cut short."""


def show(
    file: ImageName,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of tables.")] = False,
) -> None:
    """Show cells, counters, keys and the security log of an image; never a secret."""
    try:
        description = describe_image(read_image(file))
    except ImageError as error:
        raise UsageError(f"{file} is no flash image: {error}", "give a device's .bin") from error
    if as_json:
        print_json(document_of(description))
        return
    print_image(description)


def print_image(description: ImageDescription) -> None:
    """An image in tables, for people."""
    _print_head(description)
    for table in _tables(description):
        if table.row_count:
            stdout.print()
            stdout.print(table)


def _cells(description: ImageDescription) -> list[Cell]:
    root = () if description.root is None else (description.root.cell,)
    return [*root, *description.cells]


def _print_head(description: ImageDescription) -> None:
    head = description.superblock
    line = styled("[bold]{kind}[/] {entity}", kind=head.device_type.name, entity=head.entity)
    stdout.print(line, highlight=False)
    geometry = head.geometry
    stdout.print(
        f"{geometry.size // 1024} KiB in {len(geometry.block_sizes)} blocks, written in units of "
        f"{geometry.write_unit}, erased to {geometry.erased_value:02x}; generation "
        f"{head.generation}\nSHA-256 {description.digest}",
        highlight=False,
        soft_wrap=True,
    )
    if description.problem:
        line = styled("[bold red]A device would not start from it:[/] {it}", it=description.problem)
        stdout.print(line)


def _tables(description: ImageDescription) -> Iterator[Table]:
    yield _cell_table(description)
    counters = _table("Role", "Originator Counter", "Top-up floor")
    for row in description.counters:
        counters.add_row(row.role.label, _number(row.execution), _number(row.specialist))
    yield counters
    keys = _table("Device key", "State", "Public key (SEC 1)")
    for key in description.keys:
        keys.add_row(key.key_usage.label, key.state.name.lower(), key.public_key.hex()[:34] + "…")
    yield keys
    values = Table(box=None, pad_edge=False, header_style="dim")
    values.add_column("Meter", no_wrap=True)
    values.add_column("Value", overflow="fold")
    for what, value in meter_lines(description):
        values.add_row(what, value)
    yield values
    registers = Table(box=None, pad_edge=False, header_style="dim")
    registers.add_column("Class or cluster, OBIS code, attribute", no_wrap=True)
    registers.add_column("Octets of its value", overflow="fold")
    for name, octets in register_lines(description):
        registers.add_row(name, octets)
    yield registers
    yield _log_table(description)
    areas = _table("Area", "Status", "Used", "Transactions", "Note")
    for area in description.areas:
        used = f"{area.used} of {area.size}"
        areas.add_row(str(area.number), area.status.value, used, str(area.transactions), area.note)
    yield areas


def _cell_table(description: ImageDescription) -> Table:
    is_narrow = stdout.width < WIDE
    names = ("Cell and holder",) if is_narrow else ("Cell", "Holder")
    table = _table(*names, "Key identifier", "What the key does")
    table.columns[-2].no_wrap = True
    for cell in _cells(description):
        identifier = cell.key_identifier.hex()
        first, second = halves(identifier)
        mark = Text.assemble(("▌", f"{first} on {second}"), " ", identifier)
        whose = (str(cell.cell), str(cell.unique_id))
        table.add_row(*(["\n".join(whose)] if is_narrow else whose), mark, key_use(cell.cell))
    return table


def _log_table(description: ImageDescription) -> Table:
    table = _table("Log", "Time", "Event", "Originator", "Counter", "Message", "Detail")
    for event in description.log:
        table.add_row(
            str(event.sequence),
            _time(event.time),
            f"{event.event_code:04X}",
            event.originator.hex(),
            str(event.counter),
            use_case_name(MessageCode(event.message_code)),
            event.detail,
        )
    return table


def _table(*columns: str) -> Table:
    """Columns do not break, but for the last two, which hold words."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns, start=1):
        keeps = number <= len(columns) - 2 or (number <= 3 and stdout.width >= WIDE)
        table.add_column(column, no_wrap=keeps, overflow="fold")
    return table


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _time(posix: int) -> str:
    return datetime.fromtimestamp(posix, UTC).strftime("%Y-%m-%d %H:%M:%S")


def document_of(description: ImageDescription) -> dict[str, object]:
    """An image as JSON."""
    head, own = description.superblock, description.own_counters
    root = description.root
    return {
        "digest": description.digest,
        "device_type": head.device_type.name,
        "entity": str(head.entity),
        "generation": head.generation,
        "problem": description.problem,
        "geometry": {
            "block_sizes": list(head.geometry.block_sizes),
            "write_unit": head.geometry.write_unit,
            "programs_per_unit": head.geometry.programs_per_unit,
            "erased_value": head.geometry.erased_value,
        },
        "areas": [area._asdict() | {"status": area.status.value} for area in description.areas],
        "cells": [_cell(cell) for cell in _cells(description)],
        "root_subject_name": None if root is None else root.subject_name.hex(),
        "root_wrapped_contingency_key": None
        if root is None
        else root.wrapped_contingency_key.hex(),
        "counters": [row._asdict() | {"role": row.role.label} for row in description.counters],
        "own_counters": None if own is None else own._asdict(),
        "device_keys": [
            {
                "key_usage": key.key_usage.label,
                "state": key.state.name.lower(),
                "public_key": key.public_key.hex(),
            }
            for key in description.keys
        ],
        "device_certificates": [
            {"key_usage": item.key_usage.label, "der": item.der.hex()}
            for item in description.certificates
        ],
        **meter_document(description),
        "security_log": [
            event._asdict() | {"originator": event.originator.hex()} for event in description.log
        ],
        "refusal_tallies": [
            tally._asdict() | {"last_originator": tally.last_originator.hex()}
            for tally in description.tallies
        ],
        "pending": [
            item._asdict() | {"originator": item.originator.hex(), "digest": item.digest.hex()}
            for item in description.pending
        ],
        "retired_keys": [
            item._asdict() | {"cell": str(item.cell), "key_digest": item.key_digest.hex()}
            for item in description.retired
        ],
    }


def _cell(cell: Cell) -> dict[str, str]:
    return {
        "cell": str(cell.cell),
        "subject_id": str(cell.unique_id),
        "key_identifier": cell.key_identifier.hex(),
        "public_key": cell.public_key.hex(),
        "certificate_digest": cell.certificate_digest.hex(),
    }
