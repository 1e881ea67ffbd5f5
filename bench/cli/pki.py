"""``firmware-sim pki``: make, show and import a simulated SMKI."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli import pki_imports as imports
from firmware_sim.bench.cli.choices import check_seed
from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.cli.pki_subscribers import tell_subscribers
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.bench.smki.checklist import Required, missing_certificates, missing_keys
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.folder import convert as convert_folder
from firmware_sim.bench.smki.holdings import Holding
from firmware_sim.bench.smki.importing import NothingTakenError, import_pki
from firmware_sim.bench.smki.key_files import read_octets
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import COMMON_NAME, Name
from firmware_sim.gbcs.roles import RemotePartyRole

_SEED = 1
_COLUMNS = ("gen", "certificate", "subject", "usage", "key", "issuer", "valid", "private")

app = typer.Typer(no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command(epilog="Example: firmware-sim pki new my-pki --seed 7 --valid-to 2030-12-31")
def new(
    folder: Folder,
    seed: Annotated[
        int, typer.Option(callback=check_seed, help="The same seed gives the same octets.")
    ] = _SEED,
    valid_from: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="First day of all certificates.", show_default="2020"),
    ] = None,
    valid_to: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Last day of all certificates but Devices'.",
            show_default="2039, authorities 2069",
        ),
    ] = None,
) -> None:
    """Make a whole PKI, two generations of it, into a new folder DIR.

    Dates are ISO 8601, such as 2026-01-31, in UTC. A Device Certificate never expires.
    """
    days = _day("--valid-from", valid_from), _day("--valid-to", valid_to)
    pki = DrillPki.generate(seed, Parameters().valid(*days))
    pki.save(folder)
    stdout.print(
        f"{len(pki.holdings)} certificates in {folder} (seed {seed}); for simulation only",
        highlight=False,
        soft_wrap=True,
    )


@app.command(epilog="Example: firmware-sim pki convert my-pki")
def convert(folder: Folder) -> None:
    """Split the custody keys of a folder that an earlier version wrote as files.

    Each key becomes shares of five Key Custodians, of whom three must come together. The key files
    are deleted.
    """
    done = convert_folder(folder, P256Suite())
    text = "the custody keys are shares now" if done else "there is nothing to convert"
    stdout.print(f"{folder}: {text}", markup=False, highlight=False, soft_wrap=True)


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no date", "write it as 2026-01-31") from None


@app.command(epilog="Example: firmware-sim pki show my-pki --json")
def show(folder: Folder, json: Json = False) -> None:
    """List the certificates in DIR, and what is missing; private keys are never printed."""
    pki = DrillPki.load(folder)
    if json:
        print_json(_document(pki))
        return
    _print_table(pki)
    _print_missing(pki)


@app.command(epilog="Example: firmware-sim pki subscribers")
def subscribers(json: Json = False) -> None:
    """List who may ask for which certificate (SEC L3.16 to L3.21)."""
    tell_subscribers(json=json)


@app.command(
    "import",
    epilog="Example: firmware-sim pki import reference-set my-pki. Key stores: a reference set's "
    "and DCC Boxed's. Files: PEM, DER, PKCS#7, PKCS#8, "
    "PKCS#12, SEC1. Every file ends in a line: taken as what, or left out why. Exit codes: 0 "
    "nothing was refused; 1 something was refused, all else was taken; 4 usage, or nothing could "
    "be taken. All forms: page The simulated SMKI of the documentation.",
)
def import_(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", show_default=False)],
    folder: Folder,
    password_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Password of encrypted keys and PKCS#12, in a file."),
    ] = None,
    json: Json = False,
) -> None:
    """Take a test PKI made elsewhere into a new folder DIR.

    SOURCE is a key store, a folder with one, or a file or folder of certificates and keys.
    """
    suite = P256Suite()
    try:
        imported = import_pki(find(source, suite, _password(password_file)), suite)
    except NothingTakenError as error:
        imports.tell_lines(error.lines, json=json)
        raise
    pki = DrillPki(imported.inventory)
    pki.save(folder)
    if json:
        print_json(_document(pki) | imports.document(imported))
    else:
        counts = imports.summary(imported.lines)
        text = f"{len(pki.holdings)} certificates in {folder}: {counts}"
        stdout.print(text, markup=False, highlight=False, soft_wrap=True)
        imports.tell_lines(imported.lines)
        imports.tell_notes(imported.notes)
        _print_missing(pki)
    raise typer.Exit(imports.exit_code(imported.lines))


def _password(file: Path | None) -> bytes | None:
    """The first line of a file: a password on the command line would be seen by others."""
    if file is None:
        return None
    lines = read_octets(file).splitlines()
    if not lines or not lines[0]:
        raise UsageError(f"{file} holds no password", "write it in the first line")
    return lines[0]


def _print_table(pki: DrillPki) -> None:
    table = Table(title="Certificates of a simulated SMKI", title_justify="left")
    for column in _COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=column in {"usage", "key"})
    listed = [each for each in pki.holdings if each.kind is not CertificateKind.DEVICE]
    for holding in listed:
        certificate = holding.certificate
        table.add_row(
            str(holding.generation),
            holding.label,
            Text(str(certificate.subject_unique_id or _short(certificate.subject))),
            _usage(certificate.key_usages),
            certificate.key_identifier.hex(),
            Text(_short(certificate.issuer)),
            f"{certificate.not_before:%Y-%m-%d} {certificate.not_after:%Y-%m-%d}",
            _where(pki, holding),
        )
    stdout.print(table)
    if len(listed) < len(pki.holdings):
        devices = len(pki.holdings) - len(listed)
        stdout.print(f"and {devices} Device Certificates; --json lists them", highlight=False)


def _print_missing(pki: DrillPki) -> None:
    for sentence in _missing(pki):
        stdout.print(f"missing: {sentence}", markup=False, highlight=False, soft_wrap=True)


def _missing(pki: DrillPki) -> list[str]:
    certificates = [
        f"{each}, its public key is known" if _is_known_by_key(pki, each) else str(each)
        for each in missing_certificates(pki.inventory)
    ]
    return [*certificates, *missing_keys(pki.inventory)]


def _is_known_by_key(pki: DrillPki, required: Required) -> bool:
    return required.what is CertificateKind.ROOT_OCA and 1 in pki.inventory.roots


def _short(name: Name) -> str:
    common = name.values(COMMON_NAME)
    return in_one_line(common[0].text if common else str(name))


def _document(pki: DrillPki) -> dict[str, object]:
    return {
        "certificates": [_row(pki, each) for each in pki.holdings],
        "roots_known_by_key": {
            str(number): root.key_identifier.hex() for number, root in pki.inventory.roots.items()
        },
        "missing": _missing(pki),
    }


def _row(pki: DrillPki, holding: Holding) -> dict[str, object]:
    certificate = holding.certificate
    entity = certificate.subject_unique_id or certificate.device_entity_id
    return {
        "generation": holding.generation,
        "issuer_generation": holding.issuer_generation,
        "certificate": holding.label,
        "kind": holding.kind.value,
        "subject": in_one_line(str(certificate.subject)),
        "entity_id": None if entity is None else str(entity),
        "usage": _usage(certificate.key_usages),
        "key_identifier": certificate.key_identifier.hex(),
        "issuer": in_one_line(str(certificate.issuer)),
        "not_before": f"{certificate.not_before:%Y-%m-%d}",
        "not_after": f"{certificate.not_after:%Y-%m-%d}",
        "private_key": _where(pki, holding),
    }


_USAGES = {0: "DS", 4: "KA", 5: "CS", 6: "CRL"}


def _usage(bits: frozenset[int]) -> str:
    return "+".join(_USAGES.get(bit, str(bit)) for bit in sorted(bits))


def _where(pki: DrillPki, holding: Holding) -> str:
    """Where the private key is: never the key."""
    if holding.private_key is not None:
        return "here"
    is_recovery = holding.cell is not None and holding.cell.role is RemotePartyRole.RECOVERY
    if is_recovery and pki.custody.holds(CustodyKey.RECOVERY, holding.generation):
        return "not in custody" if pki.custody.is_imported else "custody"
    return "none"
