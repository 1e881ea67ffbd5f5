"""Cutting DER by hand, held against the decoder that it saves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs import der
from firmware_sim.gbcs.errors import RemoteError


@der.sequence
class Values:
    values: list[der.Tlv]


def decoded(octets: bytes) -> list[bytes] | None:
    """What the decoder makes of the octets as content of a SEQUENCE; None if it refuses."""
    try:
        holder = der.decode(Values, der.in_sequence(der.in_sequence(octets)), what="values")
    except RemoteError:
        return None
    return [der.octets_of(each) for each in holder.values]


def cut(octets: bytes) -> list[bytes] | None:
    try:
        return der.split(octets)
    except RemoteError:
        return None


LONG = bytes(200)
EXAMPLES = {
    "nothing": b"",
    "two": bytes.fromhex("0201050500"),
    "length of 127": b"\x04\x7f" + bytes(127),
    "length of 128 in one octet": b"\x04\x81\x80" + bytes(128),
    "length of 256 in two octets": b"\x04\x82\x01\x00" + bytes(256),
    "short length in long form": b"\x04\x81\x7f" + bytes(127),
    "one octet's length in two": b"\x04\x82\x00\xc8" + LONG,
    "indefinite": b"\x30\x80\x05\x00\x00\x00",
    "reserved": b"\x04\xff" + LONG,
    "cut short": bytes.fromhex("020205"),
    "tag alone": b"\x02",
    "length cut short": b"\x04\x82\x01",
    "past the end": b"\x04\x84\xff\xff\xff\xff",
}


@pytest.mark.parametrize("octets", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_split_agrees_with_the_decoder(octets: bytes) -> None:
    assert cut(octets) == decoded(octets)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=4), st.data())
def test_split_agrees_with_the_decoder_after_a_change(
    contents: list[bytes], data: st.DataObject
) -> None:
    values = [der.encode(each) for each in contents]
    assert cut(b"".join(values)) == values
    octets = bytearray(b"".join(values))
    if octets:
        position = data.draw(st.integers(0, len(octets) - 1))
        octets[position] ^= data.draw(st.integers(1, 255))
    ours, theirs = cut(bytes(octets)), decoded(bytes(octets))
    # A tag of several octets is the only thing that the decoder takes and we do not.
    assert ours == theirs or (ours is None and any(each[0] & 0x1F == 0x1F for each in theirs or ()))
