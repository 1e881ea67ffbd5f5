"""Signature and MAC of a message: which octets they cover, and how the MAC's key is derived.

Signature: ECDSA P-256 with SHA-256 over `Message.signed_octets`. MAC: GMAC under a key that
depends on the message, derived from the static ECDH secret of two key agreement keys
(NIST SP 800-56A single-step KDF with SHA-256). The secret of a Command is always the Access
Control Broker's with the Device's, for every originator; that of a Response or Alert is the
Device's with its addressee's.
"""

from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest

from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message

_KDF_COUNTER = bytes.fromhex("00000001")
# The algorithm identifier that the reference messages' MACs prove; its length octet is
# part of OtherInfo too, as is that of the transaction identifier.
_ALGORITHM_ID = bytes.fromhex("60857406080300")
_TRANSACTION_LENGTH = b"\x09"
_KEY_OCTETS = 16
_IV_TAIL = bytes(4)
# Security control octet, then the zero lengths of the five empty general-ciphering fields.
MAC_PREFIX = bytes.fromhex("110000000000")


def derived_key(secret: bytes, other_info: bytes) -> bytes:
    """The single-step KDF with SHA-256 (NIST SP 800-56A 5.8.1), for the 16 octets of an AES key."""
    return sha256(_KDF_COUNTER + secret + other_info).digest()[:_KEY_OCTETS]


def message_key(
    secret: bytes, *, originator: EntityId, cra: int, counter: int, target: EntityId
) -> bytes:
    """The 16-octet AES key of one message, from the 32-octet ECDH secret of its two parties.

    Args:
        cra: a CraFlag, or the octet that stands in its place for another purpose.
    """
    transaction = bytes((cra,)) + counter.to_bytes(8, "big")
    other_info = _ALGORITHM_ID + originator + _TRANSACTION_LENGTH + transaction + target
    return derived_key(secret, other_info)


def message_mac(message: Message, secret: bytes, suite: CryptoSuite) -> bytes:
    """The 12-octet MAC of a message whose signature field is final."""
    key = message_key(
        secret,
        originator=message.originator,
        cra=message.cra,
        counter=message.counter,
        target=message.target,
    )
    return suite.gmac(key, message.originator + _IV_TAIL, MAC_PREFIX + message.grouped_octets())


def with_signature(message: Message, private_key: bytes, suite: CryptoSuite) -> Message:
    """The message, signed with a 32-octet private key."""
    return replace(message, signature=suite.sign(private_key, message.signed_octets()))


def with_mac(message: Message, secret: bytes, suite: CryptoSuite) -> Message:
    """The message with its MAC; to be called after `with_signature`, whose result it covers."""
    return replace(message, mac=message_mac(message, secret, suite))


def signature_is_valid(message: Message, public_key: bytes, suite: CryptoSuite) -> bool:
    """Whether the message carries a signature and it verifies with a 65-octet public key."""
    return bool(message.signature) and suite.verify(
        public_key, message.signed_octets(), message.signature or b""
    )


def mac_is_valid(message: Message, secret: bytes, suite: CryptoSuite) -> bool:
    """Whether the message carries a MAC and it is the one that the 32-octet secret gives."""
    return message.mac is not None and compare_digest(
        message.mac, message_mac(message, secret, suite)
    )
