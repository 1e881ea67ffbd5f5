"""The extensions that SMKI certificates use: their names, and what a certificate's say.

Certificates of one issuer differ in their subjectKeyIdentifier alone, so the rest is known by
its octets once it has been read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_fields import (
    HARDWARE_MODULE_NAME,
    AuthorityKeyIdentifier,
    BasicConstraints,
    ExtensionFields,
    GeneralNames,
    PoliciesHolder,
)
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import ENTITY_ID_OCTETS, EntityId

KEY_USAGE = "2.5.29.15"
SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
SUBJECT_ALT_NAME = "2.5.29.17"
BASIC_CONSTRAINTS = "2.5.29.19"
CERTIFICATE_POLICIES = "2.5.29.32"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
WRAPPED_APEX_CONTINGENCY_KEY = "1.3.6.1.5.5.7.1.20"

KNOWN_EXTENSIONS = frozenset(
    {
        KEY_USAGE,
        SUBJECT_KEY_IDENTIFIER,
        SUBJECT_ALT_NAME,
        BASIC_CONSTRAINTS,
        CERTIFICATE_POLICIES,
        AUTHORITY_KEY_IDENTIFIER,
        WRAPPED_APEX_CONTINGENCY_KEY,
    }
)
"""Extensions that are understood: any other that is critical must refuse."""

T = TypeVar("T")

_UNCONSTRAINED: tuple[bool, int | None] = (False, None)
_KEY_USAGE_BITS = 9
_CACHED_VALUES = 1024
# A subjectKeyIdentifier of 8 octets, not critical, up to those octets; DER leaves no other form.
_IDENTIFIER_PREFIX = bytes.fromhex("30110603551d0e040a0408")
_IDENTIFIER_OCTETS = 8
_ANY_IDENTIFIER = _IDENTIFIER_PREFIX + bytes(_IDENTIFIER_OCTETS)


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a certificate's extensions say; absent ones have the value that absence means.

    Attributes:
        criticality: of every extension, by dotted object identifier.
        unknown_critical: critical ones that are not understood here.
        key_identifier: empty if absent.
        key_usages: numbers of the bits that are set (RFC 5280 4.2.1.3).
        policies: dotted object identifiers.
        device_entity_id: the EUI-64 in the one hardwareModuleName of a Device Certificate.
        wrapped_contingency_key: ApexContingencyKey in DER, not looked at.
    """

    criticality: Mapping[str, bool]
    unknown_critical: tuple[str, ...]
    key_identifier: bytes
    authority_key_identifier: bytes | None
    key_usages: frozenset[int]
    is_ca: bool
    path_length: int | None
    policies: tuple[str, ...]
    device_entity_id: EntityId | None
    wrapped_contingency_key: bytes | None


def read_extensions(elements: list[bytes]) -> tuple[bytes, Extensions]:
    """Read the extensions of a certificate, each a complete element.

    Returns:
        The certificate's key identifier, and what is common to all with its other extensions:
        there `key_identifier` stands only if it is of an unusual length.

    Raises:
        RemoteError: one is malformed or repeated, or there is none.
    """
    identifier = b""
    common: list[bytes] = []
    for element in elements:
        if len(element) == len(_ANY_IDENTIFIER) and element.startswith(_IDENTIFIER_PREFIX):
            identifier = element[len(_IDENTIFIER_PREFIX) :]
            common.append(_ANY_IDENTIFIER)
        else:
            common.append(element)
    extensions = _read_common(tuple(common))
    return identifier or extensions.key_identifier, extensions


@lru_cache(_CACHED_VALUES)
def _read_common(elements: tuple[bytes, ...]) -> Extensions:
    fields = [der.decode(ExtensionFields, each, what="extension") for each in elements]
    values = {each.oid.dotted_string: each for each in fields}
    if len(values) != len(fields) or not fields:
        raise RemoteError("an extension is repeated, or there is none", clause="RFC 5280 4.2")
    is_ca, path_length = _read(values, BASIC_CONSTRAINTS, _basic_constraints, _UNCONSTRAINED)
    return Extensions(
        criticality={oid: each.critical for oid, each in values.items()},
        unknown_critical=tuple(
            oid for oid, each in values.items() if each.critical and oid not in KNOWN_EXTENSIONS
        ),
        key_identifier=_read(values, SUBJECT_KEY_IDENTIFIER, _subject_identifier, b""),
        authority_key_identifier=_read(
            values, AUTHORITY_KEY_IDENTIFIER, _authority_identifier, None
        ),
        key_usages=_read(values, KEY_USAGE, _key_usages, frozenset()),
        is_ca=is_ca,
        path_length=path_length,
        policies=_read(values, CERTIFICATE_POLICIES, _policies, ()),
        device_entity_id=_read(values, SUBJECT_ALT_NAME, _device_entity_id, None),
        wrapped_contingency_key=_read(values, WRAPPED_APEX_CONTINGENCY_KEY, bytes, None),
    )


def _read(
    values: Mapping[str, ExtensionFields], oid: str, reader: Callable[[bytes], T], default: T
) -> T:
    extension = values.get(oid)
    return default if extension is None else reader(extension.value)


def _subject_identifier(value: bytes) -> bytes:
    return der.decode(bytes, value, what="subjectKeyIdentifier")


def _authority_identifier(value: bytes) -> bytes:
    what = "authorityKeyIdentifier"
    return der.decode(AuthorityKeyIdentifier, value, what=what).key_identifier


def _key_usages(value: bytes) -> frozenset[int]:
    bits = der.decode(der.BitString, value, what="keyUsage")
    usages = der.read_named_bits(bits, what="keyUsage")
    if not usages or max(usages) >= _KEY_USAGE_BITS:
        raise RemoteError(
            "keyUsage is empty or has unknown bits", clause="RFC 5280 4.2.1.3", octets=value
        )
    return usages


def _basic_constraints(value: bytes) -> tuple[bool, int | None]:
    constraints = der.decode(BasicConstraints, value, what="basicConstraints")
    length = constraints.path_length
    if length is not None and (length < 0 or not constraints.ca):
        raise RemoteError("basicConstraints has a wrong path length", clause="RFC 5280 4.2.1.9")
    return constraints.ca, length


def _policies(value: bytes) -> tuple[str, ...]:
    what = "certificatePolicies"
    entries = der.decode(PoliciesHolder, der.in_sequence(value), what=what).policies
    policies = tuple(entry.oid.dotted_string for entry in entries)
    if not policies or len(set(policies)) != len(policies):
        raise RemoteError("certificatePolicies is empty or repeats", clause="RFC 5280 4.2.1.4")
    return policies


def _device_entity_id(value: bytes) -> EntityId:
    other = der.decode(GeneralNames, value, what="subjectAltName").other_name
    serial = other.value.serial
    if other.type != HARDWARE_MODULE_NAME or len(serial) != ENTITY_ID_OCTETS:
        raise RemoteError(
            "subjectAltName is not a hardwareModuleName with an EUI-64",
            clause="RFC 4108 5",
            octets=serial,
        )
    return EntityId(serial)
