"""What one file holds: certificates and keys in PEM, DER, PKCS#7, PKCS#8, PKCS#12 and SEC1."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    load_pem_private_key,
    pkcs7,
    pkcs12,
)
from cryptography.x509 import InvalidVersion

from firmware_sim.bench.smki.pem import PemBlock, as_ascii, blocks, is_pem
from firmware_sim.gbcs.crypto import SCALAR_OCTETS

UNREADABLE: Final = (ValueError, TypeError, UnsupportedAlgorithm, InvalidVersion)
"""What the library raises for octets that are not what they should be."""

_CURVE: Final = "secp256r1"
_CERTIFICATES: Final = ("CERTIFICATE", "X509 CERTIFICATE")
_TRUSTED: Final = "TRUSTED CERTIFICATE"
_KEY: Final = "PRIVATE KEY"
_PKCS7: Final = ("PKCS7", "CMS")
# In a file of OpenSSL's they stand before the key, which names its curve again.
_PARAMETERS: Final = "EC PARAMETERS"
_SEQUENCE, _INTEGER, _OCTET_STRING, _OBJECT = 0x30, 0x02, 0x04, 0x06
_LONG_FORM: Final = 0x80
_PFX_VERSION: Final = 3
_ENCRYPTED: Final = "it is encrypted: give its password with --password-file"
_NOT_OPENED: Final = "the password of --password-file does not open it, or it is damaged"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a file.

    Attributes:
        part: which, such as ``block 2``; empty if it is alone.
        certificate: octets that should be a certificate in DER, not parsed.
        scalar: a P-256 private key, 32 octets.
        problem: why it is neither; nothing else is set then.
        form: what it had to be read from, if that is worth saying, such as ``UTF-16``.
        name: what its container calls it; may mark a prepayment top-up key.
    """

    part: str = ""
    certificate: bytes = b""
    scalar: bytes = field(default=b"", repr=False)
    problem: str = ""
    form: str = ""
    name: str = ""


def items_in(content: bytes, password: bytes | None) -> Iterator[Item]:
    """Everything in a file; nothing if it is neither PEM nor a DER value.

    Args:
        content: the whole file.
        password: opens encrypted keys and PKCS#12.
    """
    content, form = as_ascii(content)
    if not is_pem(content):
        yield from _in_der(content, password)
        return
    found = [(each, list(_in_block(each, password))) for each in blocks(content)]
    several = sum(bool(items) for _, items in found) > 1
    for number, (_, items) in enumerate(found, 1):
        for item in items:
            part = f"block {number}" if several else ""
            yield _renamed(item, ", ".join(filter(None, (part, item.part))), item.form or form)


def _renamed(item: Item, part: str, form: str) -> Item:
    return Item(part, item.certificate, item.scalar, item.problem, form, item.name)


def _in_block(block: PemBlock, password: bytes | None) -> Iterator[Item]:
    if block.problem:
        yield Item(problem=block.problem)
    elif not block.octets and not block.label.endswith(_KEY):
        yield Item(problem="it is empty")
    elif block.label in _CERTIFICATES:
        yield Item(certificate=block.octets, name=block.name)
    elif block.label == _TRUSTED:
        # OpenSSL writes its own trust settings behind the certificate.
        yield Item(certificate=_first_value(block.octets), form=_TRUSTED)
    elif block.label.endswith(_KEY):
        yield key_in_pem(block.pem, password)
    elif block.label in _PKCS7:
        yield from _in_pkcs7(block.octets)
    elif block.label != _PARAMETERS:
        yield Item(problem=f"a {block.label} is neither certificate nor private key")


def _in_der(content: bytes, password: bytes | None) -> Iterator[Item]:
    """By the first values in the outermost SEQUENCE, which differ in each of these forms."""
    inside = _content(content)
    if content[:1] != bytes((_SEQUENCE,)) or len(inside) < 3:  # no SEQUENCE, or nothing in it
        return
    if inside[0] == _OBJECT:
        yield from _in_pkcs7(content)
    elif inside[0] == _INTEGER:
        is_pfx = inside[2] == _PFX_VERSION
        yield from _in_pkcs12(content, password) if is_pfx else (_key_in_der(content, password),)
    elif inside[0] == _SEQUENCE:
        second = inside[len(_first_value(inside)) :][:1]
        is_key = second == bytes((_OCTET_STRING,))
        yield _key_in_der(content, password) if is_key else Item(certificate=content)


