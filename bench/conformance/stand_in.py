"""Devices whose private keys are not published, stood in for without changing any rule.

A static ECDH secret is the same from both sides. So where a Device's private scalar is not
published but its partner's is, the secret is computed from the partner's side. Signatures of
the stand-in are made with a key of its own and are never compared.
"""

from hashlib import sha256

from bench.conformance.published_keys import PublishedKey, PublishedKeys
from devices.provision import OwnKey
from firmware_sim.drbg import HmacDrbg, generate_private_key
from gbcs.crypto import P256Suite
from gbcs.errors import RemoteError
from gbcs.identifiers import EntityId
from gbcs.roles import KeyUsage

_PURPOSE = b"reference device without a published private key"


class StandInSuite(P256Suite):
    """The device's suite: agrees secrets for made-up scalars as their real owner would."""

    def __init__(self, keys: PublishedKeys) -> None:
        self._keys = keys
        self._points: dict[bytes, bytes] = {}

    def stands_in(self, private_key: bytes, public_key: bytes) -> None:
        """Let a made-up scalar stand for the unknown one of a 65-octet point."""
        self._points[private_key] = public_key

    def agree(self, private_key: bytes, public_key: bytes) -> bytes:
        point = self._points.get(private_key)
        if point is None:
            return super().agree(private_key, public_key)
        partner = self._keys.scalar(public_key)
        if partner is None:
            raise RemoteError("neither private key of this agreement is published")
        return super().agree(partner, point)


def device_keys(
    entity: EntityId, keys: PublishedKeys, suite: StandInSuite
) -> dict[KeyUsage, OwnKey]:
    """The device's own keys: published where they are, else made up and stood in for."""
    return {
        usage: _own_key(entity, usage, keys, suite)
        for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
    }


def device_seed(entity: EntityId) -> bytes:
    """32 octets that depend on nothing but the device."""
    return sha256(_PURPOSE + entity).digest()


def _own_key(entity: EntityId, usage: KeyUsage, keys: PublishedKeys, suite: StandInSuite) -> OwnKey:
    published = keys.of(entity, usage)
    for key in published:
        if key.private_key is not None:
            return _pair(key.private_key, key)
    made_up = generate_private_key(HmacDrbg(device_seed(entity), usage.name.encode()))
    if not published:
        return OwnKey(made_up, suite.public_key(made_up), _NO_CERTIFICATE)
    suite.stands_in(made_up, published[0].certificate.public_key)
    return _pair(made_up, published[0])


# An image holds some certificate for each key; here it is an empty SEQUENCE.
_NO_CERTIFICATE = b"\x30\x00"


def _pair(private_key: bytes, key: PublishedKey) -> OwnKey:
    return OwnKey(private_key, key.certificate.public_key, key.certificate.octets)
