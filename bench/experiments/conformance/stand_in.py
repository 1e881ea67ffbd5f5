"""Devices whose private keys are not published, stood in for without changing any rule.

A static ECDH secret is the same from both sides. So where a Device's private scalar is not
published but its partner's is, the secret is computed from the partner's side. Signatures of
the stand-in are made with a key of its own and are never compared. In the same way a made-up scalar
stands for the private half of a key pair of which a message shows the point only.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from firmware_sim.bench.experiments.conformance.published_keys import PublishedKey, PublishedKeys
from firmware_sim.devices.provision import OwnKey, WaitingKey
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, KeyUsage
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

_PURPOSE = b"reference device without a published private key"


class StandInSuite(P256Suite):
    """The device's suite: agrees secrets for made-up scalars as their real owner would.

    With `generated`, a 65-octet point, every key pair that the device makes has that point.

    Attributes:
        agreed: the secrets that it has agreed for made-up scalars, each by the one that the
            scalar itself would have given.
    """

    def __init__(self, keys: PublishedKeys, generated: bytes | None = None) -> None:
        self._keys = keys
        self._generated = generated
        self._points: dict[bytes, bytes] = {}
        self.agreed: dict[bytes, bytes] = {}

    def stands_in(self, private_key: bytes, public_key: bytes) -> None:
        """Let a made-up scalar stand for the unknown one of a 65-octet point."""
        self._points[private_key] = public_key

    def public_key(self, private_key: bytes) -> bytes:
        return self._generated or super().public_key(private_key)

    def agree(self, private_key: bytes, public_key: bytes) -> bytes:
        point = self._points.get(private_key)
        if point is None:
            return super().agree(private_key, public_key)
        partner = self._keys.scalar(public_key)
        if partner is None:
            raise RemoteError("neither private key of this agreement is published")
        secret = super().agree(partner, point)
        self.agreed[super().agree(private_key, public_key)] = secret
        return secret


def device_keys(
    entity: EntityId,
    keys: PublishedKeys,
    suite: StandInSuite,
    certificates: Mapping[KeyUsage, bytes],
) -> dict[KeyUsage, OwnKey]:
    """The device's own keys: published where they are, else made up and stood in for.

    Args:
        certificates: held in place of the published ones; an empty one for none.
    """
    own = {usage: _own_key(entity, usage, keys, suite) for usage in OWN_KEY_USAGES}
    return {
        usage: replace(key, certificate=certificates.get(usage, key.certificate))
        for usage, key in own.items()
    }


def waiting_keys(entity: EntityId, points: Mapping[KeyUsage, bytes]) -> dict[KeyUsage, WaitingKey]:
    """Key pairs that wait for their certificates; their private halves are made up."""
    return {
        usage: WaitingKey(_made_up(entity, f"waiting {usage.name}"), point)
        for usage, point in points.items()
    }


def device_seed(entity: EntityId) -> bytes:
    """32 octets that depend on nothing but the device."""
    return sha256(_PURPOSE + entity).digest()


def _own_key(entity: EntityId, usage: KeyUsage, keys: PublishedKeys, suite: StandInSuite) -> OwnKey:
    published = keys.of(entity, usage)
    for key in published:
        if key.private_key is not None:
            return _pair(key.private_key, key)
    made_up = _made_up(entity, usage.name)
    if not published:
        return OwnKey(made_up, P256Suite().public_key(made_up), b"")
    suite.stands_in(made_up, published[0].certificate.public_key)
    return _pair(made_up, published[0])


def _made_up(entity: EntityId, purpose: str) -> bytes:
    return generate_private_key(HmacDrbg(device_seed(entity), purpose.encode()))


def _pair(private_key: bytes, key: PublishedKey) -> OwnKey:
    return OwnKey(private_key, key.certificate.public_key, key.certificate.octets)
