"""``firmware-sim message verify``: who protected a message, as far as given keys can tell."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer
from rich.text import Text

from firmware_sim.bench.cli.message.fields import headline
from firmware_sim.bench.cli.message.file import STDIN, read_message, source
from firmware_sim.bench.cli.message.keys import keys_from
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.protections import (
    Checked,
    check_mac,
    check_signature,
)
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.holdings import PkiError
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
_VERIFIED, _NOT_VERIFIED, _WRONG = "verified", "not verified", "wrong"
_MALFORMED, _UNREADABLE = "malformed", "unreadable"
_STYLES: Final = {
    _VERIFIED: "bold green",
    _WRONG: "bold red",
    _MALFORMED: "bold red",
    _UNREADABLE: "bold red",
}


class CheckedProtections(NamedTuple):
    """What is known of one file.

    Attributes:
        outcome: ``wrong`` if a protection is, else ``verified`` if one is, else ``not verified``;
            ``malformed`` if the file holds no message, ``unreadable`` if it cannot be read.
        signature: None if the message has none, or if there is no message.
        problem: why there is no message; empty if there is one.
    """

    outcome: str
    message: Message | None = None
    signature: Checked | None = None
    mac: Checked | None = None
    problem: str = ""


@app.command(
    epilog="Examples: firmware-sim message verify runs/*/messages/*.hex --pki my-pki; firmware-sim "
    "message verify response.hex --certificate device.pem. Every file gets a verdict. Exit codes: "
    "0 every message is verified by at least one protection, and none is wrong; 1 a signature or "
    "MAC is wrong, or a file holds no message; 4 usage, or a file cannot be read; 5 a message "
    "could not be checked."
)
def verify(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Hex, base64 or octets; - for stdin.")
    ],
    pki: Annotated[
        Path | None, typer.Option(help="Folder of a drill PKI: parties, devices, Contingency.")
    ] = None,
    keystore: Annotated[
        Path | None, typer.Option(help="Published keys: a reference set's, or DCC Boxed's.")
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
    read = {name: _read(name) for name in files}
    messages = [each.message for each in read.values() if each.message is not None]
    suite = P256Suite()
    loaded = None if pki is None else DrillPki.load(pki)
    keys = keys_from(loaded, keystore, certificate or (), messages, suite)
    verdicts = {name: _judge(each, keys, loaded, suite) for name, each in read.items()}
    if as_json:
        print_json([_row(name, each) for name, each in verdicts.items()])
    for name, verdict in verdicts.items():
        human(json_wanted=as_json).print(_line(name, verdict), soft_wrap=True)
    raise typer.Exit(_exit_code([each.outcome for each in verdicts.values()]))


def _read(name: str) -> CheckedProtections:
    """The message of one file, not judged yet; a file cut anywhere must not hide the others."""
    try:
        return CheckedProtections(_NOT_VERIFIED, read_message(name)[1])
    except UsageError as error:
        is_there = name == STDIN or Path(name).is_file()
        problem = error.problem.removeprefix(f"{source(name)} ")
        return CheckedProtections(_MALFORMED if is_there else _UNREADABLE, problem=problem)


def _judge(
    read: CheckedProtections, keys: PublishedKeys, pki: DrillPki | None, suite: CryptoSuite
) -> CheckedProtections:
    message = read.message
    if message is None:
        return read
    found = (_signature(message, keys, pki, suite), check_mac(message, keys, suite))
    if Checked.BAD in found:
        return CheckedProtections(_WRONG, message, *found)
    return CheckedProtections(_VERIFIED if Checked.OK in found else _NOT_VERIFIED, message, *found)


def _signature(
    message: Message, keys: PublishedKeys, pki: DrillPki | None, suite: CryptoSuite
) -> Checked | None:
    is_contingency = message.code == _CONTINGENCY and message.cra is CraFlag.COMMAND
    if not (is_contingency and pki is not None and message.signature):
        return check_signature(message, keys, suite)
    wrapped = list(_wrapped_keys(pki))
    if not wrapped:
        return Checked.NO_KEY
    points = [_contingency_point(message, apex, suite) for apex in wrapped]
    valid = any(point and signature_is_valid(message, point, suite) for point in points)
    return Checked.OK if valid else Checked.BAD


def _wrapped_keys(pki: DrillPki) -> Iterator[bytes]:
    """The contingency keys that the roots carry; an imported PKI may have no root."""
    for generation in GENERATIONS:
        try:
            apex = pki.root(generation).wrapped_contingency_key
        except PkiError:
            continue
        if apex is not None:
            yield apex


def _contingency_point(message: Message, apex: bytes, suite: CryptoSuite) -> bytes | None:
    """The public key that a root carries, if the command's symmetric key opens it."""
    try:
        symmetric = UpdateCommand.decode(message.payload).control.symmetric_key
        if symmetric is None:
            return None
        return unwrap_contingency_key(apex, symmetric, suite, allowed=tuple(WrapAlgorithm))
    except RemoteError:
        return None


def _line(name: str, verdict: CheckedProtections) -> Text:
    line = Text(f"{in_one_line(source(name))}: ", style="dim")
    line.append(verdict.outcome, style=_STYLES.get(verdict.outcome, "yellow"))
    if verdict.message is None:
        return line.append(f" ({in_one_line(verdict.problem)})", style="default")
    protections = f" (signature {_WORDS[verdict.signature]}; MAC {_WORDS[verdict.mac]})"
    line.append(protections, style="default")
    return line.append(f" {headline(verdict.message)}", style="dim")


def _row(name: str, verdict: CheckedProtections) -> dict[str, object]:
    message = verdict.message
    row: dict[str, object] = {
        "file": in_one_line(source(name)),
        "message": None if message is None else headline(message),
        "outcome": verdict.outcome,
        "signature": None if message is None else _WORDS[verdict.signature],
        "mac": None if message is None else _WORDS[verdict.mac],
    }
    return row if message is not None else {**row, "error": in_one_line(verdict.problem)}


def _exit_code(outcomes: Sequence[str]) -> ExitCode:
    """A wrong message outweighs a file that cannot be read, which outweighs an unchecked one."""
    if _WRONG in outcomes or _MALFORMED in outcomes:
        return ExitCode.DEVICE_FAILED
    if _UNREADABLE in outcomes:
        return ExitCode.USAGE
    return ExitCode.NOTHING_RAN if _NOT_VERIFIED in outcomes else ExitCode.PASSED