def key_in_pem(pem: bytes, password: bytes | None) -> Item:
    """The key in one PEM block, encrypted or not; an Item with the problem if there is none."""
    is_encrypted = b"ENCRYPTED" in pem
    if is_encrypted and password is None:
        return Item(problem=_ENCRYPTED)
    try:
        return _key(load_pem_private_key(pem, password if is_encrypted else None))
    except UNREADABLE:
        return Item(problem=_NOT_OPENED if is_encrypted else "damaged private key")


def _key_in_der(octets: bytes, password: bytes | None) -> Item:
    is_encrypted = _content(octets)[:1] == bytes((_SEQUENCE,))
    if is_encrypted and password is None:
        return Item(problem=_ENCRYPTED)
    try:
        return _key(load_der_private_key(octets, password if is_encrypted else None))
    except UNREADABLE:
        return Item(problem=_NOT_OPENED if is_encrypted else "damaged private key")


@contextmanager
def without_warnings() -> Iterator[None]:
    """The library warns of what is refused here anyway, and of BER, which old PKCS#12 is in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def _in_pkcs7(octets: bytes) -> Iterator[Item]:
    try:
        with without_warnings():
            found = pkcs7.load_der_pkcs7_certificates(octets)
    except UNREADABLE as error:
        yield Item(problem=f"PKCS#7 that cannot be read: {_one_line(error)}")
        return
    for number, each in enumerate(found, 1):
        part = f"certificate {number}" if len(found) > 1 else ""
        yield Item(part, certificate=each.public_bytes(Encoding.DER), form="PKCS#7")


def _in_pkcs12(octets: bytes, password: bytes | None) -> Iterator[Item]:
    form = "PKCS#12"
    try:
        store = _opened(octets, password)
    except UNREADABLE:
        yield Item(problem=_ENCRYPTED if password is None else _NOT_OPENED)
        return
    own = [] if store.cert is None else [store.cert]
    held = [*own, *store.additional_certs]
    if store.key is not None:
        key = _key(store.key)
        yield _renamed(key, "private key" if held else "", form)
    for number, each in enumerate(held, 1):
        name = (each.friendly_name or b"").decode("utf-8", "replace")
        part = f"certificate {number}"
        octets = each.certificate.public_bytes(Encoding.DER)
        yield Item(part, certificate=octets, form=form, name=name)


def _opened(octets: bytes, password: bytes | None) -> pkcs12.PKCS12KeyAndCertificates:
    with without_warnings():
        if password is not None:
            return pkcs12.load_pkcs12(octets, password)
        try:
            return pkcs12.load_pkcs12(octets, None)
        except ValueError:  # an empty password is another one than none
            return pkcs12.load_pkcs12(octets, b"")


def _key(key: object) -> Item:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == _CURVE:
        value = key.private_numbers().private_value
        return Item(scalar=value.to_bytes(SCALAR_OCTETS, "big"))
    return Item(problem=f"{kind_of_key(key)}; SMKI keys are on P-256 [GBCS 12]")


def kind_of_key(key: object) -> str:
    """What a key of the library is, private or public, in words."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return f"a key on {key.curve.name}"
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return f"an RSA key of {key.key_size} bits"
    if isinstance(key, dsa.DSAPrivateKey | dsa.DSAPublicKey):
        return "a DSA key"
    edwards = (
        ed25519.Ed25519PrivateKey,
        ed25519.Ed25519PublicKey,
        ed448.Ed448PrivateKey,
        ed448.Ed448PublicKey,
    )
    return "an Edwards curve key" if isinstance(key, edwards) else "a key of another kind"


def _content(octets: bytes) -> bytes:
    """What stands behind the tag and the length of a value, in short or long form."""
    first = octets[1] if len(octets) > 1 else 0
    return octets[2 + (first & ~_LONG_FORM if first >= _LONG_FORM else 0) :]


def _first_value(octets: bytes) -> bytes:
    """The first of several values; all octets if it runs past them."""
    head = len(octets) - len(_content(octets))
    size = octets[2:head]
    length = int.from_bytes(size, "big") if size else octets[1] if len(octets) > 1 else 0
    return octets[: head + length]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
