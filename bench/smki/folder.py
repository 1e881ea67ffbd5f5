"""A PKI as a folder that people can look into: PEM by generation and party, and a manifest.

``manifest.json`` says what each file is; the certificates say it too, and reading checks that
both agree.
"""

import json
from pathlib import Path, PurePosixPath
from shutil import rmtree
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.whole_files import read_bounded
from firmware_sim.bench.smki import key_files
from firmware_sim.bench.smki.custody import Custody
from firmware_sim.bench.smki.custody_folder import ROSTER
from firmware_sim.bench.smki.holdings import Holding, Inventory
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import Anchor
from firmware_sim.gbcs.roles import TrustAnchorCellId

MANIFEST = "manifest.json"
CUSTODY = "custody"
NOT_IN_CUSTODY = "not-in-custody"
"""Where the Recovery and Contingency keys of an imported PKI lie, as files."""
DEVICE_SEED = "device-seed.hex"

_MAX_MANIFEST = 2**26

_README = """\
A simulated SMKI for firmware-sim: certificates, and private keys beside them (*.key.pem).
All of it is for simulation only: no key here protects anything.

generation-1/   what devices are provisioned with
generation-2/   what replaces it; under-generation-1/ are new keys that the old authority certified
custody/        shares of the Recovery and Contingency keys: used only for a recorded decision
manifest.json   what each file is
"""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    certificate: str
    private_key: str | None
    kind: CertificateKind
    cell: str | None
    entity_id: str | None
    generation: int
    issuer_generation: int
    key_identifier: str
    subject: str
    issuer: str


class _KnownRoot(BaseModel):
    model_config = ConfigDict(extra="forbid")

    generation: int
    name: str
    public_key: str
    key_identifier: str


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal[1, 2] = 2
    simulation_only: Literal[True] = True
    contingency_entity_id: str
    roots_known_by_key: list[_KnownRoot]
    certificates: list[_Entry]


def write(inventory: Inventory, path: Path) -> None:
    """Write a PKI into a new or empty folder.

    Raises:
        UsageError: the folder is not empty.
    """
    key_files.new_folder(path, _README)
    manifest = _Manifest(
        contingency_entity_id=str(inventory.contingency_entity_id),
        roots_known_by_key=[_known_root(number, root) for number, root in inventory.roots.items()],
        certificates=[_write_holding(each, path) for each in inventory.holdings],
    )
    name = NOT_IN_CUSTODY if inventory.custody.is_imported else CUSTODY
    inventory.custody.deposit(path / name)
    if inventory.device_seed is not None:
        key_files.write_hex(path / DEVICE_SEED, inventory.device_seed)
    _write_manifest(manifest, path)


def read(path: Path, suite: CryptoSuite) -> Inventory:
    """Read a PKI that `write` wrote; the manifest can name files beneath the folder only.

    Raises:
        UsageError: no manifest, or a file is missing, damaged, outside the folder, or not what
            the manifest says.
    """
    manifest = _read_manifest(path / MANIFEST)
    seed = path / DEVICE_SEED
    try:
        return Inventory(
            holdings=tuple(_read_holding(each, path, suite) for each in manifest.certificates),
            custody=_read_custody(path, suite),
            contingency_entity_id=EntityId.parse(manifest.contingency_entity_id),
            roots={each.generation: _anchor(each) for each in manifest.roots_known_by_key},
            device_seed=key_files.read_hex(seed) if seed.exists() else None,
        )
    except (GbcsError, ValueError) as error:
        raise UsageError(f"{path} is damaged: {error}", "make it again with pki new") from error


def convert(path: Path, suite: CryptoSuite) -> bool:
    """Split the custody keys of a folder that an earlier version wrote as files.

    Returns:
        Whether there was something to convert.

    Raises:
        UsageError: as for `read`; nothing was changed then.
    """
    inventory = read(path, suite)
    old = path / CUSTODY
    if inventory.custody.is_imported or (old / ROSTER).is_file():
        return False
    new = path / f"{CUSTODY}.new"
    inventory.custody.deposit(new)
    manifest = _read_manifest(path / MANIFEST).model_copy(update={"format": 2})
    rmtree(old)
    new.rename(old)
    _write_manifest(manifest, path)
    return True


def is_in_custody(key: Path) -> bool:
    """Whether a key file holds a Recovery or Contingency key of a PKI folder.

    Also if a link leads there, and if the key was imported and never in custody.
    """
    folder = key.resolve().parent
    return folder.name in (CUSTODY, NOT_IN_CUSTODY) and (folder.parent / MANIFEST).is_file()


