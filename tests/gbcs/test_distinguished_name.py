"""Names compare by content, in any string type and spelling (RFC 5280 7.1)."""

import pytest

from firmware_sim.gbcs.distinguished_name import Attribute, Name
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import RemotePartyRole
from tests.gbcs import home_made as made


def cn(content: bytes, tag: int = made.UTF8) -> Name:
    return Name.parse(made.name((made.CN, tag, content)))


SAME = {
    "string type": (cn(b"Z1", made.PRINTABLE), cn(b"Z1")),
    "case": (cn(b"Drill Root"), cn(b"DRILL root")),
    "outer space": (cn(b" Z1 "), cn(b"Z1")),
    "inner space": (cn(b"Drill   Root"), cn(b"Drill Root")),
    "beyond ASCII, the very same": (cn("É a".encode()), cn("É a".encode())),
}
DIFFERENT = {
    "value": (cn(b"Z1"), cn(b"Z2")),
    "no space is not one space": (cn(b"DrillRoot"), cn(b"Drill Root")),
    "type": (cn(b"Z1"), Name.parse(made.name((made.OU, made.UTF8, b"Z1")))),
    "longer": (cn(b"Z1"), Name.parse(made.name(*[(made.CN, made.UTF8, b"Z1")] * 2))),
    "empty": (cn(b"Z1"), Name.parse(made.EMPTY_NAME)),
    "other string types are compared by octets": (cn(b"Z1", 0x16), cn(b"Z1")),
    "bit string against text": (
        Name.parse(made.name((made.UID, 3, b"\0AB"))),
        Name.parse(made.name((made.UID, made.UTF8, b"\0AB"))),
    ),
    "order of parts": (
        Name.parse(made.name((made.OU, made.UTF8, b"07"), (made.CN, made.UTF8, b"Z1"))),
        Name.parse(made.name((made.CN, made.UTF8, b"Z1"), (made.OU, made.UTF8, b"07"))),
    ),
    "beyond ASCII, another case": (cn("É a".encode()), cn("é a".encode())),
    "compatible characters": (cn("ﬁrm".encode()), cn(b"firm")),
    "a control character": (cn(b"Z\x001"), cn(b"Z1")),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME.keys())
def test_same_names_match(pair: tuple[Name, Name]) -> None:
    assert pair[0].matches(pair[1])
    assert pair[1].matches(pair[0])


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_names_do_not_match(pair: tuple[Name, Name]) -> None:
    assert not pair[0].matches(pair[1])
    assert not pair[1].matches(pair[0])


def test_a_part_with_several_attributes_is_a_set() -> None:
    """The same set, sorted differently because the string types differ."""
    first = made.tlv(0x30, bytes.fromhex(made.CN), made.tlv(made.PRINTABLE, b"bb"))
    second = made.tlv(0x30, bytes.fromhex(made.CN), made.tlv(made.UTF8, b"aa"))
    third = made.tlv(0x30, bytes.fromhex(made.CN), made.tlv(made.UTF8, b"bb"))
    fourth = made.tlv(0x30, bytes.fromhex(made.CN), made.tlv(made.PRINTABLE, b"aa"))
    one = Name.parse(made.tlv(0x30, made.tlv(0x31, *sorted((first, second)))))
    other = Name.parse(made.tlv(0x30, made.tlv(0x31, *sorted((third, fourth)))))
    assert one.matches(other)
    with pytest.raises(RemoteError):  # X.690 11.6: a SET OF is sorted
        Name.parse(made.tlv(0x30, made.tlv(0x31, *sorted((first, second), reverse=True))))


def test_built_names_are_the_octets_of_the_specification() -> None:
    assert Name.of_authority("Root", RemotePartyRole.ROOT).octets == made.ROOT_NAME
    assert Name.build(()).octets == made.EMPTY_NAME
    party = Name.of_party(RemotePartyRole.SUPPLIER, EntityId(made.ENTITY))
    assert party.octets == made.SUPPLIER_NAME
    assert str(party) == "OU=02, UID=0246530000000002"


def test_a_value_that_needs_a_long_length_is_not_built() -> None:
    with pytest.raises(LocalError):
        Name.build([Attribute("2.5.4.3", made.UTF8, b"x" * 128)])
