"""``firmware-sim message decode``: what a message says, and at which octet it is wrong."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from firmware_sim.bench.cli.message.file import read_octets
from firmware_sim.bench.cli.message.opening import opener_for
from firmware_sim.bench.cli.message.reading import Problem, Reading, excerpt, read_for_people
from firmware_sim.bench.cli.message.view import show_fields, tell_departures
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.outcome import ExitCode

app = typer.Typer()


@app.command(
    epilog="Examples: firmware-sim message decode command.hex; xxd -p capture.bin | "
    "firmware-sim message decode - --json. Exit codes: 0 read to the end; 1 malformed; "
    "4 no such file, or neither hex, base64 nor octets."
)
def decode(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Hex, base64 or octets; - for stdin.")
    ],
    tolerant: Annotated[
        bool,
        typer.Option(
            "--tolerant",
            help="Read payloads that are not DER too: long lengths, written-out defaults.",
        ),
    ] = False,
    keystore: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Published keys (JSON): open encrypted items too."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Show what a message says: credentials and alerts by value, DLMS and ZigBee as a tree."""
    octets, form = read_octets(file)
    opener = opener_for(octets, keystore)
    reading = read_for_people(octets, tolerant=tolerant, opener=opener)
    if as_json:
        print_json(_document(reading, form, tolerant=tolerant))
    console = human(json_wanted=as_json)
    if not as_json and reading.fields is not None:
        show_fields(console, reading.headline, reading.fields)
    _tell_departures(console, reading, tolerant=tolerant)
    if reading.problem is not None:
        _tell_problem(console, reading, reading.problem)
        sys.stdout.flush()
        raise typer.Exit(ExitCode.DEVICE_FAILED)


def _tell_departures(console: Console, reading: Reading, *, tolerant: bool) -> None:
    tell_departures(console, reading)
    if reading.departures and not tolerant:
        console.print("--tolerant reads the payload as DER.", style="dim", highlight=False)


def _tell_problem(console: Console, reading: Reading, problem: Problem) -> None:
    line = Text("malformed: ", style="bold red").append(str(problem), style="default")
    console.print(line, soft_wrap=True)
    for start, octets in excerpt(reading.octets, problem.offset):
        shown = Text(f"  {start:5d} ", style="dim")
        for at, octet in enumerate(octets, start):
            wrong = at == problem.offset
            shown.append("[" if wrong else _between(at, problem, start), style="bold red")
            shown.append(f"{octet:02x}", style="bold red reverse" if wrong else "default")
        end = start + len(octets)
        shown.append(_between(end, problem, start), style="bold red")
        if end == problem.offset == len(reading.octets):
            shown.append("[", style="bold red").append("]", style="bold red")  # one is missing
        shown.rstrip()
        console.print(shown, soft_wrap=True)


def _between(at: int, problem: Problem, start: int) -> str:
    """What stands before an octet: the closing bracket of a wrong one, in the same line."""
    return "]" if at > start and at - 1 == problem.offset else " "


def _document(reading: Reading, form: str, *, tolerant: bool) -> dict[str, object]:
    problem = reading.problem
    return {
        "form": form,
        "octets": len(reading.octets),
        "tolerant": tolerant,
        "not_der": [each._asdict() for each in reading.departures],
        "message": reading.fields,
        "error": None
        if problem is None
        else {
            "reason": problem.reason,
            "offset": problem.offset,
            "clause": problem.clause,
            "excerpt": [
                {"offset": start, "hex": octets.hex()}
                for start, octets in excerpt(reading.octets, problem.offset)
            ],
        },
    }
