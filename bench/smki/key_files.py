"""Keys and certificates as files: PEM that other tools read, private keys for the owner only."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_der_x509_certificate

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.pem import PemBlock, as_ascii, blocks
from firmware_sim.gbcs.crypto import SCALAR_OCTETS

README = "README.txt"
CUSTODY_README = """\
Shares of the Recovery and Contingency Private Keys and of the Contingency Symmetric Key of a
simulated SMKI, a folder for each Key Custodian. They are for simulation only. No file here is a
key: custodians.json says how many custodians must come together, and firmware-sim puts their
shares together only for a recorded decision of the SMKI PMA.
"""

MAX_FILE_OCTETS = 2**22
"""Longer files of keys and certificates are not read: 4 MiB hold some five thousand."""

_START_OCTETS = 64
_COMMENT = b"# A simulated key, for simulation only: it protects nothing.\n"
_CERTIFICATE = "CERTIFICATE"


def new_folder(path: Path, readme: str) -> None:
    """Make a folder of mode 0700 with a README.txt.

    Raises:
        UsageError: it exists and is not an empty folder.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"{path} is not empty", "name a new folder")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    (path / README).write_text(readme, encoding="utf-8")


def write_certificate(path: Path, octets: bytes) -> None:
    """A DER certificate as PEM."""
    path.write_bytes(load_der_x509_certificate(octets).public_bytes(Encoding.PEM))


def read_certificates(path: Path) -> list[bytes]:
    """What every CERTIFICATE block of a PEM file holds, not parsed; empty if it has none.

    Raises:
        UsageError: unreadable, or a block in it is damaged or cut short.
    """
    found = [each for each in blocks(as_ascii(read_octets(path))[0]) if not _is_key(each)]
    for each in found:
        if each.problem:
            raise UsageError(f"{path}: {each.problem}", "write it as PEM again")
    return [each.octets for each in found if each.label == _CERTIFICATE]


def _is_key(block: PemBlock) -> bool:
    return block.label.endswith("PRIVATE KEY")


def write_key(path: Path, scalar: bytes) -> None:
    """A 32-octet scalar as PKCS#8 PEM, mode 0600."""
    key = ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_secret(path, _COMMENT + pem)


def read_key(path: Path) -> bytes:
    """The 32-octet scalar in a PEM file.

    Raises:
        UsageError: unreadable, encrypted, or no P-256 key.
    """
    try:
        key = load_pem_private_key(read_octets(path), password=None)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path} holds no unencrypted private key", "write PKCS#8 PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise UsageError(f"{path} holds no P-256 key", "SMKI keys are on P-256")
    return key.private_numbers().private_value.to_bytes(SCALAR_OCTETS, "big")


def holds_key(path: Path) -> bool:
    """Whether a file has a PEM private key in it."""
    return b"PRIVATE KEY-----" in read_octets(path)


def write_hex(path: Path, octets: bytes) -> None:
    """A symmetric key as hex digits, mode 0600."""
    _write_secret(path, _COMMENT + octets.hex().encode("ascii") + b"\n")


def read_hex(path: Path) -> bytes:
    """The octets that `write_hex` wrote.

    Raises:
        UsageError: not hex digits after the comment.
    """
    lines = [line for line in read_octets(path).splitlines() if not line.startswith(b"#")]
    try:
        return bytes.fromhex(b"".join(lines).decode("ascii"))
    except ValueError as error:
        raise UsageError(f"{path} is not hex digits", "write the key as hex") from error


def write_words(path: Path, words: str) -> None:
    """One line of words, mode 0600."""
    _write_secret(path, _COMMENT + words.encode("ascii") + b"\n")


def read_words(path: Path) -> str:
    """The line that `write_words` wrote.

    Raises:
        UsageError: not one line of words after the comment.
    """
    lines = [line for line in read_octets(path).splitlines() if not line.startswith(b"#")]
    words = b" ".join(lines)
    if len(lines) != 1 or not words.replace(b" ", b"").isalpha():
        raise UsageError(f"{path} is not one line of words", "bring the share back")
    return words.decode("ascii")


def read_octets(path: Path, called: str = "") -> bytes:
    """What a regular file holds, at most `MAX_FILE_OCTETS`: /dev/zero would never end.

    Args:
        called: what to call the file in an error; its path if empty.

    Raises:
        UsageError: unreadable, not a regular file, or longer.
    """
    octets = _read(path, MAX_FILE_OCTETS + 1, called or str(path))
    if len(octets) > MAX_FILE_OCTETS:
        raise UsageError(f"{called or path} has over {MAX_FILE_OCTETS} octets", "check the path")
    return octets


def read_start(path: Path) -> bytes:
    """The first octets of a regular file; UsageError as for `read_octets`."""
    return _read(path, _START_OCTETS, str(path))


def _read(path: Path, octets: int, name: str) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"{name} is not a regular file", "check the path")
        with path.open("rb") as file:
            return file.read(octets)
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}", "check the path") from error


def _write_secret(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)
