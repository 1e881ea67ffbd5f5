"""Signatures over a run's manifest: ECDSA with P-256 and SHA-256, as OpenSSL checks them.

Each signer leaves four files in ``signatures/``, named by role and key:

- ``NAME.pem``: the public key;
- ``NAME.sig``: the signature over ``manifest.json``, in DER;
- ``NAME.json``: as what the signer signed, when, which key, and which manifest;
- ``NAME.json.sig``: the signature over that statement, so that a witness does not become an officer
  by a new name of a file.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import StringConstraints, TypeAdapter, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.columns import Time
from firmware_sim.bench.evidence.manifest import SIGNATURES_FOLDER
from firmware_sim.bench.files.whole_files import new_file, own_folder, read_bounded

FORMAT: Final = "firmware-sim/signature/1"
SUFFIXES: Final = (".pem", ".sig", ".json", ".json.sig")

_MOST_OCTETS: Final = 1 << 16
_ALGORITHM: Final = ec.ECDSA(SHA256())
_NAMED_DIGITS: Final = 16

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey


class SignerRole(StrEnum):
    """As what a manifest is signed."""

    OFFICER = "officer"
    WITNESS = "witness"
    RUN_KEY = "run key"
    """A key that the system drew for this one signature and forgot: it says nothing of who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a signer says; digests are SHA-256 in hexadecimal digits, that of the key over its DER.

    Attributes:
        at: ISO 8601, by the clock of the machine on which it was signed.
    """

    format: Literal["firmware-sim/signature/1"]
    role: SignerRole
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    manifest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    at: Time

    def octets(self) -> bytes:
        """The file."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        return f"{text}\n".encode()

    @property
    def name(self) -> str:
        """What its files are called, without a suffix."""
        return f"{self.role.replace(' ', '-')}-{self.key[:_NAMED_DIGITS]}"


class BadSignatureError(Exception):
    """A signature, or what belongs to it, is not as it must be; `file` is inside the folder."""

    def __init__(self, file: str, problem: str) -> None:
        self.file = file
        self.problem = problem
        super().__init__(f"{file}: {problem}")


_STATEMENT: Final = TypeAdapter(Statement)


def key_digest(key: PublicKey) -> str:
    """SHA-256 over a public key in DER, in hexadecimal digits."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(der).hexdigest()


def new_run_key() -> PrivateKey:
    """A key from the system's randomness, never from a run's seed; it is stored nowhere."""
    return ec.generate_private_key(ec.SECP256R1())


def read_private_key(path: Path) -> PrivateKey:
    """An officer's or a witness's key from a PEM file.

    Raises:
        UsageError: it cannot be read, is encrypted, or is no P-256 key.
    """
    octets = read_bounded(path, _MOST_OCTETS, "P-256 private key in PEM")
    mend = "give a P-256 private key in PEM, without a password"
    try:
        key = load_pem_private_key(octets, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path} holds no private key that can be read", mend) from error
    if not isinstance(key, PrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UsageError(f"{path} holds no P-256 key", mend)
    return key


def read_public_key(path: Path) -> PublicKey:
    """A signer's public key from a PEM file.

    Raises:
        UsageError: it cannot be read, or is no P-256 key.
    """
    octets = read_bounded(path, _MOST_OCTETS, "P-256 public key in PEM")
    key = _public_key(octets)
    if key is None:
        raise UsageError(f"{path} holds no P-256 public key", "give one in PEM")
    return key


def sign(folder: Path, manifest: bytes, key: PrivateKey, role: SignerRole) -> Statement:
    """Leave a signer's four files in the folder of a run; the same signer's older ones go.

    Raises:
        BenchError: a file cannot be written.
    """
    public = key.public_key()
    statement = Statement(
        format=FORMAT,
        role=role,
        key=key_digest(public),
        manifest=sha256(manifest).hexdigest(),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    said = statement.octets()
    contents = (_pem(public), key.sign(manifest, _ALGORITHM), said, key.sign(said, _ALGORITHM))
    place = own_folder(folder / SIGNATURES_FOLDER)
    for suffix, content in zip(SUFFIXES, contents, strict=True):
        with new_file(place / f"{statement.name}{suffix}") as file:
            file.write(content)
    return statement


def remove_run_key(folder: Path) -> None:
    """Take the run key's signature away: a named signer's stands in its place."""
    prefix = SignerRole.RUN_KEY.replace(" ", "-")
    for path in (folder / SIGNATURES_FOLDER).glob(f"{prefix}-*"):
        path.unlink(missing_ok=True)


def check_signatures(folder: Path, manifest: bytes) -> list[tuple[Statement, PublicKey]]:
    """Everyone who signed this manifest.

    Raises:
        BadSignatureError: a signature is wrong, incomplete or of another manifest, or a file in
            ``signatures/`` belongs to none.
        UsageError: a file there cannot be read.
    """
    place = folder / SIGNATURES_FOLDER
    names = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    signers = sorted(name.removesuffix(".pem") for name in names if name.endswith(".pem"))
    wanted = {f"{signer}{suffix}" for signer in signers for suffix in SUFFIXES}
    for name in sorted(wanted.symmetric_difference(names)):
        problem = "is missing" if name in wanted else "belongs to no signature"
        raise BadSignatureError(f"{SIGNATURES_FOLDER}/{name}", problem)
    return [_checked(place, signer, manifest) for signer in signers]


def _checked(place: Path, name: str, manifest: bytes) -> tuple[Statement, PublicKey]:
    contents = {}
    for suffix in SUFFIXES:
        path = place / f"{name}{suffix}"
        if path.is_symlink() or not path.is_file():
            raise BadSignatureError(f"{SIGNATURES_FOLDER}/{path.name}", "is no regular file")
        contents[suffix] = read_bounded(path, _MOST_OCTETS, "signature")
    key = _public_key(contents[".pem"])
    if key is None or _pem(key) != contents[".pem"]:
        raise _bad(name, ".pem", "is no P-256 public key, written as it must be")
    _require(key, contents[".json"], contents[".json.sig"], name, ".json.sig")
    statement = _statement(contents[".json"], name)
    if statement.key != key_digest(key) or statement.name != name:
        raise _bad(name, ".json", "is another signer's statement")
    if statement.manifest != sha256(manifest).hexdigest():
        raise BadSignatureError("manifest.json", f"is not the one that {name} signed")
    _require(key, manifest, contents[".sig"], name, ".sig")
    return statement, key


def _require(key: PublicKey, octets: bytes, signature: bytes, name: str, suffix: str) -> None:
    try:
        key.verify(signature, octets, _ALGORITHM)
        canonical = encode_dss_signature(*decode_dss_signature(signature))
    except (InvalidSignature, ValueError) as error:
        raise _bad(name, suffix, "does not verify") from error
    if canonical != signature:
        raise _bad(name, suffix, "is not in DER")


def _statement(octets: bytes, name: str) -> Statement:
    try:
        statement = _STATEMENT.validate_json(octets)
    except ValidationError as error:
        raise _bad(name, ".json", "is no statement of a signer") from error
    if statement.octets() != octets:
        raise _bad(name, ".json", "is not written as a statement is")
    return statement


def _pem(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _public_key(pem: bytes) -> PublicKey | None:
    """The key in PEM octets; None if there is no P-256 key."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    is_p256 = isinstance(key, PublicKey) and isinstance(key.curve, ec.SECP256R1)
    return key if is_p256 and isinstance(key, PublicKey) else None


def _bad(name: str, suffix: str, problem: str) -> BadSignatureError:
    return BadSignatureError(f"{SIGNATURES_FOLDER}/{name}{suffix}", problem)
