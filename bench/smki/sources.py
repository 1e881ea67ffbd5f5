"""A test PKI made elsewhere, as found: a key store in the reference set's form, or PEM files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki import key_files
from firmware_sim.bench.smki.published import (
    ISSUERS_FILE,
    ISSUING_KIND,
    KEYS_FILE,
    ROOT_KIND,
    Issuer,
    read_issuers,
    read_keys,
)
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.path import Anchor

_TOP_UP = re.compile(r"(?<![a-z])(pp|top-?up|prepayment)(?![a-z])", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_PEM_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".key"})


@dataclass(frozen=True, slots=True)
class FoundCertificate:
    """One certificate and where it came from; `is_top_up` if the source says prepayment."""

    certificate: Certificate
    place: str
    is_top_up: bool


@dataclass(slots=True)
class Found:
    """Everything in a source.

    Attributes:
        keys: 32-octet scalars by their public point.
        roots: Root OCAs known by public key only.
        issuing_identifiers: key identifiers of Issuing OCAs known by public key only.
        symmetric: symmetric keys by generation.
        contingency: contingency scalars by generation.
        notes: what was left out and why, one sentence each.
    """

    certificates: list[FoundCertificate] = field(default_factory=list)
    keys: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    roots: list[Anchor] = field(default_factory=list)
    issuing_identifiers: set[bytes] = field(default_factory=set)
    symmetric: dict[int, bytes] = field(default_factory=dict, repr=False)
    contingency: dict[int, bytes] = field(default_factory=dict, repr=False)
    notes: list[str] = field(default_factory=list)

    def add(self, octets: bytes, place: str, *, is_top_up: bool, entity: str = "") -> None:
        """Take one certificate in DER, or note why not, or that it names another entity."""
        try:
            certificate = parse_certificate(octets)
        except GbcsError as error:
            self.notes.append(f"{place} is left out: {error}")
            return
        self.certificates.append(FoundCertificate(certificate, place, is_top_up))
        named = certificate.subject_unique_id or certificate.device_entity_id
        if entity and named is not None and str(named) != entity.lower():
            self.notes.append(f"{place}: the certificate is of {named}, and taken so")


def find(source: Path, suite: CryptoSuite) -> Found:
    """Read a key store file, a folder with ``keystore.json``, or a folder of PEM files.

    Raises:
        UsageError: there is no such source, it cannot be read, or holds no certificate.
    """
    found = Found()
    store = source / KEYS_FILE if source.is_dir() else source
    if store.is_file():
        _from_key_store(store, found, suite)
    elif source.is_dir():
        _from_pem(source, found, suite)
    else:
        raise UsageError(f"{source} does not exist", "name a key store or a folder of PEM files")
    if not found.certificates:
        raise UsageError(f"{source} holds no certificate", "name a key store or PEM files")
    return found


def _from_key_store(store: Path, found: Found, suite: CryptoSuite) -> None:
    for entry in read_keys(store):
        octets, place = entry.certificate, entry.label
        found.add(octets, place, is_top_up=entry.is_top_up, entity=entry.entity)
        if entry.private_scalar is not None:
            point = _public_key(entry.private_scalar, place, suite)
            found.keys[point] = entry.private_scalar
    issuers = store.with_name(ISSUERS_FILE)
    if issuers.is_file():
        _from_issuers(read_issuers(issuers), found)


def _from_issuers(issuers: Iterable[Issuer], found: Found) -> None:
    for issuer in issuers:
        if issuer.kind == ROOT_KIND:
            found.roots.append(issuer.anchor())
        elif issuer.kind == ISSUING_KIND:
            found.issuing_identifiers.add(issuer.key_identifier)


def _from_pem(folder: Path, found: Found, suite: CryptoSuite) -> None:
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        place = str(file.relative_to(folder))
        if file.suffix == ".hex" and file.name.startswith("symmetric"):
            found.symmetric[_generation(file)] = key_files.read_hex(file)
        elif file.suffix in _PEM_SUFFIXES:
            _from_pem_file(file, place, found, suite)


def _from_pem_file(file: Path, place: str, found: Found, suite: CryptoSuite) -> None:
    for octets in key_files.read_certificates(file):
        found.add(octets, place, is_top_up=_TOP_UP.search(file.stem) is not None)
    if not key_files.holds_key(file):
        return
    scalar = key_files.read_key(file)
    if file.name.startswith("contingency"):
        found.contingency[_generation(file)] = scalar
    else:
        found.keys[suite.public_key(scalar)] = scalar


def _public_key(scalar: bytes, place: str, suite: CryptoSuite) -> bytes:
    try:
        return suite.public_key(scalar)
    except GbcsError as error:
        raise UsageError(f"{place}: {error}", "see docs/smki.md") from error


def _generation(file: Path) -> int:
    number = _NUMBER.search(file.name)
    return int(number.group()) if number else 1
