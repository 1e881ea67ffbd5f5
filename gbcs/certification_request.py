"""PKCS #10 requests as a Device makes them for its own key pairs (RFC 2986, GBCS 12).

Version 0, empty subject, a P-256 key, and one attribute: the two extensions that tell the
issuer what the key is for and whose it is. Signed with the key itself.
"""

from dataclasses import dataclass
from typing import Annotated

from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_build import device_name, signature_value
from firmware_sim.gbcs.certificate_extensions import KEY_USAGE, SUBJECT_ALT_NAME
from firmware_sim.gbcs.certificate_fields import (
    HARDWARE_MODULE_NAME,
    SIGNATURE_ALGORITHM,
    EcdsaSignature,
    ExtensionFields,
    GeneralNames,
    HardwareModuleName,
    public_key_info,
)
from firmware_sim.gbcs.certificates import point_of_key_info
from firmware_sim.gbcs.crypto import SCALAR_OCTETS, CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import ENTITY_ID_OCTETS, EntityId
from firmware_sim.gbcs.roles import KeyUsage

MAX_REQUEST_OCTETS = 512
"""Longer requests are refused unread; a conforming one has about 280 octets."""

HARDWARE_TYPE = "1.2.826.0.1.8641679.1.2.2.1"
"""hwType of every Device Certificate of the reference set; production values are not public."""

_EXTENSION_REQUEST = der.ObjectIdentifier("1.2.840.113549.1.9.14")
_VERSION = 0
_EMPTY_NAME = b"\x30\x00"


@dataclass(frozen=True, slots=True)
class CertificationRequest:
    """One request, parsed.

    Attributes:
        octets: the exact DER.
        info: the exact octets that the key signed.
        signature: r || s, 64 octets.
        public_key: 65-octet point, not checked to lie on the curve.
        key_usage: what the certificate is wanted for.
        entity_id: the Device, from the hardwareModuleName.
        hardware_type: its hwType, a dotted object identifier.
    """

    octets: bytes
    info: bytes
    signature: bytes
    public_key: bytes
    key_usage: KeyUsage
    entity_id: EntityId
    hardware_type: str

    def is_self_signed(self, suite: CryptoSuite) -> bool:
        """Whether the requester has the private key."""
        return suite.verify(self.public_key, self.info, self.signature)


@der.sequence
class _Attribute:
    type: der.ObjectIdentifier
    values: der.SetOf[list[ExtensionFields]]


@der.sequence
class _Info:
    version: int
    subject: der.Tlv
    key: der.Tlv
    attributes: Annotated[der.SetOf[_Attribute], der.Implicit(0)]


@der.sequence
class _Request:
    info: der.Tlv
    algorithm: der.Tlv
    signature: der.BitString


def build_certification_request(
    private_key: bytes,
    key_usage: KeyUsage,
    entity_id: EntityId,
    suite: CryptoSuite,
    *,
    hardware_type: str = HARDWARE_TYPE,
) -> bytes:
    """A request for a certificate for the key of a 32-octet scalar, signed by RFC 6979.

    Returns:
        DER; with the default hwType 280 octets, less the leading zeros of its signature.
    """
    point = suite.public_key(private_key)
    info = request_info(point, key_usage, entity_id, hardware_type=hardware_type)
    return assemble_request(info, suite.sign(private_key, info))


def request_info(
    public_key: bytes,
    key_usage: KeyUsage,
    entity_id: EntityId,
    *,
    hardware_type: str = HARDWARE_TYPE,
) -> bytes:
    """CertificationRequestInfo in DER: what a request's signature covers."""
    usage = der.encode(der.key_usage_bits(key_usage))
    wanted = [
        _extension(KEY_USAGE, usage),
        _extension(SUBJECT_ALT_NAME, device_name(entity_id, hardware_type)),
    ]
    return der.encode(
        _Info(
            version=_VERSION,
            subject=_element(_EMPTY_NAME),
            key=_element(public_key_info(public_key)),
            attributes=der.SetOf([_Attribute(type=_EXTENSION_REQUEST, values=der.SetOf([wanted]))]),
        )
    )


