"""Certificates of an adversary's own making, by its own authorities or with a stolen one's key."""

from dataclasses import replace
from datetime import datetime
from functools import cache

from firmware_sim.bench.smki.issuing import (
    IssuingKey,
    device_request,
    issuing_request,
    organisation_request,
    root_request,
)
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.contingency import wrap_contingency_key
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

SUITE = P256Suite()

ADVERSARY = EntityId(bytes.fromhex("024653ee00000001"))
"""The adversary's own Entity Identifier, under which SMKI has enrolled it as a supplier."""

SECOND_NAME = EntityId(bytes.fromhex("024653ee00000002"))
"""Another that the adversary made up: its own authorities certify any name."""

_ROLE = RemotePartyRole
_SERIAL = 666
_VALUES = Parameters()


@cache
def own_key(label: str) -> bytes:
    """A private key that the adversary made for itself, by what it is for."""
    return generate_private_key(HmacDrbg(b"the attacker's own".ljust(32, b"\0"), label.encode()))


def own_leaf_key(usage: KeyUsage) -> bytes:
    """The private key of every Organisation Certificate that is the adversary's."""
    return own_key(usage.label)


@cache
def own_symmetric_key(number: int) -> bytes:
    """What wraps the contingency key of the adversary's root of that number."""
    return own_key(f"symmetric {number}")[: _VALUES.wrap_algorithm.key_octets]


@cache
def leaf(
    issuer: IssuingKey,
    usage: KeyUsage,
    entity: EntityId = ADVERSARY,
    not_after: datetime = _VALUES.party_not_after,
) -> bytes:
    """An Organisation Certificate in DER, for the adversary's key of that usage."""
    return leaf_for(issuer, usage, entity, own_leaf_key(usage), not_after)


def leaf_for(
    issuer: IssuingKey,
    usage: KeyUsage,
    entity: EntityId,
    private_key: bytes,
    not_after: datetime = _VALUES.party_not_after,
) -> bytes:
    """An Organisation Certificate in DER, for any key."""
    request = organisation_request(
        issuer,
        Name.of_party(_ROLE.SUPPLIER, entity),
        usage,
        public_key=SUITE.public_key(private_key),
        serial=_SERIAL,
        parameters=_VALUES,
    )
    return issuer.issue(replace(request, not_after=not_after), SUITE)


@cache
def own_root(number: int) -> Certificate:
    """A root of the adversary's own, with a contingency key of its own."""
    key = own_key(f"root {number}")
    name = Name.of_authority(f"Another Root {number}", _ROLE.ROOT)
    issuer = IssuingKey(name, None, key)
    apex = wrap_contingency_key(
        SUITE.public_key(own_key(f"contingency {number}")),
        own_symmetric_key(number),
        _VALUES.wrap_algorithm,
        SUITE,
    )
    request = root_request(
        issuer,
        name,
        public_key=SUITE.public_key(key),
        serial=_SERIAL,
        parameters=_VALUES,
    )
    return parse_certificate(issuer.issue(replace(request, wrapped_contingency_key=apex), SUITE))


@cache
def own_issuing(issuer: IssuingKey, label: str) -> Certificate:
    """An Issuing OCA Certificate for a key of the adversary's own, signed by whom it may."""
    key = own_key(f"issuing {label}")
    name = Name.of_authority(f"Another Issuing {label}", _ROLE.ISSUING_AUTHORITY)
    request = issuing_request(
        issuer,
        name,
        public_key=SUITE.public_key(key),
        serial=_SERIAL,
        parameters=_VALUES,
    )
    return parse_certificate(issuer.issue(request, SUITE))


@cache
def link(issuer: IssuingKey, number: int) -> bytes:
    """NewWithOld: the key of the adversary's root, certified in an issuer's name."""
    request = root_request(
        issuer,
        own_root(number).subject,
        public_key=SUITE.public_key(own_key(f"root {number}")),
        serial=_SERIAL,
        parameters=_VALUES,
    )
    return issuer.issue(request, SUITE)


@cache
def device_certificate(
    issuer: IssuingKey, entity: EntityId, usage: KeyUsage, point: bytes
) -> bytes:
    """A Device Certificate for a 65-octet public key."""
    request = device_request(
        issuer, entity, usage, public_key=point, serial=_SERIAL, parameters=_VALUES
    )
    return issuer.issue(request, SUITE)
