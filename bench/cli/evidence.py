"""``firmware-sim evidence``: sign the record of a run, and verify it."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from firmware_sim.bench.cli.fleet.evidence import is_fleet, verify_fleet
from firmware_sim.bench.cli.output import human, print_json, stdout
from firmware_sim.bench.drills.playing_again import play_again, why_not
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.ledger_checks import check_chain
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME, Sealed, read_manifest
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.remaking import Compared
from firmware_sim.bench.evidence.run_info import other_versions
from firmware_sim.bench.evidence.signatures import (
    SignerRole,
    new_run_key,
    read_private_key,
    read_public_key,
    remove_run_key,
    sign,
)
from firmware_sim.bench.evidence.verifying import SignedBy, Verification, verify
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.outcome import ExitCode

app = typer.Typer(no_args_is_help=True)

_ALL: Final = "all"
_WHOLE: Final = 50
"""So many devices are played again if nothing else is asked for; that takes seconds."""
_SAMPLE: Final = 8

_OTHERS: Final = 20
"""So many further altered files are named."""

_COMPARED: Final = {
    Compared.FILES: "Every file was made again from the ledger, and is the same octet for octet.",
    Compared.DATA: "Other versions than those here wrote the run, so its files cannot be made "
    "again octet for octet. What record.json says was compared with the ledger, value by value.",
}

_SIGNED: Final = {
    SignedBy.NAMED: "Signed by those who were named.",
    SignedBy.UNKNOWN: "Signed by keys that were not named by --signer: their holders may have "
    "written and signed the whole run anew.",
    SignedBy.RUN_KEY: "Signed by the run's own key alone: a run that was written and signed anew "
    "as a whole cannot be told from this one. Let an officer sign, and name the key by --signer.",
}

_SEALED: Final[dict[Sealed, str]] = {
    "drill run": "",
    "drill report": "The run was cut off: its manifest was made afterwards, by drill report.",
    "drill resume": "The run was cut off, and went on later, by drill resume.",
    "fleet run": "",
}

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")]


class PersonRole(StrEnum):
    """As what a person signs."""

    OFFICER = "officer"
    WITNESS = "witness"


@app.command(
    "sign",
    epilog="Example: firmware-sim evidence sign runs/today --key officer.pem --as officer. Check "
    "with openssl dgst -sha256 -verify runs/today/signatures/NAME.pem -signature "
    "runs/today/signatures/NAME.sig runs/today/manifest.json.",
)
def sign_run(
    folder: Run,
    key: Annotated[
        Path | None,
        typer.Option(metavar="PEM", help="A P-256 private key; without it a run key signs."),
    ] = None,
    as_role: Annotated[
        PersonRole | None, typer.Option("--as", help="As what the key's owner signs.")
    ] = None,
) -> None:
    """Sign the manifest of a run that is intact."""
    if (key is None) != (as_role is None):
        raise UsageError("--key and --as go together", "give both, or neither for a run key")
    private = new_run_key() if key is None else read_private_key(key)
    found = verify(folder)
    if found.difference is not None:
        raise UsageError(f"{folder} is altered: {found.difference}", "nothing was signed")
    _, octets = read_manifest(folder)
    remove_run_key(folder)
    role = SignerRole.RUN_KEY if as_role is None else SignerRole(as_role)
    statement = sign(folder, octets, private, role)
    stdout.print(
        f"Signed as {role} by the key with digest {statement.key}", highlight=False, soft_wrap=True
    )


@app.command(
    "verify",
    epilog="Example: firmware-sim evidence verify runs/today --signer officer.pem. Exit codes: 0 "
    "intact; 1 altered or cut off; 4 not a run, or one of a version without manifests.",
)
def verify_run(
    folder: Run,
    signer: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PEM", help="A public key that must have signed, and no other; repeatable."
        ),
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option(
            metavar="N|all",
            help=f"Play so many devices again. Default: all of up to {_WHOLE}, else {_SAMPLE}.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Say whether the record of a run is as it was, and who signed it."""
    wanted = _wanted(replay)
    signers = [read_public_key(path) for path in signer or ()]
    of_fleet = is_fleet(folder)
    how_many = None if of_fleet else partial(_devices, wanted)
    found = verify(folder, signers, play_again, how_many)
    if of_fleet and found.intact:
        verify_fleet(folder, found, wanted)
    is_cut_off = _is_cut_off(found, folder)
    if as_json:
        print_json(found.as_json() | ({"outcome": "cut off"} if is_cut_off else {}))
    _tell(found, folder, as_json=as_json, is_cut_off=is_cut_off)
    raise typer.Exit(ExitCode.PASSED if found.intact else ExitCode.DEVICE_FAILED)


