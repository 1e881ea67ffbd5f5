"""The envelope: what its octets are, that octets and values correspond one to one, and that
all octets end in a message or a RemoteError.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message, Supplementary, parse_message
from tests.gbcs.messages import DEVICE, PARTY, command, messages

GROUPING = (
    "df 09 01 0102030405060708"  # transaction: command, counter
    "08 1122334455667788"  # originator
    "08 99aabbccddeeff00"  # target
    "00"  # no date-time
    "02 0102"  # message code
    "02 0500"  # payload
)


def reference_octets(rtds: Path) -> list[bytes]:
    return [bytes.fromhex(path.read_text()) for path in sorted((rtds / "messages").rglob("*.HEX"))]


def test_pre_command_is_grouping_header_and_payload() -> None:
    message = command(signature=None, mac=None)
    assert message.build() == bytes.fromhex(GROUPING)
    assert parse_message(bytes.fromhex(GROUPING)) == message


def test_signed_message_ends_with_a_length_and_the_signature() -> None:
    octets = bytes.fromhex(GROUPING + "40" + "55" * 64)
    assert command(mac=None).build() == octets
    assert parse_message(octets) == command(mac=None)


def test_mac_stands_outside_and_its_header_counts_what_follows() -> None:
    grouped = bytes.fromhex(GROUPING + "00")
    length = 5 + len(grouped) + 12
    octets = bytes.fromhex("dd 000000000000") + bytes((length,)) + bytes.fromhex("1100000000")
    octets += grouped + b"\x77" * 12
    assert command(signature=b"").build() == octets
    assert parse_message(octets) == command(signature=b"")


def test_signature_covers_everything_between_the_grouping_tag_and_its_own_length() -> None:
    assert command().signed_octets() == bytes.fromhex(GROUPING)[1:]
    assert command().grouped_octets() == bytes.fromhex(GROUPING + "40" + "55" * 64)


@pytest.mark.parametrize(
    ("octets", "length"),
    [(0x7F, "7f"), (0x80, "8180"), (0xFF, "81ff"), (0x100, "820100"), (0x1FFF, "821fff")],
)
def test_lengths_have_one_form_each(octets: int, length: str) -> None:
    built = command(bytes(octets), signature=None, mac=None).build()
    head = len(bytes.fromhex(GROUPING)) - 3
    assert built[head:] == bytes.fromhex(length) + bytes(octets)


@pytest.mark.parametrize("length", ["81 02", "82 0002", "83 000002", "84 00000002", "80"])
def test_length_in_another_form_is_refused_where_it_stands(length: str) -> None:
    octets = bytes.fromhex(GROUPING)[:-3] + bytes.fromhex(length) + b"\x05\x00"
    with pytest.raises(RemoteError) as caught:
        parse_message(octets)
    assert caught.value.offset == len(bytes.fromhex(GROUPING)) - 3


@pytest.mark.parametrize(
    ("supplementary", "information"),
    [
        (Supplementary(PARTY), "0a 0102 1122334455667788"),
        (Supplementary(PARTY, 5), "12 0102 1122334455667788 0000000000000005"),
        (
            Supplementary(PARTY, 5, 6),
            "1a 0102 1122334455667788 0000000000000005 0000000000000006",
        ),
        (
            Supplementary(PARTY, 5, certificate=b"\x30\x07" + bytes(7)),
            "1b 0102 1122334455667788 0000000000000005 3007 00000000000000",
        ),
    ],
)
def test_supplementary_fields_follow_the_message_code(
    supplementary: Supplementary, information: str
) -> None:
    message = command(signature=None, mac=None, supplementary=supplementary)
    octets = bytes.fromhex(GROUPING.replace("02 0102", information))
    assert message.build() == octets
    assert parse_message(octets) == message


@pytest.mark.parametrize("count", [1, 3, 7, 9, 15, 17, 23])
def test_other_information_of_another_length_is_refused(count: int) -> None:
    information = bytes((2 + count,)) + b"\x01\x02" + bytes(count)
    with pytest.raises(RemoteError, match="other information"):
        parse_message(bytes.fromhex(GROUPING).replace(b"\x02\x01\x02", information, 1))


def test_message_code_of_one_octet_is_refused() -> None:
    with pytest.raises(RemoteError, match="other information"):
        parse_message(bytes.fromhex(GROUPING.replace("02 0102", "01 01")))


@pytest.mark.parametrize("cra", [0, 4, 0xFF])
def test_unknown_cra_flag_is_refused_at_its_octet(cra: int) -> None:
    octets = bytearray(bytes.fromhex(GROUPING))
    octets[2] = cra
    with pytest.raises(RemoteError) as caught:
        parse_message(bytes(octets))
    assert caught.value.offset == 2


def test_block_of_a_general_block_transfer_is_named_as_such() -> None:
    with pytest.raises(RemoteError, match="General Block Transfer"):
        parse_message(bytes.fromhex("dd 09 01 0102030405060708"))


def test_octets_behind_the_message_are_refused() -> None:
    with pytest.raises(RemoteError, match="octets follow"):
        parse_message(command(mac=None).build() + b"\x00")
    with pytest.raises(RemoteError, match="announces"):
        parse_message(command().build() + b"\x00")


def test_longest_message_parses_and_one_octet_more_is_refused_unread() -> None:
    frame = len(command(bytes(256), signature=None, mac=None).build()) - 256
    longest = command(bytes(MAX_MESSAGE_OCTETS - frame), signature=None, mac=None).build()
    assert len(longest) == MAX_MESSAGE_OCTETS
    assert parse_message(longest).build() == longest
    with pytest.raises(RemoteError, match=r"at most 8192"):
        parse_message(bytes(MAX_MESSAGE_OCTETS + 1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"date_time": bytes(11)},
        {"signature": bytes(63)},
        {"mac": bytes(11)},
        {"signature": None},
        {"counter": 2**64},
        {"counter": -1},
    ],
)
def test_fields_that_the_layout_does_not_allow_are_not_built(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        command(**wrong).build()


def test_every_reference_message_is_built_again_from_its_values(rtds: Path) -> None:
    octets = reference_octets(rtds)
    assert octets
    assert [item for item in octets if parse_message(item).build() != item] == []


@given(message=messages())
@settings(max_examples=200)
def test_built_message_parses_to_the_same_values(message: Message) -> None:
    assert parse_message(message.build()) == message


@given(octets=st.binary(max_size=200))
@example(octets=b"")
@example(octets=b"\xdd")
@example(octets=b"\xdd\x00\x00\x00\x00\x00\x00\x82")
@settings(max_examples=200)
def test_arbitrary_octets_are_a_message_or_a_remote_error(octets: bytes) -> None:
    assert_message_or_remote_error(octets)


@given(data=st.data())
@settings(max_examples=40)
def test_altered_messages_are_a_message_or_a_remote_error(data: st.DataObject) -> None:
    octets = data.draw(messages()).build()
    assert_message_or_remote_error(octets[: data.draw(st.integers(0, len(octets)))])
    for bit in data.draw(st.lists(st.integers(0, 8 * len(octets) - 1), max_size=30)):
        assert_message_or_remote_error(flipped(octets, bit))


def test_truncated_or_flipped_reference_messages_are_a_message_or_a_remote_error(
    rtds: Path,
) -> None:
    # One of each length: the shapes differ by what they carry, and so by length.
    shapes = {len(octets): octets for octets in reference_octets(rtds) if len(octets) < 500}
    for octets in sorted(shapes.values(), key=len)[::12]:
        for stop in range(len(octets)):
            assert_message_or_remote_error(octets[:stop])
        for bit in range(8 * min(60, len(octets))):
            assert_message_or_remote_error(flipped(octets, bit))


def test_one_octet_less_never_passes_for_a_signature_or_a_pre_command() -> None:
    signed = command(mac=None)
    unsigned = replace(signed, signature=b"")
    assert parse_message(unsigned.build()).signature == b""
    assert parse_message(unsigned.build()[:-1]).signature is None
    with pytest.raises(RemoteError, match="signature"):
        parse_message(signed.build()[:-1])


def test_entity_identifier_is_read_with_and_without_hyphens() -> None:
    assert EntityId.parse("11-22-33-44-55-66-77-88") == PARTY
    assert EntityId.parse("99AABBCCDDEEFF00") == DEVICE
    assert str(PARTY) == "1122334455667788"
    with pytest.raises(LocalError):
        EntityId(bytes(7))
    with pytest.raises(LocalError):
        EntityId.parse("supplier")


def test_codes_keep_both_octets() -> None:
    message = command(code=MessageCode(0x00CB), cra=CraFlag.ALERT)
    assert parse_message(message.build()).code == 0x00CB


def flipped(octets: bytes, bit: int) -> bytes:
    changed = bytearray(octets)
    changed[bit // 8] ^= 0x80 >> bit % 8
    return bytes(changed)


def assert_message_or_remote_error(octets: bytes) -> None:
    try:
        message = parse_message(octets)
    except RemoteError:
        return
    assert message.build() == octets