def assemble_request(info: bytes, signature: bytes) -> bytes:
    """A request in DER from what its signature (64 octets, r || s) covers."""
    return der.encode(
        _Request(
            info=_element(info),
            algorithm=_element(SIGNATURE_ALGORITHM),
            signature=der.BitString(signature_value(signature), 0),
        )
    )


def parse_certification_request(octets: bytes) -> CertificationRequest:
    """Read one request; whether it is signed by its own key is `is_self_signed`.

    Raises:
        RemoteError: not such a request in DER, or longer than 512 octets.
    """
    if len(octets) > MAX_REQUEST_OCTETS:
        raise RemoteError(f"a certification request has at most {MAX_REQUEST_OCTETS} octets")
    request = der.decode(_Request, octets, what="certification request")
    if der.octets_of(request.algorithm) != SIGNATURE_ALGORITHM:
        raise RemoteError("a request is not signed by ECDSA with SHA-256", clause="RFC 5759 3")
    signed = der.octets_of(request.info)
    info = der.decode(_Info, signed, what="certificationRequestInfo")
    if info.version != _VERSION or der.octets_of(info.subject) != _EMPTY_NAME:
        raise RemoteError("a Device's request has version 0 and no subject", clause="GBCS 12")
    usage, name = _wanted(info)
    module = _module(name)
    return CertificationRequest(
        octets=octets,
        info=signed,
        signature=_raw(request.signature),
        public_key=point_of_key_info(der.octets_of(info.key)),
        key_usage=_key_usage(usage),
        entity_id=EntityId(module.serial),
        hardware_type=module.hardware_type.dotted_string,
    )


def _wanted(info: _Info) -> tuple[bytes, bytes]:
    """The values of the two critical extensions that are asked for: keyUsage, subjectAltName."""
    attributes = info.attributes.as_list()
    if len(attributes) != 1 or attributes[0].type != _EXTENSION_REQUEST:
        raise RemoteError("a request has one attribute, extensionRequest", clause="RFC 2986 4.1")
    values = attributes[0].values.as_list()
    wanted = values[0] if len(values) == 1 else []
    named = {each.oid.dotted_string: each.value for each in wanted if each.critical}
    if len(wanted) != len(named) or named.keys() != {KEY_USAGE, SUBJECT_ALT_NAME}:
        raise RemoteError(
            "keyUsage and subjectAltName are asked for, both critical", clause="GBCS 12"
        )
    return named[KEY_USAGE], named[SUBJECT_ALT_NAME]


def _key_usage(value: bytes) -> KeyUsage:
    bits = der.decode(der.BitString, value, what="keyUsage")
    return der.read_key_usage(bits, what="the requested key usage")


def _module(value: bytes) -> HardwareModuleName:
    name = der.decode(GeneralNames, value, what="subjectAltName").other_name
    if name.type != HARDWARE_MODULE_NAME or len(name.value.serial) != ENTITY_ID_OCTETS:
        raise RemoteError(
            "subjectAltName is not a hardwareModuleName with an EUI-64", clause="RFC 4108 5"
        )
    return name.value


def _raw(bits: der.BitString) -> bytes:
    value = der.decode(EcdsaSignature, bits.as_bytes(), what="the request's signature")
    try:
        return value.r.to_bytes(SCALAR_OCTETS, "big") + value.s.to_bytes(SCALAR_OCTETS, "big")
    except OverflowError as error:
        raise RemoteError("a signature's integer does not fit", clause="RFC 5480 A") from error


def _extension(oid: str, value: bytes) -> ExtensionFields:
    return ExtensionFields(oid=der.ObjectIdentifier(oid), critical=True, value=value)


def _element(octets: bytes) -> der.Tlv:
    return der.tlv(octets, what="part of a certification request")
