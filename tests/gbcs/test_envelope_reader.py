"""Two readers, one meaning: what reads quickly says what the reader field by field says."""

from dataclasses import fields, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs.envelope_reader import read_field_by_field
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message, parse_message
from tests.gbcs.messages import command, messages


def by(reader: object, octets: bytes) -> Message | str:
    """The message, or what is said to be wrong with it."""
    assert callable(reader)
    try:
        message = reader(octets)
    except RemoteError as error:
        return str(error)
    assert isinstance(message, Message)
    return message


def assert_same(octets: bytes) -> None:
    assert by(parse_message, octets) == by(read_field_by_field, octets)


@given(message=messages())
@settings(max_examples=200)
def test_every_message_reads_the_same(message: Message) -> None:
    octets = message.build()
    assert parse_message(octets) == read_field_by_field(octets) == message


@given(message=messages())
@settings(max_examples=200)
def test_protection_covers_the_same_octets_as_received_and_as_values_say(message: Message) -> None:
    received = parse_message(message.build())
    for each in (read_field_by_field(message.build()), replace(received), message):
        assert received.signed_octets() == each.signed_octets()
        assert received.grouped_octets() == each.grouped_octets()


@given(message=messages())
@settings(max_examples=50)
def test_changed_copy_forgets_what_was_received(message: Message) -> None:
    received = parse_message(message.build())
    changed = replace(received, payload=message.payload + b"\x00")
    assert changed.signed_octets() != received.signed_octets()
    assert changed.grouped_octets() != received.grouped_octets()
    assert parse_message(changed.build()) == changed


@given(message=messages(), data=st.data())
@settings(max_examples=200)
def test_every_altered_message_reads_the_same(message: Message, data: st.DataObject) -> None:
    octets = bytearray(message.build())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, min(60, len(octets)) - 1) | st.integers(0, len(octets) - 1))
        octets[at] = data.draw(st.sampled_from((0, 2, 12, 64, 127, 128, 129, 130, 255)))
    assert_same(bytes(octets))
    assert_same(bytes(octets[: data.draw(st.integers(0, len(octets)))]))


def test_every_octet_of_each_shape_reads_the_same_with_any_value() -> None:
    for message in (
        command(),
        command(signature=b""),
        command(mac=None),
        command(signature=None, mac=None),
        command(signature=b"", date_time=bytes(12)),
        command(bytes(200), signature=b""),
    ):
        octets = message.build()
        for at in range(len(octets)):
            for value in (0, 1, 2, 12, 64, 0x80, 0x81, 0x82, 0xFF, octets[at] ^ 1):
                assert_same(octets[:at] + bytes((value,)) + octets[at + 1 :])
                assert_same(octets[:at] + bytes((value,)) + octets[at:])
            assert_same(octets[:at])
            assert_same(octets[:at] + octets[at + 1 :])


def test_fields_of_both_readers_have_the_same_types() -> None:
    octets = command().build()
    quick, slow = parse_message(octets), read_field_by_field(octets)
    for name in (field.name for field in fields(Message) if field.init):
        assert type(getattr(quick, name)) is type(getattr(slow, name)), name


def test_every_reference_message_reads_the_same(rtds: Path) -> None:
    files = sorted((rtds / "messages").rglob("*.HEX"))
    assert files
    for path in files:
        assert_same(bytes.fromhex(path.read_text()))
