"""The door to ASN.1: strictness in decoding, and lengths brought to their shortest form."""

from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs import der
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole

USAGES = {
    KeyUsage.DIGITAL_SIGNATURE: "03020780",
    KeyUsage.KEY_AGREEMENT: "03020308",
    KeyUsage.KEY_CERT_SIGN: "03020204",
}


@der.sequence
class Party:
    role: RemotePartyRole
    name: bytes | None


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("", ""),
        ("0500", "0500"),
        ("04 81 02 abcd", "0402abcd"),
        ("04 84 00000002 abcd", "0402abcd"),
        ("30 82 0004 02 81 01 05", "3003020105"),
        # A primitive content that looks like a long length stays what it is.
        ("30 81 06 04 04 30 81 01 05", "3006040430810105"),
        ("04 82 0080" + "00" * 128, "048180" + "00" * 128),
        ("a0 81 05 30 81 02 0500", "a0 04 30 02 0500"),
        ("0500 04 8101 ff", "0500 0401ff"),
    ],
)
def test_lengths_become_as_short_as_der_has_them(octets: str, expected: str) -> None:
    assert der.minimal_lengths(bytes.fromhex(octets)) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        ("30", 0),
        ("3003 0201", 0),
        ("3003 020205", 2),
        ("3080 0500 0000", 0),
        ("0485 0000000001 ff", 0),
        ("0482 00", 0),
        ("0500 04", 2),
    ],
)
def test_lengths_that_do_not_add_up_are_refused_where_they_stand(octets: str, offset: int) -> None:
    with pytest.raises(RemoteError) as caught:
        der.minimal_lengths(bytes.fromhex(octets))
    assert caught.value.offset == offset


def test_nesting_is_bounded() -> None:
    value = b"\x05\x00"
    for _ in range(40):
        value = b"\x30" + bytes((len(value),)) + value
    with pytest.raises(RemoteError, match="deeper"):
        der.minimal_lengths(value)


# A tree is a primitive's content, or a list of trees.
trees = st.recursive(
    st.binary(max_size=140), lambda inner: st.lists(inner, max_size=4), max_leaves=8
)
Tree = bytes | list["Tree"]


def write(tree: Tree, extra: int) -> bytes:
    """The tree with lengths that take `extra` octets more than they need."""
    if isinstance(tree, bytes):
        tag, body = b"\x04", tree
    else:
        tag, body = b"\x30", b"".join(write(item, extra) for item in tree)
    length = len(body)
    digits = length.to_bytes((length.bit_length() + 7) // 8 + extra, "big")
    short = extra == 0 and length < 128
    return tag + (bytes((length,)) if short else bytes((0x80 | len(digits),)) + digits) + body


@given(tree=trees, extra=st.integers(1, 2))
@settings(max_examples=60)
def test_any_excess_of_length_octets_is_removed_and_nothing_else(tree: Tree, extra: int) -> None:
    minimal = write(tree, 0)
    assert der.minimal_lengths(write(tree, extra)) == minimal
    assert der.minimal_lengths(minimal) == minimal


@given(octets=st.binary(max_size=40))
def test_arbitrary_octets_have_minimal_lengths_or_are_refused(octets: bytes) -> None:
    try:
        minimal = der.minimal_lengths(octets)
    except RemoteError:
        return
    assert len(minimal) <= len(octets)
    assert der.minimal_lengths(minimal) == minimal


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "30",
        "3003020102ff",
        "308103020102",
        "3003020163",
        "30020200",
        "3103020102",
        "30050201020500",
    ],
)
def test_octets_that_are_not_der_do_not_decode(octets: str) -> None:
    with pytest.raises(RemoteError) as caught:
        der.decode(Party, bytes.fromhex(octets), what="a party")
    assert "a party" in str(caught.value)


def test_encoded_values_decode_to_the_same() -> None:
    party = der.decode(Party, bytes.fromhex("3003020102"), what="a party")
    assert party.role is RemotePartyRole.SUPPLIER
    assert party.name is None
    named = Party(role=RemotePartyRole.RECOVERY, name=b"x")
    assert der.encode(named) == bytes.fromhex("3006020101040178")


def test_value_that_does_not_fit_its_schema_is_our_own_mistake() -> None:
    with pytest.raises(LocalError):
        der.encode(Party(role="supplier", name=None))  # type: ignore[arg-type]


@pytest.mark.parametrize("usage", KeyUsage)
def test_key_usage_has_one_bit_and_no_trailing_zeros(usage: KeyUsage) -> None:
    octets = bytes.fromhex(USAGES[usage])
    assert der.encode(der.key_usage_bits(usage)) == octets
    bits = der.decode(der.BitString, octets, what="a usage")
    assert der.read_key_usage(bits, what="a usage") is usage


@pytest.mark.parametrize("octets", ["030100", "03020780ff", "0302078f", "03020001", "030204f0"])
def test_other_key_usages_are_refused(octets: str) -> None:
    with pytest.raises(RemoteError):
        der.read_key_usage(
            der.decode(der.BitString, bytes.fromhex(octets), what="a usage"), what="a usage"
        )


@pytest.mark.parametrize("value", [0, 10, 25, 127])
def test_enumerated_has_its_own_tag(value: int) -> None:
    octets = bytes((0x0A, 1, value))
    assert der.octets_of(der.enumerated(value)) == octets
    assert der.read_enumerated(der.tlv(octets, what="a status"), what="a status") == value


@pytest.mark.parametrize("octets", ["020105", "0a00", "0a020005", "0a01ff"])
def test_other_than_enumerated_of_one_octet_is_refused(octets: str) -> None:
    with pytest.raises(RemoteError):
        der.read_enumerated(der.tlv(bytes.fromhex(octets), what="a status"), what="a status")


@pytest.mark.parametrize("count", [0, 1, 127, 128, 255, 256, 65535, 65536, 70000])
def test_content_goes_into_a_sequence_and_out_again(count: int) -> None:
    content = bytes(count)
    wrapped = der.in_sequence(content)
    assert wrapped[0] == 0x30
    assert der.octets_of(der.tlv(wrapped, what="a sequence")) == wrapped
    assert der.out_of_sequence(wrapped) == content


@der.sequence
class Tagged:
    value: Annotated[bytes, der.Explicit(3)]


@pytest.mark.parametrize("count", [0, 1, 125, 126, 127, 128, 253, 254, 65531, 65532, 70000])
def test_an_explicit_tag_is_the_one_that_the_library_writes(count: int) -> None:
    value = bytes(count)
    tagged = der.explicit(3, der.encode(value))
    assert der.out_of_sequence(der.encode(Tagged(value=value))) == tagged


@pytest.mark.parametrize("count", [0, 1, 8, 126, 127, 128, 254, 255, 256, 65534, 65535, 70000])
def test_strings_of_octets_and_of_bits_are_those_that_the_library_writes(count: int) -> None:
    value = bytes(count)
    assert der.octet_string(value) == der.encode(value)
    assert der.bit_string(value) == der.encode(der.BitString(value, 0))


@pytest.mark.parametrize(
    "value",
    [0, 1, 127, 128, 255, 256, 32767, 32768, 2**62, 2**63 - 1, 2**255 - 1, 2**255, 2**256 - 1],
)
def test_an_integer_is_the_one_that_the_library_writes(value: int) -> None:
    assert der.integer(value) == der.encode(value)
