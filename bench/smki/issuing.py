"""What certificates shall say, by kind, and their issue: true ones and forged ones alike."""

from dataclasses import dataclass, field, replace

from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import UNDEFINED_EXPIRY
from firmware_sim.gbcs.certificates import CRL_SIGN_BIT, Certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage

_NO_NAME = Name.build(())

_ROOT_USAGES = frozenset({KeyUsage.KEY_CERT_SIGN.value})
_ISSUING_USAGES = frozenset({KeyUsage.KEY_CERT_SIGN.value, CRL_SIGN_BIT})


@dataclass(frozen=True, slots=True)
class IssuingKey:
    """The issuer that a certificate names, and the key that signs it.

    In a forged certificate the key is not the named issuer's.

    Attributes:
        key_identifier: of the named issuer; None leaves the extension out, as in a root.
        private_key: 32-octet scalar.
    """

    name: Name
    key_identifier: bytes | None
    private_key: bytes = field(repr=False)

    @classmethod
    def of(cls, certificate: Certificate, private_key: bytes) -> "IssuingKey":
        """Name and key identifier of a certificate's subject."""
        return cls(certificate.subject, certificate.key_identifier, private_key)

    def issue(self, request: CertificateRequest, suite: CryptoSuite) -> bytes:
        """The certificate in DER."""
        return build_certificate(request, self.private_key, suite)


def device_request(
    issuer: IssuingKey,
    entity: EntityId,
    usage: KeyUsage,
    *,
    public_key: bytes,
    serial: int,
    parameters: Parameters,
) -> CertificateRequest:
    """A Device Certificate for one of a device's own keys, a 65-octet point."""
    return CertificateRequest(
        serial=serial,
        issuer=issuer.name,
        subject=_NO_NAME,
        not_before=parameters.not_before,
        not_after=UNDEFINED_EXPIRY,
        public_key=public_key,
        key_usages=frozenset({usage.value}),
        policies=(parameters.device_policy,),
        authority_key_identifier=issuer.key_identifier,
        device_entity_id=entity,
        hardware_type=parameters.hardware_type,
    )


def organisation_request(
    issuer: IssuingKey,
    subject: Name,
    usage: KeyUsage,
    *,
    public_key: bytes,
    serial: int,
    parameters: Parameters,
) -> CertificateRequest:
    """An Organisation Certificate for a party's key, a 65-octet point."""
    return replace(
        _request(issuer, subject, public_key, serial, parameters),
        not_after=parameters.party_not_after,
        key_usages=frozenset({usage.value}),
    )


def root_request(
    issuer: IssuingKey,
    subject: Name,
    *,
    public_key: bytes,
    serial: int,
    parameters: Parameters,
) -> CertificateRequest:
    """A root's certificate: self-signed, or by the root before it (NewWithOld, RFC 4210 4.4)."""
    return replace(
        _request(issuer, subject, public_key, serial, parameters),
        key_usages=_ROOT_USAGES,
        is_authority=True,
    )


def issuing_request(
    issuer: IssuingKey,
    subject: Name,
    *,
    public_key: bytes,
    serial: int,
    parameters: Parameters,
) -> CertificateRequest:
    """The certificate of an issuing authority, which certifies no further authority."""
    return replace(
        _request(issuer, subject, public_key, serial, parameters),
        key_usages=_ISSUING_USAGES,
        is_authority=True,
        path_length=0,
    )


def _request(
    issuer: IssuingKey, subject: Name, public_key: bytes, serial: int, parameters: Parameters
) -> CertificateRequest:
    """As an authority below the Root OCA has it, without key usages."""
    return CertificateRequest(
        serial=serial,
        issuer=issuer.name,
        subject=subject,
        not_before=parameters.not_before,
        not_after=parameters.authority_not_after,
        public_key=public_key,
        key_usages=frozenset(),
        policies=(parameters.organisation_policy,),
        authority_key_identifier=issuer.key_identifier,
    )