def _wanted(replay: str | None) -> int | str | None:
    if replay is None or replay == _ALL:
        return replay
    if replay.isascii() and replay.isdecimal() and len(replay) < 7:
        return int(replay)
    raise UsageError(f"--replay {replay!r:.40} is no number", "give a number of devices, or all")


def _devices(wanted: int | str | None, record: RunRecord) -> int:
    """How many devices to play again; a run that cannot be is refused if it was asked for."""
    if wanted == 0:
        return 0
    problem = why_not(record)
    if problem and wanted is not None:
        raise UsageError(problem, "use --replay 0")
    if problem:
        return 0
    there = len(record.devices)
    if wanted is None:
        return there if there <= _WHOLE else _SAMPLE
    return there if isinstance(wanted, str) else min(wanted, there)


def _is_cut_off(found: Verification, folder: Path) -> bool:
    """Whether all that is wrong is that there is no manifest: its ledger says the rest."""
    if found.intact or (folder / MANIFEST_NAME).exists() or not (folder / LEDGER_NAME).is_file():
        return False
    try:
        check_chain(folder)
    except AlteredError:
        return False
    return True


def _tell(found: Verification, folder: Path, *, as_json: bool, is_cut_off: bool) -> None:
    console = human(json_wanted=as_json)
    word, style = ("Intact.", "bold green") if found.intact else ("Altered.", "bold red")
    if is_cut_off:
        word, style = "Cut off.", "bold yellow"
    where = "" if found.difference is None else f" {found.difference}."
    console.print(Text.assemble((word, style), f" {folder}{where}"), soft_wrap=True)
    for line in _others(found):
        console.print(line, highlight=False, soft_wrap=True)
    if is_cut_off:
        console.print(
            f"firmware-sim drill resume {folder} brings it to its end; drill report {folder} "
            "--close closes it as it is. Until then nothing vouches for it.",
            highlight=False,
            soft_wrap=True,
        )
    for line in _lines(found):
        console.print(line, highlight=False, soft_wrap=True)


def _others(found: Verification) -> Sequence[str]:
    """Further files that are altered, a line each, up to a screen of them."""
    lines = [f"  {each}" for each in found.others[:_OTHERS]]
    if len(found.others) > _OTHERS:
        lines.append(f"  and {len(found.others) - _OTHERS:,} more files")
    return lines


def _lines(found: Verification) -> Sequence[str]:
    lines = [f"Signature as {each.role}, {each.at}, key {each.key}" for each in found.signers]
    if found.signed_by is not None and found.intact:
        lines.append(_SIGNED[found.signed_by])
    if found.manifest is not None:
        lines += filter(None, [_SEALED[found.manifest.sealed]])
        rows = count(found.manifest.rows, "row")
        lines.append(f"Ledger of {rows}, digest {found.manifest.head}")
    if found.record is not None:
        procedure = found.record.procedure_verdict or "not judged"
        lines.append(f"Procedure: {procedure}. Devices: {found.record.devices_verdict}.")
    if found.replayed.devices:
        played = count(found.replayed.devices, "device")
        lines.append(f"Played again: {played}, of which {found.replayed.agree} agree.")
    elif found.intact:
        lines.append("Not played again: the verdicts rest on the checks in the ledger.")
    if found.compared is not None:
        lines.append(_COMPARED[found.compared])
    if found.compared is Compared.DATA and found.record is not None:
        others = "; ".join(other_versions(found.record.versions))
        lines.append(f"Install these versions to have each octet compared: {others}.")
    return lines
