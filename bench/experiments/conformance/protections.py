"""Whether a reference message's own signature and MAC verify with the published keys."""

from collections.abc import Iterator
from enum import Enum

from firmware_sim.bench.experiments.conformance.published_keys import PublishedKey, PublishedKeys
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole


class Checked(Enum):
    """What a check found; `NO_KEY` is neither good nor bad: nothing was checked."""

    OK = "ok"
    BAD = "bad"
    NO_KEY = "no_key"


def check_signature(message: Message, keys: PublishedKeys, suite: CryptoSuite) -> Checked | None:
    """Check the signature with the originator's keys; None if the message has no signature."""
    if not message.signature:
        return None
    candidates = keys.of(message.originator, KeyUsage.DIGITAL_SIGNATURE)
    if not candidates:
        return Checked.NO_KEY
    verified = any(
        signature_is_valid(message, key.certificate.public_key, suite) for key in candidates
    )
    return Checked.OK if verified else Checked.BAD


def check_mac(message: Message, keys: PublishedKeys, suite: CryptoSuite) -> Checked | None:
    """Check the MAC with every secret that its two parties can have; None if there is no MAC.

    A MAC that fails is only called bad if the originator is known: an unknown one might be a
    Device, whose Commands are not protected with the Access Control Broker's key.
    """
    if message.mac is None:
        return None
    secrets = {secret for _, secret in mac_secrets(message, keys, suite)}
    if any(mac_is_valid(message, secret, suite) for secret in secrets):
        return Checked.OK
    return Checked.BAD if secrets and keys.knows(message.originator) else Checked.NO_KEY


def mac_secrets(
    message: Message, keys: PublishedKeys, suite: CryptoSuite
) -> Iterator[tuple[PublishedKey, bytes]]:
    """The 32-octet secrets that may protect a message, as far as a private half is published.

    With each comes the key of the side that sends: for a party's Command, the Broker's.
    """
    for sender, private_key, public_key in agreements(message, keys):
        yield sender, suite.agree(private_key, public_key)


def agreements(
    message: Message, keys: PublishedKeys
) -> Iterator[tuple[PublishedKey, bytes, bytes]]:
    """The agreements behind `mac_secrets`: the sender's key, a private key, the other's point."""
    for first, second in _key_pairs(message, keys):
        if first.private_key is not None:
            yield first, first.private_key, second.certificate.public_key
        elif second.private_key is not None:
            yield first, second.private_key, first.certificate.public_key


def _key_pairs(
    message: Message, keys: PublishedKeys
) -> Iterator[tuple[PublishedKey, PublishedKey]]:
    agreement = KeyUsage.KEY_AGREEMENT
    near = keys.of(message.originator, agreement)
    if message.cra is CraFlag.COMMAND and not keys.is_device(message.originator):
        near = keys.held_by(RemotePartyRole.ACCESS_CONTROL_BROKER, agreement)
    for first in near:
        for second in keys.of(message.target, agreement):
            yield first, second
