"""Frames on a line: the examples of the protocol document, and what noise makes of them."""

from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.devices.links.framing import (
    MAX_FRAME_OCTETS,
    MAX_PAYLOAD_OCTETS,
    BadFrame,
    Frame,
    FrameDecoder,
    decode,
    encode,
)
from tests.support.protocol_examples import BLOCKS

FRAMES = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=600))


def stuffed(octets: bytes) -> bytes:
    """COBS as Cheshire and Baker describe it, one group after another."""
    out = bytearray()
    rest = octets + b"\x00"
    while rest:
        run = rest[:254].split(b"\x00")[0]
        out += bytes((len(run) + 1,)) + run
        rest = rest[len(run) :] if len(run) == 254 else rest[len(run) + 1 :]
        if len(run) == 254 and rest == b"\x00":
            break  # a full group needs no other behind it
    return bytes(out)


def test_frame_check_is_the_crc_that_the_document_names() -> None:
    assert crc32(b"123456789") == 0xCBF43926


@pytest.mark.parametrize("fields", BLOCKS, ids=lambda fields: fields["line"].hex()[:12])
def test_frames_of_the_document_are_encoded_and_decoded(fields: dict[str, bytes]) -> None:
    head = fields["type"] + fields["sequence"] + fields["payload"]
    assert crc32(head).to_bytes(4, "little") == fields["check"]
    assert b"\x00" + stuffed(head + fields["check"]) + b"\x00" == fields["line"]
    frame = Frame(head[0], head[1], fields["payload"])
    assert encode(frame) == fields["line"]
    assert FrameDecoder().feed(fields["line"]) == [frame]


@settings(max_examples=100)
@given(st.lists(FRAMES, max_size=4), st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_pieces_of_any_size_give_the_same_frames(frames: list[Frame], sizes: list[int]) -> None:
    octets = b"".join(map(encode, frames))
    got: list[Frame | BadFrame] = []
    decoder, at = FrameDecoder(), 0
    while at < len(octets):
        size = sizes[len(got) % len(sizes)]
        got += decoder.feed(octets[at : at + size])
        at += size
    assert got == frames


@settings(max_examples=100)
@given(FRAMES)
def test_a_frame_holds_no_delimiter(frame: Frame) -> None:
    assert 0 not in encode(frame)[1:-1]


@settings(max_examples=200)
@given(FRAMES, st.data())
def test_a_flipped_bit_is_always_found(frame: Frame, data: st.DataObject) -> None:
    line = bytearray(encode(frame))
    at = data.draw(st.integers(1, len(line) - 2))
    line[at] ^= 1 << data.draw(st.integers(0, 7))
    assert frame not in FrameDecoder().feed(bytes(line))


@settings(max_examples=100)
@given(st.binary(max_size=300), FRAMES)
def test_after_any_octets_the_next_frame_is_good(noise: bytes, frame: Frame) -> None:
    assert FrameDecoder().feed(noise + encode(frame))[-1] == frame


def test_delimiters_in_a_row_are_passed_over() -> None:
    assert FrameDecoder().feed(b"\x00" * 100) == []


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"\x05\x01", "no COBS"),
        (b"\x06\x01\x02\x03\x04\x05", "too short"),
        (b"\x07\x01\x02\x03\x04\x05\x06", "wrong check"),
        (b"\x01" * 13000, "too long"),
    ],
)
def test_each_bad_frame_has_its_reason(octets: bytes, reason: str) -> None:
    bad = decode(octets)
    assert isinstance(bad, BadFrame)
    assert bad.reason == reason


def test_endless_frame_takes_bounded_memory() -> None:
    decoder = FrameDecoder()
    for _ in range(100):
        assert decoder.feed(b"\x55" * 10_000) == []
    (bad,) = decoder.feed(b"\x00")
    assert isinstance(bad, BadFrame)
    assert bad.reason == "too long"
    assert len(bad.octets) < MAX_FRAME_OCTETS + 100


@pytest.mark.parametrize("octet", [b"\x00", b"\x01", b"\xff"])
def test_the_longest_frame_passes(octet: bytes) -> None:
    frame = Frame(2, 1, octet * MAX_PAYLOAD_OCTETS)
    assert FrameDecoder().feed(encode(frame)) == [frame]
    with pytest.raises(ValueError, match="12282"):
        encode(Frame(2, 1, octet * (MAX_PAYLOAD_OCTETS + 1)))


def test_cobs_code_too_many_behind_a_full_group_is_accepted() -> None:
    payload = b"\x55" * 248
    content = b"\x02\x01" + payload
    line = stuffed(content + crc32(content).to_bytes(4, "little"))
    assert line[0] == 0xFF
    assert len(line) == 255
    assert FrameDecoder().feed(line + b"\x01\x00") == [Frame(2, 1, payload)]
