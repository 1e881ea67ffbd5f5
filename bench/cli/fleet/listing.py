"""``firmware-sim fleet list``: the devices of a fleet that are not recovered, filtered."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.output import print_json, stderr
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.experiments.fleet.record import FleetContents
from firmware_sim.bench.experiments.fleet.recorded_fleet import contents_of
from firmware_sim.bench.experiments.fleet.stuck import COLUMNS, OUTCOMES, stuck_rows, write_stuck
from firmware_sim.bench.files.whole_files import check_is_new
from firmware_sim.bench.files.yaml_mistakes import suggestion


def register(app: typer.Typer) -> None:
    """Mount the verb."""
    epilog = "Example: firmware-sim fleet list runs/FOLDER --outcome lost --csv lost.csv"
    app.command("list", epilog=epilog)(list_devices)


def list_devices(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a fleet run.")],
    kind: Annotated[str | None, typer.Option("--type", help="Only these, e.g. ESME.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Only this supplier's.")] = None,
    region: Annotated[str | None, typer.Option(help="Only this network operator's.")] = None,
    outcome: Annotated[
        str | None,
        typer.Option(help="Only these: failed, unreachable, lost, not asked, different."),
    ] = None,
    to_csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE", help="Write them into a new file.", callback=check_is_new
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """List devices that are not recovered, by type, supplier, region or outcome, with reasons.

    A value that no device of the run can have is refused with exit code 4.
    """
    contents = contents_of(folder)
    asked = (None, kind and kind.upper(), supplier, region, outcome)
    _check_known(contents, asked)
    every = stuck_rows(contents, read_record(folder, untouched=True))
    rows = [row for row in every if all(w in (None, v) for w, v in zip(asked, row, strict=False))]
    if to_csv is not None:
        write_stuck(rows, to_csv)
    elif as_json:
        print_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        _print_csv(rows)
    stderr.print(count(len(rows), "device"), highlight=False)


def _check_known(contents: FleetContents, asked: Sequence[str | None]) -> None:
    """Refuse a misspelt value: a list that is empty because of it would look like good news.

    Args:
        asked: one a column of `stuck_rows`, from the first on; None for all.

    Raises:
        UsageError: no device of the run can have the value.
    """
    columns = (
        ("--type", {each["type"] for each in contents.courses}),
        ("--supplier", {each["supplier"] for each in contents.courses}),
        ("--region", {each["network_operator"] for each in contents.courses}),
        ("--outcome", OUTCOMES),
    )
    for (option, known), value in zip(columns, asked[1:], strict=True):
        if value is not None and value not in known:
            names = sorted(filter(None, known))
            what = f"{option} {value!r:.80} is none of this run{suggestion(value, names)}"
            raise UsageError(what, f"use {', '.join(names)}")


def _print_csv(rows: list[tuple[str, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    sys.stdout.write(text.getvalue())
