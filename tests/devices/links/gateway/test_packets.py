"""Octets of a broker, cut anywhere and however hostile: packets, or one line that refuses them."""

from contextlib import suppress

import mqtt5
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_sim.devices.links.gateway.carrier import Carrier
from firmware_sim.devices.links.gateway.outbox import FIRST_NUMBER, Letter, Outbox
from firmware_sim.devices.links.gateway.packets import (
    MAX_PACKET_OCTETS,
    PacketStream,
    connect_packet,
)
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_connection import ClientIdentity
from firmware_sim.devices.links.mqtt_options import MqttOptions

TOPIC = "gbcs/v1/90b3d51f30010001/command"

# By hand from MQTT 5.0, 2.1.4, 3.3.2 and the property table 2.2.2.2: PUBLISH with QoS 1, packet
# identifier 1024, Response Topic (8) and Correlation Data (9).
BY_HAND = (
    bytes((0x32, 2 + len(TOPIC) + 2 + 1 + (3 + 3) + (3 + 2) + 4))
    + len(TOPIC).to_bytes(2, "big")
    + TOPIC.encode()
    + b"\x04\x00"
    + bytes((11,))
    + b"\x08\x00\x03a/b"
    + b"\x09\x00\x02\xca\xfe"
    + b"GBCS"
)

letters = st.builds(
    Letter,
    st.sampled_from([TOPIC, "gbcs/v1/90b3d51f30010002/response"]),
    st.binary(max_size=300),
    st.none() | st.sampled_from(["a/b", "gbcs/v1/x/reply/y"]),
    st.none() | st.binary(min_size=1, max_size=64),
)


def sent(*some: Letter) -> bytes:
    outbox = Outbox()
    for letter in some:
        outbox.add(letter, lambda _: None)
    outbox.resume(len(some), is_resumed=False)
    return b"".join(outbox.due())


def test_a_publication_has_the_octets_of_the_specification() -> None:
    assert sent(Letter(TOPIC, b"GBCS", "a/b", b"\xca\xfe")) == BY_HAND


@given(st.lists(letters, min_size=1, max_size=4), st.lists(st.integers(0, 1500), max_size=6))
def test_publications_come_out_as_they_went_in_however_they_are_cut(
    some: list[Letter], cuts: list[int]
) -> None:
    octets, stream, packets = sent(*some), PacketStream(), []
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(octets)], strict=True):
        packets += stream.feed(octets[start:end])
    assert all(isinstance(each, mqtt5.PublishPacket) for each in packets)
    read = [
        Letter(each.topic, each.payload, each.response_topic, each.correlation_data)
        for each in packets
        if isinstance(each, mqtt5.PublishPacket)
    ]
    assert read == some


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_hostile_octets_bring_packets_or_a_link_error(pieces: list[bytes]) -> None:
    stream = PacketStream()
    with suppress(LinkError):
        for piece in pieces:
            stream.feed(piece)


@given(st.binary(max_size=6), st.data())
def test_a_spoilt_publication_brings_packets_or_a_link_error(
    noise: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(BY_HAND)))
    spoilt = BY_HAND[:at] + noise + BY_HAND[at + len(noise) :]
    with suppress(LinkError):
        PacketStream().feed(spoilt)


def of_broker(*packets: mqtt5.Packet) -> list[bytes]:
    return [packet.write() for packet in packets]


# With every text that a packet to a client can have.
OF_BROKER = of_broker(
    mqtt5.PublishPacket(
        TOPIC,
        b"GBCS",
        qos=mqtt5.QoS.AT_LEAST_ONCE,
        packet_id=0x9C9C,
        response_topic="a/b",
        correlation_data=b"\xca\xfe",
        content_type="type",
        user_properties=[("key", "value")],
        subscription_ids=[200],
        topic_alias=2,
        message_expiry_interval=4,
        payload_format_indicator=1,
    ),
    mqtt5.PublishPacket(TOPIC, b"GBCS"),
    mqtt5.ConnAckPacket(
        reason_str="reason",
        assigned_client_id="name",
        server_reference="other",
        response_info="info",
        authentication_method="method",
        authentication_data=b"\xff",
        session_expiry_interval=1,
        server_keep_alive=2,
        receive_max=20,
        max_packet_size=99,
        user_properties=[("key", "value")],
    ),
    mqtt5.PubAckPacket(7),
    mqtt5.PubAckPacket(
        7,
        reason_code=mqtt5.PubAckReasonCode.NOT_AUTHORIZED,
        reason_str="reason",
        user_properties=[("key", "value")],
    ),
    mqtt5.SubAckPacket(3, [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE], reason_str="reason"),
    mqtt5.DisconnectPacket(
        reason_code=mqtt5.DisconnectReasonCode.SERVER_BUSY,
        reason_str="reason",
        server_reference="other",
    ),
    mqtt5.DisconnectPacket(),
    mqtt5.PingRespPacket(),
)


@pytest.mark.parametrize("octets", OF_BROKER, ids=range(len(OF_BROKER)))
def test_what_a_broker_sends_is_taken(octets: bytes) -> None:
    [packet] = PacketStream().feed(octets)
    assert packet.write() == octets


@given(
    st.sampled_from(OF_BROKER),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), min_size=1, max_size=4),
)
@example(OF_BROKER[0], [(10, 0xED)])
def test_no_octets_make_the_codec_panic(octets: bytes, spoilt: list[tuple[int, int]]) -> None:
    """A panic of it is no Exception, and would end this test."""
    changed = bytearray(octets)
    for at, value in spoilt:
        changed[at % len(changed)] = value
    with suppress(LinkError):
        PacketStream().feed(bytes(changed))


def test_a_text_that_is_no_utf_8_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LinkError, match="a text that is no UTF-8"):
        PacketStream().feed(BY_HAND.replace(b"gbcs", b"gbc\xff"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", [0, 1, 5, 6, 7, 8, 10, 11, 12, 15])
def test_what_no_broker_sends_to_us_is_refused(kind: int) -> None:
    with pytest.raises(LinkError, match=f"a packet of type {kind}"):
        PacketStream().feed(bytes((kind << 4, 2, 0, 0)))


def test_a_packet_that_is_too_long_is_refused_before_its_octets_have_come() -> None:
    head = bytearray(b"\x32")
    left = MAX_PACKET_OCTETS
    while left:
        head.append((left & 0x7F) | (0x80 if left >> 7 else 0))
        left >>= 7
    with pytest.raises(LinkError, match="a packet of"):
        PacketStream().feed(bytes(head))


def test_a_length_of_five_octets_is_refused() -> None:
    with pytest.raises(LinkError, match="whose length is none"):
        PacketStream().feed(b"\x32\xff\xff\xff\xff")


def test_a_password_stays_out_of_sight_and_goes_to_the_broker() -> None:
    options = MqttOptions("localhost", username="bench", password="s3cret")
    packet = connect_packet(options, ClientIdentity("me"), Carrier(16, 60), clean=False)
    assert b"s3cret" in packet
    assert "s3cret" not in repr(options)


def test_numbers_of_letters_begin_above_those_of_requests() -> None:
    [packet] = PacketStream().feed(sent(Letter(TOPIC, b"")))
    assert isinstance(packet, mqtt5.PublishPacket)
    assert packet.packet_id == FIRST_NUMBER
