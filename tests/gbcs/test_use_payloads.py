"""DLMS access, ZigBee frames, CS06, UTRNs, encrypted items: published octets and hostile ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.bench.experiments.conformance.payloads import Payload
from firmware_sim.gbcs import dlms_access, zcl
from firmware_sim.gbcs.check_digit import check_digit
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.dlms_data import one_value
from firmware_sim.gbcs.dlms_protection import Titles, asked_objects, protected_call
from firmware_sim.gbcs.errors import LocalError, RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.activation import (
    ActivationAlert,
    ActivationCommand,
    ActivationResponse,
)
from firmware_sim.gbcs.sensitive import ItemKey, decrypted, encrypted
from firmware_sim.gbcs.sensitive_items import items_in
from firmware_sim.gbcs.use_cases import CS06, CS06_FUTURE_DATED_ALERT, ECS17B
from firmware_sim.gbcs.uses import IMPORT_REGISTERS, ObjectName
from firmware_sim.gbcs.utrn import TopUpParties, Utrn, ValueClass, make_utrn
from firmware_sim.gbcs.zcl_attributes import read_records

SUITE = P256Suite()
DEVICE, READER = EntityId(bytes(range(8))), EntityId(bytes(range(8, 16)))
PUBLISHED = {"73950067887105178605": (6, 0, 1250)}
"""A token of the reference messages: bits 41 to 32 of its counter, class and value."""


def messages(rtds: Path) -> list[Message]:
    files = sorted((rtds / "messages").rglob("*.HEX"))
    return [parse_message(bytes.fromhex(file.read_text())) for file in files]


def test_published_access_requests_frames_and_activations_build_the_same_octets_again(
    rtds: Path,
) -> None:
    seen = {"dlms": 0, "zigbee": 0, "cs06": 0}
    cs06: dict[tuple[int, CraFlag], type[Payload]] = {
        (CS06, CraFlag.COMMAND): ActivationCommand,
        (CS06, CraFlag.RESPONSE): ActivationResponse,
        (CS06_FUTURE_DATED_ALERT, CraFlag.ALERT): ActivationAlert,
    }
    for message in messages(rtds):
        payload = message.payload
        if payload[:1] == b"\xd9":
            request = dlms_access.read_request(payload, message.counter)
            assert request.encode() == payload
            seen["dlms"] += 1
        elif payload[:2] == b"\x01\x09" and message.cra is not CraFlag.ALERT:
            assert zcl.build_frames(zcl.read_frames(payload)) == payload
            seen["zigbee"] += 1
        elif (message.code, message.cra) in cs06:
            kind = cs06[message.code, message.cra]
            assert kind.decode(payload).encode() == payload
            seen["cs06"] += 1
    assert min(seen.values()) > 10


@pytest.mark.parametrize("digits", PUBLISHED)
def test_a_published_token_says_what_its_answer_credits(digits: str) -> None:
    utrn = Utrn.parse(digits)
    assert (utrn.counter_low, utrn.value_class, utrn.value) == PUBLISHED[digits]
    assert utrn.credit == 1_250_000
    assert str(utrn) == digits


@pytest.mark.parametrize("digits", PUBLISHED)
def test_the_check_digit_finds_each_wrong_digit_and_each_swap_of_neighbours(digits: str) -> None:
    for place in range(20):
        for other in set("0123456789") - {digits[place]}:
            wrong = digits[:place] + other + digits[place + 1 :]
            assert check_digit(wrong[:-1]) != wrong[-1]
    for place in range(19):
        if digits[place] != digits[place + 1]:
            pair = digits[place + 1] + digits[place]
            wrong = digits[:place] + pair + digits[place + 2 :]
            assert check_digit(wrong[:-1]) != wrong[-1]


@given(st.integers(0, 2**31 - 1), st.sampled_from(ValueClass), st.integers(0, 8191))
def test_a_token_that_is_made_reads_back(high: int, kind: ValueClass, value: int) -> None:
    parties = TopUpParties(READER, DEVICE, bytes(32))
    utrn = make_utrn(parties, high << 32, kind, value, SUITE)
    assert Utrn.parse(str(utrn)) == utrn
    assert (utrn.counter_low, utrn.value) == (high % 1024, value)


@pytest.mark.parametrize(("counter", "value"), [(1, 0), (1 << 63, 0), (0, 8192), (-1 << 32, 1)])
def test_a_token_with_another_counter_or_value_is_not_made(counter: int, value: int) -> None:
    with pytest.raises(LocalError):
        make_utrn(TopUpParties(READER, DEVICE, bytes(32)), counter, ValueClass.PENCE, value, SUITE)


@given(st.text(max_size=30))
def test_no_text_makes_the_reader_of_tokens_raise_anything_else(text: str) -> None:
    try:
        utrn = Utrn.parse(text)
    except RemoteError:
        return
    assert str(utrn) == text


def test_all_items_of_a_message_have_one_keystream() -> None:
    """So the exclusive or of two items is that of their values: a warning, and as published."""
    key = ItemKey(bytes(range(32)), DEVICE, READER, 7)
    first, second = b"what is known beforehand", b"what is not to be known!"
    items = [encrypted(plain, key, SUITE)[5:-12] for plain in (first, second)]
    mixed = bytes(a ^ b for a, b in zip(*items, strict=True))
    assert mixed == bytes(a ^ b for a, b in zip(first, second, strict=True))


def test_an_item_opens_with_its_key_alone_and_not_if_it_is_altered() -> None:
    key = ItemKey(bytes(range(32)), DEVICE, READER, 7)
    item = encrypted(b"a value", key, SUITE)
    assert decrypted(item, key, SUITE) == b"a value"
    for wrong in (
        key._replace(counter=8),
        key._replace(reader=DEVICE),
        key._replace(device=READER),
        key._replace(secret=bytes(32)),
    ):
        with pytest.raises(RemoteError):
            decrypted(item, wrong, SUITE)
    for spoilt in (item[:-1], item[:-1] + bytes((item[-1] ^ 1,)), b"", item[:16], b"\x30" + item):
        with pytest.raises(RemoteError):
            decrypted(spoilt, key, SUITE)
    assert "secret=…" in repr(key)


@given(st.binary(max_size=80) | st.builds(lambda tail: b"\xd9\x20\0\0\0\0" + tail, st.binary()))
def test_no_octets_make_the_reader_of_access_requests_raise_anything_else(octets: bytes) -> None:
    try:
        request = dlms_access.AccessRequest.decode(octets)
    except RemoteError:
        return
    assert request.encode() == octets


@given(st.binary(max_size=60) | st.builds(lambda tail: b"\x01\x09\x01\x01" + tail, st.binary()))
def test_no_octets_make_the_reader_of_frames_raise_anything_else(octets: bytes) -> None:
    try:
        frames = zcl.read_frames(octets)
    except RemoteError:
        return
    assert zcl.build_frames(frames) == octets


@given(st.binary(max_size=60))
def test_no_octets_make_the_other_readers_raise_anything_else(octets: bytes) -> None:
    titles = Titles(7, READER, DEVICE)
    for read in (
        one_value,
        read_records,
        ActivationCommand.decode,
        ActivationResponse.decode,
        ActivationAlert.decode,
        dlms_access.AccessResponse.decode,
        lambda data: asked_objects(data, titles),
    ):
        try:
            read(octets)
        except RemoteError:
            continue
    answer = Message(CraFlag.RESPONSE, 7, DEVICE, READER, ECS17B, octets)
    assert all(item.startswith(bytes.fromhex("3100000000")) for item in items_in(answer))


def test_a_protected_read_asks_for_at_most_eight_objects() -> None:
    titles = Titles(7, READER, DEVICE)
    names = tuple(ObjectName(1, 2, bytes((0, 0, 0, 0, 0, each))) for each in range(9))
    assert asked_objects(protected_call(names[:8], titles), titles) == names[:8]
    for wrong in ((), names):
        with pytest.raises(LocalError):
            protected_call(wrong, titles)
    other = protected_call((IMPORT_REGISTERS,), titles._replace(counter=8))
    with pytest.raises(RemoteError):
        asked_objects(other, titles)
