"""The cryptographic primitives that GBCS names, over octets, on the `cryptography` library.

Keys are octets, as a Device stores them: a private key is its 32-octet big-endian scalar,
a public key its 65-octet uncompressed point. Library key objects are kept in a bounded
cache because deriving one costs about a third of a signature.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware_sim.gbcs.errors import LocalError, RemoteError

SCALAR_OCTETS = 32
POINT_OCTETS = 65
SIGNATURE_OCTETS = 64
MAC_OCTETS = 12

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of the P-256 group (SEC 2, 2.4.2)."""

_CURVE = ec.SECP256R1()
# RFC 6979: a signature depends on key and message only, so a run replays to the octet.
_ECDSA_SIGN = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_ECDSA_VERIFY = ec.ECDSA(hashes.SHA256())
_CACHED_KEYS = 4096

Signer = Callable[[bytes], bytes]
"""Makes the 64-octet signature r || s of some data, with a key that it holds."""


class CryptoSuite(Protocol):
    """What the protocol and a Device need of cryptography; passed in, never imported."""

    def public_key(self, private_key: bytes) -> bytes:
        """The 65-octet point of a 32-octet scalar."""

    def is_public_key(self, point: bytes) -> bool:
        """Whether 65 octets are an uncompressed point on P-256 (never the point at infinity)."""

    def sign(self, private_key: bytes, data: bytes) -> bytes:
        """ECDSA with SHA-256, RFC 6979; 64 octets r || s."""

    def signer(self, private_key: bytes, public_key: bytes) -> Signer:
        """`sign` with one key, for its owner to keep: what a library makes of it is made once.

        `public_key` is its 65-octet point, which spares computing it. The signatures are the same
        whatever it is.
        """

    def verify(self, public_key: bytes, data: bytes, signature: bytes) -> bool:
        """Whether the 64-octet r || s is a signature over `data`; False for an invalid point."""

    def agree(self, private_key: bytes, public_key: bytes) -> bytes:
        """ECDH: the 32-octet x coordinate. RemoteError if the point is not on the curve."""

    def gmac(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        """AES-128-GCM over `data` as additional data, empty plaintext; first 12 tag octets."""

    def tag(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        """As `gmac`, with all 16 tag octets."""

    def encrypt(self, key: bytes, iv: bytes, plain: bytes, data: bytes) -> bytes:
        """AES-128-GCM with `data` as additional data; ciphertext and the first 12 tag octets."""

    def decrypt(self, key: bytes, iv: bytes, sealed: bytes, data: bytes) -> bytes:
        """Inverse of `encrypt`; RemoteError if the tag is wrong."""

    def wrap_pad(self, key: bytes, plain: bytes) -> bytes:
        """AES key wrap with padding (RFC 5649)."""

    def unwrap_pad(self, key: bytes, wrapped: bytes) -> bytes:
        """Inverse of `wrap_pad`; RemoteError if the integrity check fails."""

    def seal(self, key: bytes, nonce: bytes, plain: bytes) -> bytes:
        """AES-GCM, no additional data; ciphertext followed by the 16-octet tag."""

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes) -> bytes:
        """Inverse of `seal`; RemoteError if the tag is wrong."""


class P256Suite:
    """`CryptoSuite` on OpenSSL, through the `cryptography` library."""

    def public_key(self, private_key: bytes) -> bytes:
        point = _private_key(private_key).public_key()
        return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def is_public_key(self, point: bytes) -> bool:
        try:
            _public_key(point)
        except RemoteError:
            return False
        return True

    def sign(self, private_key: bytes, data: bytes) -> bytes:
        return _signature(_private_key(private_key), data)

    def signer(self, private_key: bytes, public_key: bytes) -> Signer:
        return partial(_signature, _key_pair(private_key, public_key))

    def verify(self, public_key: bytes, data: bytes, signature: bytes) -> bool:
        if len(signature) != SIGNATURE_OCTETS:
            return False
        r = int.from_bytes(signature[:SCALAR_OCTETS], "big")
        s = int.from_bytes(signature[SCALAR_OCTETS:], "big")
        try:
            _public_key(public_key).verify(encode_dss_signature(r, s), data, _ECDSA_VERIFY)
        except (InvalidSignature, RemoteError):
            return False
        return True

    def agree(self, private_key: bytes, public_key: bytes) -> bytes:
        return _private_key(private_key).exchange(ec.ECDH(), _public_key(public_key))

    def gmac(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        return AESGCM(key).encrypt(iv, b"", data)[:MAC_OCTETS]

    def tag(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        return AESGCM(key).encrypt(iv, b"", data)

    def encrypt(self, key: bytes, iv: bytes, plain: bytes, data: bytes) -> bytes:
        return AESGCM(key).encrypt(iv, plain, data)[: len(plain) + MAC_OCTETS]

    def decrypt(self, key: bytes, iv: bytes, sealed: bytes, data: bytes) -> bytes:
        content, tag = sealed[:-MAC_OCTETS], sealed[-MAC_OCTETS:]
        try:
            mode = modes.GCM(iv, tag, min_tag_length=MAC_OCTETS)
            opener = Cipher(algorithms.AES128(key), mode).decryptor()
            opener.authenticate_additional_data(data)
            return opener.update(content) + opener.finalize()
        except (InvalidTag, ValueError) as error:
            raise RemoteError("the encrypted item does not open") from error

    def wrap_pad(self, key: bytes, plain: bytes) -> bytes:
        return keywrap.aes_key_wrap_with_padding(key, plain)

    def unwrap_pad(self, key: bytes, wrapped: bytes) -> bytes:
        try:
            return keywrap.aes_key_unwrap_with_padding(key, wrapped)
        except (keywrap.InvalidUnwrap, ValueError) as error:
            raise RemoteError("the wrapped key does not unwrap", clause="RFC 5649 3") from error

    def seal(self, key: bytes, nonce: bytes, plain: bytes) -> bytes:
        return AESGCM(key).encrypt(nonce, plain, None)

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(nonce, sealed, None)
        except (InvalidTag, ValueError) as error:
            raise RemoteError("the sealed key does not open", clause="RFC 5084") from error


def forget_private_keys() -> None:
    """Empty the caches, so that the next use of each key costs what its first did."""
    _private_key.cache_clear()
    _key_pair.cache_clear()


def _signature(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(data, _ECDSA_SIGN))
    return r.to_bytes(SCALAR_OCTETS, "big") + s.to_bytes(SCALAR_OCTETS, "big")


@lru_cache(_CACHED_KEYS)
def _public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    if len(point) != POINT_OCTETS or point[0] != 0x04:
        raise RemoteError(
            "a public key is a 65-octet uncompressed point", clause="RFC 5480 2.2", octets=point
        )
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError as error:
        raise RemoteError(
            "the public key is not a point on P-256", clause="SEC 1 3.2.2.1", octets=point
        ) from error


@lru_cache(_CACHED_KEYS)
def _private_key(scalar: bytes) -> ec.EllipticCurvePrivateKey:
    value = int.from_bytes(scalar, "big")
    # The octets stay out of the error: it may end in a log.
    if len(scalar) != SCALAR_OCTETS or not 0 < value < P256_ORDER:
        raise LocalError("a private key is a 32-octet scalar between 1 and the group order")
    return ec.derive_private_key(value, _CURVE)


@lru_cache(_CACHED_KEYS)
def _key_pair(scalar: bytes, point: bytes) -> ec.EllipticCurvePrivateKey:
    """As `_private_key`, in two thirds of the time where the point is that of the scalar."""
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    numbers = ec.EllipticCurvePublicNumbers(x, y, _CURVE)
    try:
        return ec.EllipticCurvePrivateNumbers(int.from_bytes(scalar, "big"), numbers).private_key()
    except ValueError:
        return _private_key(scalar)
