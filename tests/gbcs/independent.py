"""P-256, the message key and GMAC a second time, from the standards and from tinyec.

Nothing here uses the modules under test, nor OpenSSL for anything but single AES blocks.
"""

from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from tinyec import ec, registry

CURVE = registry.get_curve("secp256r1")
ORDER = CURVE.field.n
PRIME = CURVE.field.p


def octets(value: int, count: int = 32) -> bytes:
    return value.to_bytes(count, "big")


def point_octets(point: ec.Point) -> bytes:
    return b"\x04" + octets(point.x) + octets(point.y)


def point(encoded: bytes) -> ec.Point:
    x, y = int.from_bytes(encoded[1:33], "big"), int.from_bytes(encoded[33:], "big")
    made = ec.Point(CURVE, x, y)
    assert made.on_curve
    return made


def public_key(private_key: bytes) -> bytes:
    return point_octets(int.from_bytes(private_key, "big") * CURVE.g)


def agree(private_key: bytes, peer: bytes) -> bytes:
    return octets((int.from_bytes(private_key, "big") * point(peer)).x)


def sign(private_key: bytes, data: bytes, nonce: int) -> bytes:
    """ECDSA (FIPS 186-5 6.4.1) with a nonce of the caller's choice."""
    digest = int.from_bytes(sha256(data).digest(), "big")
    r = (nonce * CURVE.g).x % ORDER
    s = pow(nonce, -1, ORDER) * (digest + r * int.from_bytes(private_key, "big")) % ORDER
    return octets(r) + octets(s)


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """ECDSA (FIPS 186-5 6.4.2)."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < ORDER and 0 < s < ORDER):
        return False
    digest = int.from_bytes(sha256(data).digest(), "big")
    inverse = pow(s, -1, ORDER)
    total = (digest * inverse % ORDER) * CURVE.g + (r * inverse % ORDER) * point(public)
    return bool(total.x % ORDER == r)


def gmac(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-128-GCM tag (SP 800-38D) over additional data alone, 16 octets."""
    subkey = int.from_bytes(_aes_block(key, bytes(16)), "big")
    padded = data + bytes(-len(data) % 16) + octets(len(data) * 8, 8) + bytes(8)
    state = 0
    for start in range(0, len(padded), 16):
        state = _multiply(state ^ int.from_bytes(padded[start : start + 16], "big"), subkey)
    return octets(state ^ int.from_bytes(_aes_block(key, iv + b"\0\0\0\1"), "big"), 16)


def _multiply(left: int, right: int) -> int:
    """Product in GF(2**128), bits in GCM's order (SP 800-38D 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (0xE1 << 120 if right & 1 else 0)
    return product


def _aes_block(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()
