"""The firmware's primitives as a `CryptoSuite`: the same known answers hold it to account."""

import ctypes
from collections.abc import Sequence
from hashlib import sha256

from firmware_sim.gbcs.errors import RemoteError


class _Octets(ctypes.Structure):
    """`struct octets`."""

    _fields_ = [("at", ctypes.c_char_p), ("length", ctypes.c_size_t)]


def _view(octets: bytes) -> _Octets:
    return _Octets(octets, len(octets))


class _Room:
    """Room for what a function writes, and octets behind it that it must leave alone."""

    _BEHIND = b"\xa5" * 32

    def __init__(self, octets: int) -> None:
        self._length = octets
        self._buffer = ctypes.create_string_buffer(bytes(octets) + self._BEHIND, octets + 32)
        self._as_parameter_ = self._buffer

    @property
    def octets(self) -> bytes:
        """What was written."""
        raw = self._buffer.raw
        assert raw[self._length :] == self._BEHIND, "it wrote beyond its room"
        return raw[: self._length]


class CryptoInC:
    """The functions of crypto/crypto.h and machine/drbg.h that a test hands octets to."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._c = library
        for name in ("is_point", "verify", "public_key", "agree", "unwrap_pad", "self_test"):
            getattr(library, f"crypto_{name}").restype = ctypes.c_bool
        library.crypto_equal.restype = ctypes.c_bool
        library.crypto_hmac.argtypes = (_Octets, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
        library.crypto_sha1.argtypes = (_Octets, ctypes.c_void_p)

    def self_test(self) -> bool:
        return bool(self._c.crypto_self_test())

    def public_key(self, private_key: bytes) -> bytes:
        point = _Room(65)
        if not self._c.crypto_public_key(private_key, point):
            raise ValueError("no scalar of P-256")
        return point.octets

    def is_public_key(self, point: bytes) -> bool:
        return len(point) == 65 and bool(self._c.crypto_is_point(point))

    def sign(self, private_key: bytes, data: bytes) -> bytes:
        signature = _Room(64)
        self._c.crypto_sign(private_key, sha256(data).digest(), signature)
        return signature.octets

    def verify(self, public_key: bytes, data: bytes, signature: bytes) -> bool:
        # Who parses a message or a certificate sees to the lengths.
        if len(signature) != 64 or len(public_key) != 65:
            return False
        return bool(self._c.crypto_verify(public_key, sha256(data).digest(), signature))

    def agree(self, private_key: bytes, public_key: bytes) -> bytes:
        secret = _Room(32)
        if len(public_key) != 65 or not self._c.crypto_agree(private_key, public_key, secret):
            raise RemoteError("the public key is not a point on P-256")
        return secret.octets

    def gmac(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        return self.gmac_of(key, iv, [data])

    def gmac_of(self, key: bytes, iv: bytes, parts: Sequence[bytes]) -> bytes:
        mac = _Room(12)
        self._c.crypto_gmac(key, iv, _array(parts), ctypes.c_size_t(len(parts)), mac)
        return mac.octets

    def gcm(self, key: bytes, iv: bytes, text: bytes, data: bytes) -> tuple[bytes, bytes]:
        """Cipher text and tag."""
        sealed, tag = _Room(len(text)), _Room(16)
        ctypes.memmove(sealed._buffer, text, len(text))
        one, length = ctypes.c_size_t(1), ctypes.c_size_t(len(text))
        self._c.crypto_gcm(key, iv, _array([data]), one, sealed, length, tag)
        return sealed.octets, tag.octets

    def unwrap_pad(self, key: bytes, wrapped: bytes) -> bytes:
        plain = _Room(max(len(wrapped) - 8, 0))
        length = ctypes.c_size_t()
        self._c.crypto_unwrap_pad.argtypes = (
            ctypes.c_char_p, _Octets, ctypes.c_void_p, ctypes.c_void_p,
        )  # fmt: skip
        is_sound = self._c.crypto_unwrap_pad(key, _view(wrapped), plain, ctypes.byref(length))
        written = plain.octets
        if not is_sound:
            raise RemoteError("the wrapped key does not unwrap")
        return written[: length.value]

    def sha256_of(self, parts: Sequence[bytes]) -> bytes:
        digest = _Room(32)
        self._c.crypto_sha256_of(_array(parts), ctypes.c_size_t(len(parts)), digest)
        return digest.octets

    def sha1(self, data: bytes) -> bytes:
        digest = _Room(20)
        self._c.crypto_sha1(_view(data), digest)
        return digest.octets

    def hmac(self, key: bytes, parts: Sequence[bytes]) -> bytes:
        code = _Room(32)
        self._c.crypto_hmac(_view(key), _array(parts), len(parts), code)
        return code.octets

    def is_equal(self, one: bytes, other: bytes) -> bool:
        assert len(one) == len(other)
        return bool(self._c.crypto_equal(one, other, ctypes.c_size_t(len(one))))


class _PublicKey(ctypes.Structure):
    """`struct public_key` of hw/native/crypto/public_keys.h."""

    _fields_ = [
        ("octets", ctypes.c_uint8 * 65),
        ("point", ctypes.c_void_p),
        ("key", ctypes.c_void_p),
        ("table", ctypes.c_void_p),
        ("lookups", ctypes.c_uint32),
        ("verified", ctypes.c_uint32),
    ]


class CryptoWithTables(CryptoInC):
    """The engine's, where each key verifies by a table of its multiples.

    A key gets its table once it has verified often, and keeps its place from others: so before
    another key verifies, all keys are forgotten, and that key is taken to its table.
    """

    OFTEN = 512

    def __init__(self, library: ctypes.CDLL) -> None:
        super().__init__(library)
        library.public_key_of.restype = ctypes.POINTER(_PublicKey)
        self.share(facts=False, tables=True)
        self._key = b""

    def share(self, *, facts: bool, tables: bool) -> None:
        """As `engine_share`; every key is forgotten."""
        self._c.engine_share(ctypes.c_bool(facts), ctypes.c_bool(tables))

    def has_table(self, point: bytes) -> bool:
        """Whether a public key has its table."""
        found = self._c.public_key_of(point)
        return bool(found) and found.contents.table is not None

    def verify(self, public_key: bytes, data: bytes, signature: bytes) -> bool:
        if public_key != self._key and len(public_key) == 65:
            self._take_to_table(public_key)
        return super().verify(public_key, data, signature)

    def _take_to_table(self, point: bytes) -> None:
        self.share(facts=False, tables=True)
        found = self._c.public_key_of(point)
        if found:
            found.contents.verified = self.OFTEN
        super().verify(point, b"", bytes(64))
        assert self.has_table(point) or not self.is_public_key(point)
        self._key = point


class DrbgInC:
    """`struct drbg`."""

    def __init__(self, library: ctypes.CDLL, seed: bytes, personalisation: bytes = b"") -> None:
        self._c = library
        self._state = ctypes.create_string_buffer(64)
        library.drbg_start.argtypes = (ctypes.c_void_p, _Octets, _Octets)
        library.drbg_start(self._state, _view(seed), _view(personalisation))

    def generate(self, length: int) -> bytes:
        octets = ctypes.create_string_buffer(length)
        self._c.drbg_generate(self._state, octets, ctypes.c_size_t(length))
        return octets.raw

    def private_key(self) -> bytes:
        scalar = ctypes.create_string_buffer(32)
        self._c.drbg_private_key(self._state, scalar)
        return scalar.raw


def _array(parts: Sequence[bytes]) -> ctypes.Array[_Octets]:
    return (_Octets * len(parts))(*map(_view, parts))
