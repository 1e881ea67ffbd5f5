"""``firmware-sim message sign``: from a Pre-Command to what goes to the device."""

from pathlib import Path
from typing import Annotated, Final

import typer

from firmware_sim.bench.cli.message.build import with_mac_of_broker
from firmware_sim.bench.cli.message.file import read_message, source, write_message
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.key_files import read_key
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.protection import with_signature
from firmware_sim.gbcs.use_cases import use_case

app = typer.Typer()

# By the table of use cases: a signature alone, or a MAC for the Broker and a signature for others.
_SIGNED_ONLY: Final = ("S", "M/S")


@app.command(
    epilog="Examples: firmware-sim message sign precommand.hex --key supplier.key.pem; with the "
    "MAC of a drill's Access Control Broker too: firmware-sim message sign precommand.hex --key "
    "my-pki/generation-1/supplier/DS.key.pem --pki my-pki."
)
def sign(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Hex, base64 or octets; - for stdin.")
    ],
    key: Annotated[Path, typer.Option(help="The sender's P-256 private key, PEM, unencrypted.")],
    pki: Annotated[
        Path | None, typer.Option(help="Folder of a drill PKI, whose Broker adds its MAC.")
    ] = None,
    generation: Annotated[int, typer.Option(min=1, max=2, help="Of the Broker's keys.")] = 1,
    out: Annotated[Path | None, typer.Option(help="File for the hex; default stdout.")] = None,
) -> None:
    """Sign a Pre-Command; the same key and octets give the same signature (RFC 6979).

    Recovery and Contingency keys are in custody, not here: drill run uses them after a decision.
    """
    _, message = read_message(file)
    if message.signature or message.mac is not None:
        carried = "a signature" if message.signature else "a MAC"
        raise UsageError(f"{source(file)} carries {carried} already", "give a Pre-Command")
    signed = with_signature(message, read_key(key), P256Suite())
    if pki is not None:
        row = use_case(message.code)
        if row is not None and row.command in _SIGNED_ONLY:
            raise UsageError(f"a signed {row.name} Command carries no MAC", "leave out --pki")
        signed = with_mac_of_broker(signed, DrillPki.load(pki), generation)
    write_message(out, signed.build())
