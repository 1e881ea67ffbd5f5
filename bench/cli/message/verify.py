"""``firmware-sim message verify``: who protected a message, as far as given keys can tell."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer
from rich.text import Text

from firmware_sim.bench.cli.message.fields import headline
from firmware_sim.bench.cli.message.file import read_message, source
from firmware_sim.bench.cli.message.keys import keys_from
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.experiments.conformance.protections import (
    Checked,
    check_mac,
    check_signature,
)
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from firmware_sim.gbcs.protection import signature_is_valid
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode

app = typer.Typer()

_CONTINGENCY: Final = REPLACEMENT_RULES[ReplacementMode.ANY_BY_CONTINGENCY].code
_WORDS: Final = {
    Checked.OK: "verified",
    Checked.BAD: "wrong",
    Checked.NO_KEY: "not checked: no key",
    None: "absent",
}


class CheckedProtections(NamedTuple):
    """What is known of one message's protections; None for one that it does not carry."""

    signature: Checked | None
    mac: Checked | None

    @property
    def outcome(self) -> str:
        """``wrong`` if any is, else ``verified`` if any is, else ``not verified``."""
        if Checked.BAD in self:
            return "wrong"
        return "verified" if Checked.OK in self else "not verified"


@app.command(
    epilog="Examples: firmware-sim message verify runs/*/messages/*.hex --pki my-pki; firmware-sim "
    "message verify response.hex --certificate device.pem. Exit codes: 0 every message is verified "
    "by at least one protection, and none is wrong; 1 a signature or MAC is wrong; 4 usage; 5 a "
    "message could not be checked."
)
def verify(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Hex, base64 or octets; - for stdin.")
    ],
    pki: Annotated[
        Path | None, typer.Option(help="Folder of a drill PKI: parties, devices, Contingency.")
    ] = None,
    keystore: Annotated[
        Path | None, typer.Option(help="Published keys, as keystore.json of a reference set.")
    ] = None,
    certificate: Annotated[
        list[Path] | None,
        typer.Option(help="The sender's digitalSignature certificate; checks no MAC. Repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Check the signature and the MAC of each message; every generation of a key may have made it.

    The MAC of a Command is the Access Control Broker's, also if another party sends it.
    """
    messages = {name: read_message(name)[1] for name in files}
    suite = P256Suite()
    loaded = None if pki is None else DrillPki.load(pki)
    keys = keys_from(loaded, keystore, certificate or (), messages.values(), suite)
    verdicts = {
        name: CheckedProtections(
            _signature(message, keys, loaded, suite), check_mac(message, keys, suite)
        )
        for name, message in messages.items()
    }
    if as_json:
        print_json([_row(name, messages[name], verdicts[name]) for name in messages])
    for name, message in messages.items():
        human(json_wanted=as_json).print(_line(name, message, verdicts[name]), soft_wrap=True)
    raise typer.Exit(_exit_code([each.outcome for each in verdicts.values()]))


def _signature(
    message: Message, keys: PublishedKeys, pki: DrillPki | None, suite: CryptoSuite
) -> Checked | None:
    is_contingency = message.code == _CONTINGENCY and message.cra is CraFlag.COMMAND
    if not (is_contingency and pki is not None and message.signature):
        return check_signature(message, keys, suite)
    points = [_contingency_point(message, pki, number, suite) for number in GENERATIONS]
    valid = any(point and signature_is_valid(message, point, suite) for point in points)
    return Checked.OK if valid else Checked.BAD


def _contingency_point(
    message: Message, pki: DrillPki, generation: int, suite: CryptoSuite
) -> bytes | None:
    """The public key that the root of one generation carries, if the command's key opens it."""
    apex = pki.root(generation).wrapped_contingency_key
    try:
        symmetric = UpdateCommand.decode(message.payload).control.symmetric_key
        if apex is None or symmetric is None:
            return None
        return unwrap_contingency_key(apex, symmetric, suite, allowed=tuple(WrapAlgorithm))
    except RemoteError:
        return None


def _line(name: str, message: Message, verdict: CheckedProtections) -> Text:
    style = {"verified": "bold green", "wrong": "bold red"}.get(verdict.outcome, "yellow")
    protections = f" (signature {_WORDS[verdict.signature]}; MAC {_WORDS[verdict.mac]})"
    line = Text(f"{source(name)}: ", style="dim").append(verdict.outcome, style=style)
    return line.append(protections, style="default").append(f" {headline(message)}", style="dim")


def _row(name: str, message: Message, verdict: CheckedProtections) -> dict[str, object]:
    return {
        "file": source(name),
        "message": headline(message),
        "outcome": verdict.outcome,
        "signature": _WORDS[verdict.signature],
        "mac": _WORDS[verdict.mac],
    }


def _exit_code(outcomes: Sequence[str]) -> ExitCode:
    if "wrong" in outcomes:
        return ExitCode.DEVICE_FAILED
    return ExitCode.NOTHING_RAN if "not verified" in outcomes else ExitCode.PASSED
