"""What makes a sender's signatures and MACs, and how they are put onto a command."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import with_mac


class Signer(Protocol):
    """A signing key that its owner holds, or that custody holds behind a decision."""

    def sign(self, octets: bytes) -> bytes:
        """64 octets r || s over `octets`."""


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A digital signing key: a 32-octet scalar."""

    private_key: bytes = field(repr=False)
    suite: CryptoSuite

    def sign(self, octets: bytes) -> bytes:
        return self.suite.sign(self.private_key, octets)


@dataclass(frozen=True, slots=True)
class AgreementKey:
    """A key agreement key: a 32-octet scalar. Devices take MACs by the Broker's alone."""

    private_key: bytes = field(repr=False)
    suite: CryptoSuite

    def add_mac(self, message: Message, agreement_key: bytes) -> Message:
        """The message with a MAC for the device that has that 65-octet public key."""
        return with_mac(message, self.secret_with(agreement_key), self.suite)

    def secret_with(self, agreement_key: bytes) -> bytes:
        """The 32-octet secret shared with the owner of a 65-octet public key.

        Raises:
            PkiError: there are no octets: the certificate with the key is not known.
        """
        if not agreement_key:
            raise PkiError(
                "a MAC needs the keyAgreement certificate of the device, which is not known",
                "pki import takes it",
            )
        return _shared_secret(self.suite.agree, self.private_key, agreement_key)


@lru_cache(maxsize=4096)  # a command and the answer to it: a party need not work it out twice
def _shared_secret(
    agree: Callable[[bytes, bytes], bytes], private_key: bytes, agreement_key: bytes
) -> bytes:
    return agree(private_key, agreement_key)


def protected(
    message: Message,
    *,
    signer: Signer | None = None,
    broker: AgreementKey | None = None,
    agreement_key: bytes = b"",
) -> Message:
    """The message with a new signature, a new MAC, or both; the MAC covers the signature.

    Args:
        signer: None leaves the signature field as it is.
        broker: None adds no MAC.
        agreement_key: 65-octet public key of the device that the MAC is for.
    """
    if signer is not None:
        message = replace(message, signature=signer.sign(message.signed_octets()))
    return message if broker is None else broker.add_mac(message, agreement_key)
