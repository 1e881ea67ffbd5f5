"""``firmware-sim utrn``: make a UTRN, show what one says, check that it is good for a meter."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.choices import parse_entity
from firmware_sim.bench.cli.enter import pounds
from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.commands.top_up_keys import top_up_parties
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.utrn import (
    COUNTER_STEP,
    MAX_VALUE,
    Utrn,
    ValueClass,
    is_authentic,
    is_utrn_counter,
    low_bits,
    make_utrn,
)

app = typer.Typer(no_args_is_help=True)

Pki = Annotated[Path, typer.Option(help="Folder of a drill PKI, which has the keys.")]
Entity = Annotated[str, typer.Option(help="Entity Identifier of the meter, 16 hex digits.")]
Generation = Annotated[
    int, typer.Option(min=1, max=2, help="Of the supplier's prepayment key: 1, or 2 after a drill.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]
_CLASSES = {0: "pence", 1: "pounds"}


@app.callback()
def _group() -> None:
    """Make, show and check the twenty digits that credit a prepayment meter."""


@app.command(
    epilog="Example: firmware-sim utrn make --pki my-pki --entity 00db1234567890a0 --pence 1250. "
    "Exit codes: 0 made; 4 usage."
)
def make(
    pki: Pki,
    entity: Entity,
    pence: Annotated[int | None, typer.Option(min=0, max=MAX_VALUE, help="0 to 8,191.")] = None,
    pounds_: Annotated[
        int | None, typer.Option("--pounds", min=0, max=MAX_VALUE, help="0 to 8,191.")
    ] = None,
    counter: Annotated[
        int | None,
        typer.Option(help="A multiple of 2**32; default: seconds since 1970, times 2**32."),
    ] = None,
    generation: Generation = 1,
    as_json: AsJson = False,
) -> None:
    """Make a UTRN with the supplier's prepayment key."""
    if (pence is None) == (pounds_ is None):
        raise UsageError("a UTRN has one value", "give --pence or --pounds")
    chosen = _counter(counter)
    suite = P256Suite()
    parties = top_up_parties(DrillPki.load(pki), parse_entity(entity), suite, generation)
    kind, value = (ValueClass.PENCE, pence) if pounds_ is None else (ValueClass.POUNDS, pounds_)
    utrn = make_utrn(parties, chosen, kind, value or 0, suite)
    if as_json:
        print_json({"utrn": str(utrn), "counter": chosen, "credit": utrn.credit})
    else:
        typer.echo(str(utrn))


@app.command(epilog="Example: firmware-sim utrn show 73950067887105178605. Exit codes: 0; 4 none.")
def show(
    utrn: Annotated[str, typer.Argument(help="Twenty digits.")], as_json: AsJson = False
) -> None:
    """Show what the digits say; whether they are good, only the keys tell."""
    read = _parsed(utrn)
    fields: dict[str, object] = {
        "counter_bits_41_to_32": read.counter_low,
        "value_class": f"{read.value_class} {_CLASSES.get(read.value_class, 'reserved')}",
        "value": read.value,
        "credit": None if read.credit is None else pounds(read.credit),
        "mac": read.mac.hex(),
    }
    if as_json:
        print_json(fields)
        return
    table = Table.grid(padding=(0, 2))
    for label, value in fields.items():
        table.add_row(Text(label.replace("_", " "), style="bold"), Text(str(value)))
    stdout.print(table)


@app.command(
    epilog="Example: firmware-sim utrn check 73950067887105178605 --pki my-pki --entity "
    "00db1234567890a0 --counter 25769803776. Exit codes: 0 authentic; 1 not; 4 usage."
)
def check(
    utrn: Annotated[str, typer.Argument(help="Twenty digits.")],
    pki: Pki,
    entity: Entity,
    counter: Annotated[int, typer.Option(help="The whole UTRN counter: a multiple of 2**32.")],
    generation: Generation = 1,
) -> None:
    """Check that the supplier made these digits for this meter under this counter."""
    read, chosen = _parsed(utrn), _counter(counter)
    suite = P256Suite()
    parties = top_up_parties(DrillPki.load(pki), parse_entity(entity), suite, generation)
    if read.counter_low != low_bits(chosen):
        stdout.print(
            f"Not authentic: its counter bits are {read.counter_low}, not of that counter."
        )
        raise typer.Exit(ExitCode.DEVICE_FAILED)
    if not is_authentic(read, parties, chosen, suite):
        stdout.print("Not authentic: another supplier's, key's, meter's or counter's, or forged.")
        raise typer.Exit(ExitCode.DEVICE_FAILED)
    credit = "nothing: its class is reserved" if read.credit is None else pounds(read.credit)
    stdout.print(Text(f"Authentic. It credits {credit}."))


def _parsed(text: str) -> Utrn:
    try:
        return Utrn.parse(text)
    except RemoteError as error:
        raise UsageError(error.reason, "check what was typed") from error


def _counter(asked: int | None) -> int:
    if asked is None:
        return int(datetime.now(UTC).timestamp()) * COUNTER_STEP
    if not is_utrn_counter(asked):
        raise UsageError(f"{asked} is no UTRN counter", f"take a multiple of {COUNTER_STEP}")
    return asked
