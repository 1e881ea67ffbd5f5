"""The industry's text line: its form, what is dropped, and hostile octets."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_sim.devices.links.text_line import (
    MAX_LINE_OCTETS,
    BadLineError,
    LineReader,
    TextMessage,
    encode_line,
    parse_line,
)

GOOD = b"GBCS:DATA#0:5:DF09000102\r\n"
OCTETS = bytes.fromhex("df09000102")


def test_a_line_is_head_number_count_and_upper_case_hexadecimal() -> None:
    assert encode_line(TextMessage(OCTETS)) == GOOD
    assert parse_line(GOOD.rstrip()) == TextMessage(OCTETS, "0")


def test_the_number_is_kept_as_it_came() -> None:
    message = parse_line(b"GBCS:DATA#0017:1:DD")
    assert message == TextMessage(b"\xdd", "0017")
    assert encode_line(message) == b"GBCS:DATA#0017:1:DD\r\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"GBCS:DATA#0:4:DF09000102", "wrong count"),
        (b"GBCS:DATA#0:6:DF09000102", "wrong count"),
        (b"GBCS:DATA#0:5:DF0900010", "not of the form"),
        (b"GBCS:DATA#0:5:df09000102", "not of the form"),
        (b"GBCS:DATA#0:0:", "not of the form"),
        (b"GBCS:DATA#:5:DF09000102", "not of the form"),
        (b"GBCS:DATA#-1:5:DF09000102", "not of the form"),
        (b"GBCS:DATA#0:5:DF09000102 ", "not of the form"),
        (b"GBCS:DATA#0:5:DF09000102\n", "not of the form"),
        (b" GBCS:DATA#0:5:DF09000102", "not of the form"),
        (b"GBCS:ACK#0", "not of the form"),
        (b"GBCS:DATA#0:8193:" + b"00" * 8193, "too long"),
    ],
)
def test_a_bad_line_is_refused_for_its_reason(line: bytes, reason: str) -> None:
    with pytest.raises(BadLineError, match=reason):
        parse_line(line)


def test_the_longest_message_has_a_line_and_one_octet_more_has_not() -> None:
    longest = TextMessage(bytes(8192), "9999999999")
    line = encode_line(longest)
    assert len(line) <= MAX_LINE_OCTETS + 2
    assert LineReader().feed(line) == [longest]
    for wrong in (TextMessage(bytes(8193)), TextMessage(b""), TextMessage(b"x", "a\r\n")):
        with pytest.raises(ValueError, match="no line can carry this"):
            encode_line(wrong)


def test_bad_lines_are_dropped_and_counted_and_the_next_one_is_read() -> None:
    reader = LineReader()
    octets = b"hello\r\n\r\n" + b"F" * 100_000 + b"\r\n" + GOOD.replace(b"\r", b"") + GOOD
    assert reader.feed(octets) == [TextMessage(OCTETS)]
    assert reader.dropped == {
        "not of the form GBCS:DATA#number:count:hexadecimal": 1,
        "too long": 1,
        "no carriage return at its end": 1,
    }


def test_a_line_without_end_is_held_within_a_bound_and_gives_nothing() -> None:
    reader = LineReader()
    for _ in range(1000):
        assert reader.feed(b"GBCS:DATA#0:5:" * 64) == []
    assert len(reader._held) <= MAX_LINE_OCTETS + 2
    assert reader.feed(b"\r\n" + GOOD) == [TextMessage(OCTETS)]


@given(
    st.lists(st.one_of(st.binary(max_size=64), st.just(GOOD), st.just(GOOD[:-2]))),
    st.integers(1, 40),
)
@example([b"GBCS:DATA#0:5:", GOOD], 3)
def test_hostile_octets_never_raise_and_pieces_make_no_difference(
    parts: list[bytes], size: int
) -> None:
    octets = b"".join(parts)
    whole, pieces = LineReader(), LineReader()
    found = whole.feed(octets)
    in_pieces = [
        message
        for at in range(0, len(octets), size)
        for message in pieces.feed(octets[at : at + size])
    ]
    assert in_pieces == found
    assert pieces.dropped == whole.dropped
    for message in found:
        assert encode_line(message) in octets


@given(st.binary(min_size=1, max_size=300), st.from_regex("[0-9]{1,10}", fullmatch=True))
def test_what_is_written_is_read_again(octets: bytes, number: str) -> None:
    message = TextMessage(octets, number)
    assert LineReader().feed(b"noise\n" + encode_line(message)) == [message]
