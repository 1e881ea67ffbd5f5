"""The extensions that SMKI certificates use: names, and readers of their values.

A reader gives RemoteError for a value that is not what SMKI puts there.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from gbcs import der
from gbcs.certificate_fields import (
    HARDWARE_MODULE_NAME,
    AuthorityKeyIdentifier,
    BasicConstraints,
    ExtensionFields,
    GeneralNames,
    PoliciesHolder,
)
from gbcs.errors import RemoteError
from gbcs.identifiers import ENTITY_ID_OCTETS, EntityId

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

UNCONSTRAINED: tuple[bool, int | None] = (False, None)
"""What absent basicConstraints mean."""

T = TypeVar("T")

_KEY_USAGE_BITS = 9
_CACHED_VALUES = 1024
_SHORT_IDENTIFIER = b"\x04\x08"


def extension_values(extensions: list[ExtensionFields]) -> dict[str, ExtensionFields]:
    """Extensions by dotted object identifier.

    Raises:
        RemoteError: one is repeated, or there is none.
    """
    values = {extension.oid.dotted_string: extension for extension in extensions}
    if len(values) != len(extensions) or not extensions:
        raise RemoteError("an extension is repeated, or there is none", clause="RFC 5280 4.2")
    return values


def read(
    values: dict[str, ExtensionFields], oid: str, reader: Callable[[bytes], T], default: T
) -> T:
    """What `reader` makes of one extension's value, or `default` if it is absent."""
    extension = values.get(oid)
    return default if extension is None else reader(extension.value)


def subject_key_identifier(value: bytes) -> bytes:
    """The identifier, 8 octets in a conforming certificate."""
    if len(value) == len(_SHORT_IDENTIFIER) + 8 and value.startswith(_SHORT_IDENTIFIER):
        return value[len(_SHORT_IDENTIFIER) :]
    return der.decode(bytes, value, what="subjectKeyIdentifier")


# Issuers, usages, policies and constraints take few values in one PKI: kept by exact octets.
@lru_cache(_CACHED_VALUES)
def authority_key_identifier(value: bytes) -> bytes:
    """The issuer's identifier; only the keyIdentifier form is read."""
    what = "authorityKeyIdentifier"
    return der.decode(AuthorityKeyIdentifier, value, what=what).key_identifier


@lru_cache(_CACHED_VALUES)
def key_usages(value: bytes) -> frozenset[int]:
    """Numbers of the bits that are set (RFC 5280 4.2.1.3)."""
    bits = der.decode(der.BitString, value, what="keyUsage")
    octets, count = bits.as_bytes(), len(bits.as_bytes()) * 8 - bits.padding_bits()
    usages = frozenset(n for n in range(count) if octets[n // 8] & 0x80 >> n % 8)
    if not usages or count - 1 not in usages or count > _KEY_USAGE_BITS:
        raise RemoteError(
            "keyUsage is empty, has trailing zero bits or unknown ones",
            clause="RFC 5280 4.2.1.3",
            octets=value,
        )
    return usages


@lru_cache(_CACHED_VALUES)
def basic_constraints(value: bytes) -> tuple[bool, int | None]:
    """Whether the subject is an authority, and its path length."""
    constraints = der.decode(BasicConstraints, value, what="basicConstraints")
    length = constraints.path_length
    if length is not None and (length < 0 or not constraints.ca):
        raise RemoteError("basicConstraints has a wrong path length", clause="RFC 5280 4.2.1.9")
    return constraints.ca, length


@lru_cache(_CACHED_VALUES)
def policies(value: bytes) -> tuple[str, ...]:
    """Dotted object identifiers; a policy with qualifiers is not read."""
    what = "certificatePolicies"
    entries = der.decode(PoliciesHolder, der.in_sequence(value), what=what).policies
    policies = tuple(entry.oid.dotted_string for entry in entries)
    if not policies or len(set(policies)) != len(policies):
        raise RemoteError("certificatePolicies is empty or repeats", clause="RFC 5280 4.2.1.4")
    return policies


def device_entity_id(value: bytes) -> EntityId:
    """The EUI-64 in the one hardwareModuleName of a Device Certificate."""
    other = der.decode(GeneralNames, value, what="subjectAltName").other_name
    serial = other.value.serial
    if other.type != HARDWARE_MODULE_NAME or len(serial) != ENTITY_ID_OCTETS:
        raise RemoteError(
            "subjectAltName is not a hardwareModuleName with an EUI-64",
            clause="RFC 4108 5",
            octets=serial,
        )
    return EntityId(serial)
