"""``firmware-sim fleet plan``: how long a recovery of a whole country takes, on paper."""

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from firmware_sim.bench.cli.fleet.plan_view import show_check, show_plan
from firmware_sim.bench.cli.output import print_json, stderr
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments import country
from firmware_sim.bench.experiments.country.checking import Prediction, check
from firmware_sim.bench.experiments.country.estate_file import CountryEstate, read_estate
from firmware_sim.bench.experiments.country.picture import write_picture
from firmware_sim.bench.experiments.country.plan import document, plan_of
from firmware_sim.bench.experiments.country.runs import cpu_of, read_run
from firmware_sim.bench.outcome import ExitCode

_FEWEST_RUNS = 2


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""
    app.command(epilog="Example: firmware-sim fleet plan country.yaml --picture country.svg")(plan)


def plan(
    estate: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The estate.", show_default=False)
    ] = None,
    measured: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="A finished fleet run: CPU time a device is its."),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the curve as SVG.")
    ] = None,
    checked: Annotated[
        list[Path] | None,
        typer.Option(
            "--check",
            metavar="RUN",
            help="Instead: fix the parameters by the first run, and predict the others.",
        ),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print an estate to begin with.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Calculate days to recovery, exposure, devices to replace and cores for a rehearsal.

    Every value of the estate that the file does not say the source of is printed as an assumption.
    With --check, the exit code is 1 if a prediction is further off than a tenth.
    """
    if example:
        sys.stdout.write(files(country).joinpath("example.yaml").read_text("utf-8"))
    elif schema:
        sys.stdout.write(json.dumps(CountryEstate.model_json_schema(), indent=2) + "\n")
    elif checked:
        _check(checked, as_json=as_json)
    elif estate is None:
        raise UsageError("no estate is named", "firmware-sim fleet plan --example prints one")
    else:
        _plan(estate, measured, picture, as_json=as_json)


def _plan(estate: Path, measured: Path | None, picture: Path | None, *, as_json: bool) -> None:
    made = plan_of(read_estate(estate), None if measured is None else cpu_of(measured))
    if picture is not None:
        write_picture(made, picture)
        stderr.print(f"Curve {picture}", highlight=False, soft_wrap=True)
    if as_json:
        print_json(document(made))
    else:
        show_plan(document(made))


def _check(folders: list[Path], *, as_json: bool) -> None:
    if len(folders) < _FEWEST_RUNS:
        raise UsageError("a check needs two runs", "give --check RUN for each, the smallest first")
    found = check([read_run(folder) for folder in folders])
    is_right = all(each.is_within for each in found)
    if as_json:
        print_json({"is_within": is_right, "compared": [_row(each) for each in found]})
    else:
        show_check(found)
    if not is_right:
        raise typer.Exit(ExitCode.DEVICE_FAILED)


def _row(each: Prediction) -> dict[str, object]:
    return {**each._asdict(), "deviation": each.deviation, "is_within": each.is_within}
