"""General Block Transfer: blocks make up their message again, or are refused with a reason."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.block_transfer import (
    MAX_BLOCKS,
    MAX_DATA_OCTETS,
    MIN_DATA_OCTETS,
    Reassembly,
    join_blocks,
    split_message,
)
from firmware_sim.gbcs.blocks import Block, BlockFault, BlockRefused, Route, is_block, parse_block
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message, parse_message
from tests.gbcs.messages import DEVICE, PARTY, command, messages

ROUTE = Route(CraFlag.COMMAND, 0x0102030405060708, PARTY, DEVICE, MessageCode(0x0102))
ROUTING = "dd 09 01 0102030405060708 08 1122334455667788 08 99aabbccddeeff00 00 02 0102 00"
FAULT = BlockFault

FIVE = split_message(command(bytes(range(180))).build(), 64)


def refused(*blocks: bytes) -> BlockFault:
    with pytest.raises(BlockRefused) as caught:
        join_blocks(blocks)
    return caught.value.fault


def changed(octets: bytes, **fields: Any) -> bytes:
    return replace(parse_block(octets), **fields).build()


def test_block_is_routing_header_and_block_header_and_data() -> None:
    octets = bytes.fromhex(ROUTING + "0e 1100000000 e0 81 0001 0000 02 abcd")
    block = Block(ROUTE, 1, b"\xab\xcd", last=True)
    assert block.build() == octets
    assert parse_block(octets) == block
    assert is_block(octets)
    assert not is_block(command().build())


def test_control_octet_holds_last_streaming_and_window() -> None:
    octets = bytes.fromhex(ROUTING + "0c 1100000000 e0 7f 1234 1233 00")
    block = parse_block(octets)
    assert (block.last, block.streaming, block.window) == (False, True, 63)
    assert (block.number, block.acknowledged, block.data) == (0x1234, 0x1233, b"")
    assert block.build() == octets


def test_message_is_cut_into_numbered_blocks_and_the_last_says_so() -> None:
    octets = command(bytes(range(180))).build()
    blocks = [parse_block(block) for block in FIVE]
    assert len(blocks) == len(range(0, len(octets), 64)) == 5
    assert [block.number for block in blocks] == [1, 2, 3, 4, 5]
    assert [block.last for block in blocks] == [False] * 4 + [True]
    assert [block.streaming for block in blocks] == [True] * 4 + [False]
    assert {block.route for block in blocks} == {ROUTE}
    assert b"".join(block.data for block in blocks) == octets


@given(message=messages(), size=st.integers(MIN_DATA_OCTETS, MAX_DATA_OCTETS))
@settings(max_examples=100)
def test_what_is_split_is_put_together_again(message: Message, size: int) -> None:
    octets = message.build()
    assert join_blocks(split_message(octets, size)) == octets


@given(data=st.data(), message=messages(), size=st.integers(MIN_DATA_OCTETS, 100))
@settings(max_examples=200)
def test_every_lost_repeated_or_reordered_block_is_refused(
    data: st.DataObject, message: Message, size: int
) -> None:
    blocks = list(split_message(message.build(), size))
    sent = data.draw(st.lists(st.sampled_from(blocks), max_size=len(blocks) + 2))
    if sent == blocks:
        return
    assert isinstance(refused(*sent), BlockFault)


@given(data=st.data(), octets=st.binary(max_size=80))
@settings(max_examples=200)
def test_arbitrary_octets_are_a_block_or_are_refused(data: st.DataObject, octets: bytes) -> None:
    flips = data.draw(st.lists(st.integers(0, len(FIVE[0]) * 8 - 1), max_size=3))
    number = int.from_bytes(FIVE[0], "big")
    for bit in flips:
        number ^= 1 << bit
    for tried in (octets, number.to_bytes(len(FIVE[0]), "big")):
        try:
            block = parse_block(tried)
        except BlockRefused:
            continue
        assert block.build() == tried


def test_lost_block_is_refused_where_the_next_one_arrives() -> None:
    assert refused(*FIVE[:2], *FIVE[3:]) is FAULT.SKIPPED
    assert refused(*FIVE[1:]) is FAULT.SKIPPED
    assert refused(*FIVE[:4]) is FAULT.INCOMPLETE
    assert refused() is FAULT.INCOMPLETE


def test_repeated_block_is_refused_equal_or_not() -> None:
    assert refused(FIVE[0], *FIVE) is FAULT.REPEATED
    assert refused(*FIVE[:3], *FIVE[2:]) is FAULT.REPEATED
    assert refused(FIVE[0], changed(FIVE[0], data=b"other"), *FIVE[1:]) is FAULT.REPEATED
    assert refused(*FIVE, FIVE[-1]) is FAULT.REPEATED


def test_block_that_comes_late_is_refused_as_late() -> None:
    reassembly = Reassembly()
    reassembly.add(FIVE[0])
    for block, fault in ((FIVE[2], FAULT.SKIPPED), (FIVE[1], FAULT.REORDERED)):
        with pytest.raises(BlockRefused) as caught:
            reassembly.add(block)
        assert caught.value.fault is fault
    assert reassembly.held == 0


def test_after_a_refusal_the_originator_starts_again() -> None:
    reassembly = Reassembly()
    for first in ((FIVE[1],), (FIVE[0], FIVE[2]), (FIVE[0], FIVE[0])):
        *before, last = first
        for block in before:
            assert reassembly.add(block) is None
        with pytest.raises(BlockRefused):
            reassembly.add(last)
        assert [reassembly.add(block) for block in FIVE][-1] is not None


@pytest.mark.parametrize(
    "other",
    [
        {"cra": CraFlag.RESPONSE},
        {"counter": 1},
        {"originator": DEVICE},
        {"target": PARTY},
        {"code": MessageCode(0x0103)},
    ],
)
def test_block_of_another_message_is_refused_and_harms_nothing(other: dict[str, Any]) -> None:
    stranger = changed(FIVE[2], route=ROUTE._replace(**other))
    reassembly = Reassembly()
    for block in FIVE[:2]:
        assert reassembly.add(block) is None
    with pytest.raises(BlockRefused) as caught:
        reassembly.add(stranger)
    assert caught.value.fault is FAULT.OTHER_TRANSFER
    with pytest.raises(BlockRefused):
        reassembly.add(b"\xdd\x09")
    rest = [reassembly.add(block) for block in FIVE[2:]]
    assert rest[-1] == command(bytes(range(180))).build()


def test_routing_header_that_is_not_the_message_s_is_refused() -> None:
    other = ROUTE._replace(target=PARTY)
    assert refused(*(changed(block, route=other) for block in FIVE)) is FAULT.NOT_THE_MESSAGE


def test_blocks_that_make_no_message_are_refused() -> None:
    assert refused(changed(FIVE[0], last=True)) is FAULT.NOT_THE_MESSAGE
    assert refused(changed(FIVE[0], data=b"no message", last=True)) is FAULT.NOT_THE_MESSAGE
    nested = changed(FIVE[0], data=FIVE[-1], last=True)
    assert refused(nested) is FAULT.NOT_THE_MESSAGE


def test_no_more_octets_are_held_than_a_message_may_have() -> None:
    reassembly = Reassembly()
    size, number, fault = MAX_DATA_OCTETS // 3, 0, None
    while fault is None:
        number += 1
        try:
            reassembly.add(Block(ROUTE, number, bytes(size)).build())
        except BlockRefused as error:
            fault = error.fault
        assert reassembly.held <= MAX_MESSAGE_OCTETS
    assert fault is FAULT.OVERSIZED
    assert number == MAX_MESSAGE_OCTETS // size + 1
    assert reassembly.held == 0


def test_no_more_blocks_are_taken_than_a_message_may_have() -> None:
    reassembly = Reassembly()
    for number in range(1, MAX_BLOCKS + 1):
        assert reassembly.add(Block(ROUTE, number, b"\x00").build()) is None
    with pytest.raises(BlockRefused) as caught:
        reassembly.add(Block(ROUTE, MAX_BLOCKS + 1, b"\x00").build())
    assert caught.value.fault is FAULT.OVERSIZED


def test_block_that_is_longer_than_a_message_may_be_is_refused_unread() -> None:
    assert refused(bytes(MAX_MESSAGE_OCTETS + 1)) is FAULT.OVERSIZED


def test_longest_message_goes_through_in_the_smallest_and_the_largest_blocks() -> None:
    frame = len(command(bytes(256), signature=None, mac=None).build()) - 256
    octets = command(bytes(MAX_MESSAGE_OCTETS - frame), signature=None, mac=None).build()
    assert len(split_message(octets, MIN_DATA_OCTETS)) == MAX_BLOCKS
    for size in (MIN_DATA_OCTETS, MAX_DATA_OCTETS):
        blocks = split_message(octets, size)
        assert max(map(len, blocks)) <= MAX_MESSAGE_OCTETS
        assert join_blocks(blocks) == octets


@pytest.mark.parametrize("fields", [{"data": b""}, {"number": 0}])
def test_acknowledgement_and_number_nought_carry_no_message(fields: dict[str, Any]) -> None:
    assert refused(changed(FIVE[0], **fields)) is FAULT.MALFORMED


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("dd 09", "dd 08", "the routing header"),
        ("dd 09 01", "dd 09 07", "CRA flag"),
        ("00 02 0102 00", "0c 02 0102 00", "date-time"),
        ("00 02 0102 00", "00 03 0102 00", "other information"),
        ("0102 00 0e", "0102 01 0e", "key information"),
        ("0e 11", "0d 11", "announces"),
        ("0e 1100000000", "0e 3100000000", "the block"),
        ("e0 81", "e1 81", "the block"),
        ("02 abcd", "01 abcd", "octets follow"),
        ("02 abcd", "03 abcd", "cut short"),
    ],
)
def test_block_that_breaks_the_layout_is_refused_with_its_octet(
    old: str, new: str, what: str
) -> None:
    text = ROUTING + " 0e 1100000000 e0 81 0001 0000 02 abcd"
    assert old in text
    with pytest.raises(BlockRefused, match=f"malformed: .*{what}.* at octet") as caught:
        parse_block(bytes.fromhex(text.replace(old, new)))
    assert caught.value.fault is FAULT.MALFORMED


def test_splitting_refuses_what_is_no_message_and_sizes_that_do_not_fit() -> None:
    octets = command().build()
    for size in (0, MIN_DATA_OCTETS - 1, MAX_DATA_OCTETS + 1):
        with pytest.raises(LocalError):
            split_message(octets, size)
    with pytest.raises(RemoteError):
        split_message(octets[:-1], 100)


@pytest.mark.parametrize(
    "fields", [{"window": 64}, {"window": -1}, {"number": 0x10000}, {"acknowledged": -1}]
)
def test_fields_that_do_not_fit_are_not_built(fields: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        changed(FIVE[0], **fields)


def test_message_parser_names_a_block_as_such() -> None:
    with pytest.raises(RemoteError, match="General Block Transfer"):
        parse_message(FIVE[0])
