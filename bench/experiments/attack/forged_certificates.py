"""Certificates of an attacker's own making, by its own authorities or with a stolen one's key."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from firmware_sim.bench.experiments.attack.setup import SUITE
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import UNDEFINED_EXPIRY
from firmware_sim.gbcs.certificates import CRL_SIGN_BIT, Certificate, parse_certificate
from firmware_sim.gbcs.contingency import wrap_contingency_key
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

ATTACKER = EntityId(bytes.fromhex("024653ee00000001"))
"""The attacker's own Entity Identifier, under which SMKI has enrolled it as some supplier."""

SECOND_NAME = EntityId(bytes.fromhex("024653ee00000002"))
"""Another that the attacker made up: its own authorities certify whatever it likes."""

_ROLE = RemotePartyRole
_CA_USAGES = frozenset({KeyUsage.KEY_CERT_SIGN.value, CRL_SIGN_BIT})
_ROOT_USAGES = frozenset({KeyUsage.KEY_CERT_SIGN.value})
_VALUES = Parameters()


@dataclass(frozen=True)
class Issuer:
    """Whose name and identifier a certificate shall bear, and the key that signs it."""

    name: Name
    key_identifier: bytes
    private_key: bytes = field(repr=False)

    @classmethod
    def of(cls, certificate: Certificate, private_key: bytes) -> "Issuer":
        """The subject of a certificate, signing with that key, be it the subject's or not."""
        return cls(certificate.subject, certificate.key_identifier, private_key)


@cache
def own_key(label: str) -> bytes:
    """A private key that the attacker made for itself, by what it is for."""
    return generate_private_key(HmacDrbg(b"the attacker's own".ljust(32, b"\0"), label.encode()))


def own_leaf_key(usage: KeyUsage) -> bytes:
    """The private key of every Organisation Certificate that is the attacker's."""
    return own_key(usage.label)


@cache
def own_symmetric_key(number: int) -> bytes:
    """What wraps the contingency key of the attacker's root of that number."""
    return own_key(f"symmetric {number}")[: _VALUES.wrap_algorithm.key_octets]


@cache
def leaf(
    issuer: Issuer,
    usage: KeyUsage,
    entity: EntityId = ATTACKER,
    not_after: datetime = _VALUES.party_not_after,
) -> bytes:
    """An Organisation Certificate in DER, for the attacker's key of that usage."""
    return leaf_for(issuer, usage, entity, own_leaf_key(usage), not_after)


def leaf_for(
    issuer: Issuer,
    usage: KeyUsage,
    entity: EntityId,
    private_key: bytes,
    not_after: datetime = _VALUES.party_not_after,
) -> bytes:
    """An Organisation Certificate in DER, for any key."""
    request = _request(issuer, Name.of_party(_ROLE.SUPPLIER, entity), private_key)
    usages = frozenset({usage.value})
    return _built(replace(request, key_usages=usages, not_after=not_after), issuer)


@cache
def own_root(number: int) -> Certificate:
    """A root of the attacker's own, with a contingency key of its own."""
    key = own_key(f"root {number}")
    name = Name.of_authority(f"Another Root {number}", _ROLE.ROOT)
    issuer = Issuer(name, b"", key)
    apex = wrap_contingency_key(
        SUITE.public_key(own_key(f"contingency {number}")),
        own_symmetric_key(number),
        _VALUES.wrap_algorithm,
        SUITE,
    )
    request = replace(
        _request(issuer, name, key),
        authority_key_identifier=None,
        key_usages=_ROOT_USAGES,
        is_authority=True,
        wrapped_contingency_key=apex,
    )
    return parse_certificate(_built(request, issuer))


@cache
def own_issuing(issuer: Issuer, label: str) -> Certificate:
    """An Issuing OCA Certificate for a key of the attacker's own, signed by whom it may."""
    key = own_key(f"issuing {label}")
    name = Name.of_authority(f"Another Issuing {label}", _ROLE.ISSUING_AUTHORITY)
    request = replace(
        _request(issuer, name, key), key_usages=_CA_USAGES, is_authority=True, path_length=0
    )
    return parse_certificate(_built(request, issuer))


@cache
def link(issuer: Issuer, number: int) -> bytes:
    """NewWithOld: the key of the attacker's root, certified in an issuer's name."""
    root = own_root(number)
    request = replace(
        _request(issuer, root.subject, own_key(f"root {number}")),
        key_usages=_ROOT_USAGES,
        is_authority=True,
    )
    return _built(request, issuer)


@cache
def device_certificate(issuer: Issuer, entity: EntityId, usage: KeyUsage, point: bytes) -> bytes:
    """A Device Certificate for a 65-octet public key."""
    return _built(
        replace(
            _request(issuer, Name.build(()), own_key("none")),
            public_key=point,
            policies=(_VALUES.device_policy,),
            not_after=UNDEFINED_EXPIRY,
            key_usages=frozenset({usage.value}),
            device_entity_id=entity,
            hardware_type=_VALUES.hardware_type,
        ),
        issuer,
    )


def _request(issuer: Issuer, subject: Name, private_key: bytes) -> CertificateRequest:
    return CertificateRequest(
        serial=666,
        issuer=issuer.name,
        subject=subject,
        not_before=_VALUES.not_before,
        not_after=_VALUES.authority_not_after,
        public_key=SUITE.public_key(private_key),
        key_usages=frozenset(),
        policies=(_VALUES.organisation_policy,),
        authority_key_identifier=issuer.key_identifier,
    )


def _built(request: CertificateRequest, issuer: Issuer) -> bytes:
    return build_certificate(request, issuer.private_key, SUITE)
