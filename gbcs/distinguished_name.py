"""Distinguished names as SMKI certificates use them: parse, build, and compare.

Names are compared attribute by attribute, so an issuer written as PrintableString meets
a subject written as UTF8String. RFC 5280 section 7.1 asks for the full string preparation
of RFC 4518; here it is reduced to the case and white space of ASCII, which is all that a small
device can afford and that SMKI's names need. A text with other characters equals only itself, and
two names that differ in a control character stay different.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Self

from firmware_sim.gbcs import der
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import ENTITY_ID_OCTETS, EntityId
from firmware_sim.gbcs.roles import RemotePartyRole

COMMON_NAME = "2.5.4.3"
ORGANISATIONAL_UNIT = "2.5.4.11"
UNIQUE_IDENTIFIER = "2.5.4.45"

BIT_STRING = 0x03
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13

_LABELS = {COMMON_NAME: "CN", ORGANISATIONAL_UNIT: "OU", UNIQUE_IDENTIFIER: "UID"}
_CACHED_NAMES = 4096
_MAX_SHORT_LENGTH = 127
_PRINTABLE = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"
)


class Attribute(NamedTuple):
    """One attribute: dotted object identifier, universal tag of the value, its content octets."""

    oid: str
    tag: int
    content: bytes

    @property
    def text(self) -> str:
        """The value as text; hex where it is no PrintableString or UTF8String."""
        if self.tag in (UTF8_STRING, PRINTABLE_STRING):
            return self.content.decode("utf-8")
        if self.tag == BIT_STRING:
            return self.content[1:].hex()
        return self.content.hex()

    @property
    def comparable(self) -> tuple[str, object]:
        """What two equal attributes have in common (RFC 5280 7.1)."""
        if self.tag not in (UTF8_STRING, PRINTABLE_STRING):
            return self.oid, (self.tag, self.content)
        if not self.text.isascii():
            return self.oid, self.text
        return self.oid, " ".join(self.text.lower().split())


@dataclass(frozen=True, slots=True)
class Name:
    """A distinguished name; equality and hash are those of its octets, `matches` compares names.

    Attributes:
        octets: the RDNSequence in DER.
        parts: its relative distinguished names, each a tuple of attributes.
        role: the Remote Party Role of a sole OU of two upper-case hex digits (SEC L Annex A):
            an int where it has no name here, None where there is no such OU.
        unique_identifier: the EUI-64 in a sole x500UniqueIdentifier, or None.
    """

    octets: bytes
    parts: tuple[tuple[Attribute, ...], ...] = field(compare=False)
    role: RemotePartyRole | int | None = field(compare=False)
    unique_identifier: EntityId | None = field(compare=False)
    _comparable: tuple[frozenset[tuple[str, object]], ...] = field(compare=False, repr=False)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes in order."""
        return tuple(attribute for part in self.parts for attribute in part)

    @property
    def is_empty(self) -> bool:
        """Whether this is the empty sequence, the subject of a Device Certificate."""
        return not self.parts

    def values(self, oid: str) -> tuple[Attribute, ...]:
        """Every attribute of one type."""
        return tuple(attribute for attribute in self.attributes if attribute.oid == oid)

    def matches(self, other: "Name") -> bool:
        """Whether both name the same entity (RFC 5280 7.1)."""
        return self.octets == other.octets or self._comparable == other._comparable

    def __str__(self) -> str:
        return ", ".join(
            f"{_LABELS.get(attribute.oid, attribute.oid)}={attribute.text}"
            for attribute in self.attributes
        )

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Read a Name in DER.

        Raises:
            RemoteError: not an RDNSequence, an empty part, or text that is not of its type.
        """
        holder = der.decode(_NameHolder, der.in_sequence(octets), what="name")
        parts = tuple(tuple(_attribute(pair) for pair in part.as_list()) for part in holder.parts)
        if not all(parts):
            raise RemoteError("a part of a name is empty", clause="RFC 5280 4.1.2.4")
        flat = [attribute for part in parts for attribute in part]
        return cls(
            octets=octets,
            parts=parts,
            role=_role(flat),
            unique_identifier=_unique_identifier(flat),
            _comparable=tuple(
                frozenset(attribute.comparable for attribute in part) for part in parts
            ),
        )

    @classmethod
    def build(cls, attributes: Sequence[Attribute]) -> Self:
        """A name with one attribute in each part.

        Raises:
            LocalError: an attribute's content exceeds 127 octets.
        """
        parts = [
            der.SetOf([_Pair(type=der.ObjectIdentifier(each.oid), value=_value(each))])
            for each in attributes
        ]
        return cls.parse(der.out_of_sequence(der.encode(_NameHolder(parts=parts))))

    @classmethod
    def of_authority(cls, common_name: str, role: RemotePartyRole | None = None) -> Self:
        """The name of a certification authority, e.g. OU=00, CN=ZA, in PrintableString."""
        attributes = [Attribute(COMMON_NAME, PRINTABLE_STRING, common_name.encode("ascii"))]
        if role is not None:
            unit = f"{role:02X}".encode("ascii")
            attributes.insert(0, Attribute(ORGANISATIONAL_UNIT, PRINTABLE_STRING, unit))
        return cls.build(attributes)

    @classmethod
    def of_party(cls, role: int, entity_id: EntityId, common_name: str = "") -> Self:
        """The subject of an Organisation Certificate: [CN,] OU, x500UniqueIdentifier.

        Args:
            role: a Remote Party Role, also one that no device knows (SEC L Annex A).
        """
        attributes = [
            Attribute(ORGANISATIONAL_UNIT, UTF8_STRING, f"{role:02X}".encode("ascii")),
            Attribute(UNIQUE_IDENTIFIER, BIT_STRING, b"\x00" + entity_id),
        ]
        if common_name:
            attributes.insert(0, Attribute(COMMON_NAME, UTF8_STRING, common_name.encode()))
        return cls.build(attributes)


@der.sequence
class _Pair:
    type: der.ObjectIdentifier
    value: der.Tlv


@der.sequence
class _NameHolder:
    parts: list[der.SetOf[_Pair]]


@lru_cache(_CACHED_NAMES)
def parse_name(octets: bytes) -> Name:
    """As `Name.parse`, but the few names of a PKI are kept by their exact octets."""
    return Name.parse(octets)


def _attribute(pair: _Pair) -> Attribute:
    tag_octets, content = pair.value.tag_bytes, bytes(pair.value.data)
    attribute = Attribute(pair.type.dotted_string, tag_octets[0], content)
    if len(tag_octets) != 1:
        raise RemoteError("a name has a value of an unknown type", octets=tag_octets)
    if attribute.tag == PRINTABLE_STRING and not _PRINTABLE.issuperset(content):
        raise RemoteError(
            "a PrintableString has other characters", clause="X.680 41.4", octets=content
        )
    if attribute.tag == UTF8_STRING:
        try:
            attribute.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise RemoteError("a UTF8String is not UTF-8", octets=content) from error
    return attribute


def _value(attribute: Attribute) -> der.Tlv:
    _, tag, content = attribute
    if len(content) > _MAX_SHORT_LENGTH:
        raise LocalError(f"a name's value has more than {_MAX_SHORT_LENGTH} octets")
    return der.tlv(bytes((tag, len(content))) + content, what="value of a name")


def _role(attributes: Sequence[Attribute]) -> RemotePartyRole | int | None:
    units = [each for each in attributes if each.oid == ORGANISATIONAL_UNIT]
    if len(units) != 1 or units[0].tag not in (UTF8_STRING, PRINTABLE_STRING):
        return None
    text = units[0].content
    if len(text) != 2 or not frozenset(b"0123456789ABCDEF").issuperset(text):
        return None
    code = int(text, 16)
    return _ROLES.get(code, code)


_ROLES = {role.value: role for role in RemotePartyRole}


def _unique_identifier(attributes: Sequence[Attribute]) -> EntityId | None:
    found = [each for each in attributes if each.oid == UNIQUE_IDENTIFIER]
    if len(found) != 1 or found[0].tag != BIT_STRING:
        return None
    unused, identifier = found[0].content[:1], found[0].content[1:]
    if unused != b"\x00" or len(identifier) != ENTITY_ID_OCTETS:
        return None
    return EntityId(identifier)
