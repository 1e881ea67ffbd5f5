"""``firmware-sim fleet list``: the devices of a fleet that are not recovered, filtered."""

import csv
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.output import print_json, stderr
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.experiments.fleet.recorded_fleet import contents_of
from firmware_sim.bench.experiments.fleet.stuck import COLUMNS, stuck_rows, write_stuck


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
        Path | None, typer.Option("--csv", metavar="FILE", help="Write them into a new file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """List devices that are not recovered, by type, supplier, region or outcome, with reasons."""
    asked = (None, kind and kind.upper(), supplier, region, outcome)
    every = stuck_rows(contents_of(folder), read_record(folder, untouched=True))
    rows = [row for row in every if all(w in (None, v) for w, v in zip(asked, row, strict=False))]
    if to_csv is not None:
        write_stuck(rows, to_csv)
    elif as_json:
        print_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        _print_csv(rows)
    stderr.print(count(len(rows), "device"), highlight=False)


def _print_csv(rows: list[tuple[str, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    sys.stdout.write(text.getvalue())