def _read_custody(path: Path, suite: CryptoSuite) -> Custody:
    if (path / NOT_IN_CUSTODY).is_dir():
        return Custody.fetch(path / NOT_IN_CUSTODY, suite, imported=True)
    return Custody.fetch(path / CUSTODY, suite)


def _read_manifest(path: Path) -> _Manifest:
    if not path.is_file():
        raise UsageError(f"{path.parent} holds no PKI ({MANIFEST} is missing)", "see pki new")
    try:
        return _Manifest.model_validate_json(read_bounded(path, _MAX_MANIFEST, "manifest"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(each) for each in first["loc"])
        raise UsageError(f"{path}: {place}: {first['msg']}", "see pki new") from error


def _write_manifest(manifest: _Manifest, path: Path) -> None:
    text = json.dumps(manifest.model_dump(mode="json"), indent=2)
    (path / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _write_holding(holding: Holding, path: Path) -> _Entry:
    stem = _stem(holding)
    file = path / f"{stem}.pem"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate = holding.certificate
    key_files.write_certificate(file, certificate.octets)
    if holding.private_key is not None:
        key_files.write_key(path / f"{stem}.key.pem", holding.private_key)
    entity = certificate.subject_unique_id or certificate.device_entity_id
    return _Entry(
        certificate=f"{stem}.pem",
        private_key=None if holding.private_key is None else f"{stem}.key.pem",
        kind=holding.kind,
        cell=None if holding.cell is None else str(holding.cell),
        entity_id=None if entity is None else str(entity),
        generation=holding.generation,
        issuer_generation=holding.issuer_generation,
        key_identifier=certificate.key_identifier.hex(),
        subject=str(certificate.subject),
        issuer=str(certificate.issuer),
    )


def _stem(holding: Holding) -> str:
    folder = f"generation-{holding.generation}"
    if holding.generation != holding.issuer_generation:
        folder += f"/under-generation-{holding.issuer_generation}"
    if holding.cell is not None:
        role, _, usage = str(holding.cell).partition(".")
        return f"{folder}/{role}/{usage}"
    if holding.kind is CertificateKind.DEVICE and holding.certificate.key_usage is not None:
        usage = holding.certificate.key_usage.short
        return f"devices/{holding.certificate.device_entity_id}/{usage}-{holding.generation}"
    return f"{folder}/{holding.kind.value.lower().replace(' ', '-')}/certificate"


def _read_holding(entry: _Entry, path: Path, suite: CryptoSuite) -> Holding:
    file = _beneath(path, entry.certificate)
    found = key_files.read_certificates(file)
    if len(found) != 1:
        raise UsageError(f"{file} holds {len(found)} certificates, not one")
    certificate = parse_certificate(found[0])
    if certificate.key_identifier.hex() != entry.key_identifier:
        raise UsageError(f"{file} is not the certificate in {MANIFEST}")
    key = None
    if entry.private_key is not None:
        key_file = _beneath(path, entry.private_key)
        key = key_files.read_key(key_file)
        if suite.public_key(key) != certificate.public_key:
            raise UsageError(f"{key_file} is not the key of its certificate")
    return Holding(
        certificate=certificate,
        kind=entry.kind,
        generation=entry.generation,
        issuer_generation=entry.issuer_generation,
        cell=None if entry.cell is None else TrustAnchorCellId.parse(entry.cell),
        private_key=key,
    )


def _beneath(folder: Path, name: str) -> Path:
    """A file that the manifest names: a foreign manifest must not reach other files."""
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or "\0" in name:
        raise UsageError(f"{folder / MANIFEST} names {name!r}, outside the folder", "correct it")
    file = folder
    for part in parts:
        file /= part
        if file.is_symlink():
            raise UsageError(f"{folder / MANIFEST} names {name!r}, through a link", "copy the file")
    return file


def _known_root(generation: int, root: Anchor) -> _KnownRoot:
    return _KnownRoot(
        generation=generation,
        name=root.subject.octets.hex(),
        public_key=root.public_key.hex(),
        key_identifier=root.key_identifier.hex(),
    )


def _anchor(known: _KnownRoot) -> Anchor:
    return Anchor(
        Name.parse(bytes.fromhex(known.name)),
        bytes.fromhex(known.public_key),
        bytes.fromhex(known.key_identifier),
    )
