"""Parse and verify messages whose keys are known, and the cryptography of that alone."""

from collections.abc import Sequence
from typing import NamedTuple

from firmware_sim.bench.errors import BenchError
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid


class KeyPair(NamedTuple):
    """Two key agreement keys: a 32-octet private key, and the other side's 65-octet point."""

    private_key: bytes
    public_key: bytes

    def __repr__(self) -> str:
        return f"KeyPair(public_key={self.public_key.hex()})"


class Subject(NamedTuple):
    """One message with the keys that verify all of it; None for what it does not carry."""

    octets: bytes
    signer: bytes | None = None
    pair: KeyPair | None = None


class Verifier:
    """Verifies the same messages again and again; every verdict is looked at."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        """Agree the secrets once, for those runs that may have them."""
        self._subjects = subjects
        self._suite = P256Suite()
        pairs = {each.pair for each in subjects if each.pair is not None}
        self._secrets = {pair: self._suite.agree(*pair) for pair in pairs}
        self._recorded = _RecordingSuite()
        for each in subjects:
            secret = None if each.pair is None else self._secrets[each.pair]
            self._check(self._recorded, parse_message(each.octets), each.signer, secret)

    def cached(self) -> None:
        """Parse and verify; agreed secrets are kept for each pair of keys."""
        for octets, signer, pair in self._subjects:
            message = parse_message(octets)
            self._check(self._suite, message, signer, None if pair is None else self._secrets[pair])

    def agreed(self) -> None:
        """Parse and verify; the secret is agreed for each message."""
        agree = self._suite.agree
        for octets, signer, pair in self._subjects:
            message = parse_message(octets)
            self._check(self._suite, message, signer, None if pair is None else agree(*pair))

    def floor_cached(self) -> None:
        """The signatures and MACs alone, over octets and with keys that were prepared."""
        for verified in self._recorded.verified:
            self._suite.verify(*verified)
        for tagged in self._recorded.tagged:
            self._suite.gmac(*tagged)

    def floor_agreed(self) -> None:
        """As `floor_cached`, and an agreement for each MAC."""
        self.floor_cached()
        for subject in self._subjects:
            if subject.pair is not None:
                self._suite.agree(*subject.pair)

    @staticmethod
    def _check(
        suite: P256Suite, message: Message, signer: bytes | None, secret: bytes | None
    ) -> None:
        if signer is not None and not signature_is_valid(message, signer, suite):
            raise BenchError("a signature does not verify that did before")
        if secret is not None and not mac_is_valid(message, secret, suite):
            raise BenchError("a MAC does not verify that did before")


class _RecordingSuite(P256Suite):
    """Remembers what was asked of it, so that it can be asked again without anything else."""

    def __init__(self) -> None:
        self.verified: list[tuple[bytes, bytes, bytes]] = []
        self.tagged: list[tuple[bytes, bytes, bytes]] = []

    def verify(self, public_key: bytes, data: bytes, signature: bytes) -> bool:
        self.verified.append((public_key, data, signature))
        return super().verify(public_key, data, signature)

    def gmac(self, key: bytes, iv: bytes, data: bytes) -> bytes:
        self.tagged.append((key, iv, data))
        return super().gmac(key, iv, data)
