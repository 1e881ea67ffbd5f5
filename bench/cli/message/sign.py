"""``firmware-sim message sign``: from a Pre-Command to what goes to the device."""

from pathlib import Path
from typing import Annotated, Final

import typer

from firmware_sim.bench.cli.message.build import with_mac_of_broker
from firmware_sim.bench.cli.message.fields import headline
from firmware_sim.bench.cli.message.file import read_message, source, write_message
from firmware_sim.bench.cli.output import print_json, stderr
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.folder import is_in_custody
from firmware_sim.bench.smki.key_files import read_key
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import with_signature
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.use_cases import use_case

app = typer.Typer()

# By the table of use cases: a signature alone, or a MAC for the Broker and a signature for others.
_SIGNED_ONLY: Final = ("S", "M/S")

_NEEDS_DECISION: Final = {
    REPLACEMENT_RULES[mode].code: key
    for mode, key in (
        (ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY, "Recovery"),
        (ReplacementMode.ANY_BY_CONTINGENCY, "Contingency"),
    )
}
_WITHOUT: Final = "signed without a decision of the SMKI PMA (--no-decision) [SEC L10.2(a)]"


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
    no_decision: Annotated[
        bool,
        typer.Option(
            "--no-decision",
            help="Sign as Recovery or Contingency with no decision; the output states it.",
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File for the hex; default stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Sign a Pre-Command; the same key and octets give the same signature (RFC 6979).

    Recovery and Contingency keys need a decision of the SMKI PMA, which only drill run has.
    """
    _, message = read_message(file)
    if message.signature or message.mac is not None:
        carried = "a signature" if message.signature else "a MAC"
        raise UsageError(f"{source(file)} carries {carried} already", "give a Pre-Command")
    needed = _needs_decision(message, key)
    if needed and not no_decision:
        raise UsageError(
            f"{needed} need a decision of the SMKI PMA [SEC L10.2(a)]",
            "use drill run, which has one, or say --no-decision",
        )
    signed = _with_mac(with_signature(message, read_key(key), P256Suite()), pki, generation)
    if as_json:
        _print_document(signed, _WITHOUT if needed else None)
    if not as_json or out is not None:
        write_message(out, signed.build())
    if needed:
        stderr.print(_WITHOUT, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _needs_decision(message: Message, key: Path) -> str:
    """What needs a decision here; empty if nothing does."""
    if message.code in _NEEDS_DECISION:
        return f"Commands {message.code:04x}, signed by {_NEEDS_DECISION[message.code]},"
    return "keys in custody" if is_in_custody(key) else ""


def _with_mac(signed: Message, pki: Path | None, generation: int) -> Message:
    if pki is None:
        return signed
    row = use_case(signed.code)
    if row is not None and row.command in _SIGNED_ONLY:
        raise UsageError(f"a signed {row.name} Command carries no MAC", "leave out --pki")
    return with_mac_of_broker(signed, DrillPki.load(pki), generation)


def _print_document(signed: Message, decision: str | None) -> None:
    print_json(
        {"message": headline(signed), "without_decision": decision, "octets": signed.build().hex()}
    )
