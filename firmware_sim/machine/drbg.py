"""Deterministic randomness: one seed, the same octets on every run and on every platform."""

import hmac

from firmware_sim.gbcs.crypto import P256_ORDER, SCALAR_OCTETS
from firmware_sim.machine.ports import Entropy

_DIGEST = "sha256"
_OUTPUT_OCTETS = 32
_MAX_REQUEST_OCTETS = 1 << 16  # SP 800-90A table 2: 2**19 bits a request


class HmacDrbg:
    """HMAC_DRBG with SHA-256 (NIST SP 800-90A revision 1, 10.1.2), without reseeding.

    Args:
        seed: entropy input followed by the nonce, at least 32 octets for full strength.
        personalisation: distinguishes two generators that share a seed.
    """

    __slots__ = ("_due", "_key", "_value")

    def __init__(self, seed: bytes, personalisation: bytes = b"") -> None:
        self._key = bytes(_OUTPUT_OCTETS)
        self._value = b"\x01" * _OUTPUT_OCTETS
        # The standard updates after instantiation and after each request; here the update is done
        # before the next request, with the same outputs: most generators are asked once or never.
        self._due = seed + personalisation

    def generate(self, length: int) -> bytes:
        """The next `length` octets.

        Raises:
            ValueError: more than 65,536 octets, the most that one request may take.
        """
        if not 0 <= length <= _MAX_REQUEST_OCTETS:
            raise ValueError(f"one request gives 0 to {_MAX_REQUEST_OCTETS} octets, not {length}")
        self._update(self._due)
        self._due = b""
        output = b""
        while len(output) < length:
            self._value = hmac.digest(self._key, self._value, _DIGEST)
            output += self._value
        return output[:length]

    def _update(self, data: bytes) -> None:
        for mark in (b"\x00", b"\x01") if data else (b"\x00",):
            self._key = hmac.digest(self._key, self._value + mark + data, _DIGEST)
            self._value = hmac.digest(self._key, self._value, _DIGEST)


def generate_private_key(entropy: Entropy) -> bytes:
    """A P-256 private key: 32 octets, big-endian, in 1 to n - 1.

    Candidates outside the range are thrown away (FIPS 186-5, A.2.2), never reduced.
    """
    while True:
        candidate = entropy.generate(SCALAR_OCTETS)
        if 0 < int.from_bytes(candidate) < P256_ORDER:
            return candidate
