"""MQTT 5 packets and their octets: the door to the codec mqtt5, and a bound on what it is given."""

from typing import Final

import mqtt5

from firmware_sim.devices.links.gateway.carrier import Carrier
from firmware_sim.devices.links.gateway.texts import check_texts
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_connection import ClientIdentity, Publication
from firmware_sim.devices.links.mqtt_options import MqttOptions

MAX_PACKET_OCTETS: Final = 1 << 21
"""Of one packet from a broker: the longest status, its topic and its properties fit."""

_LENGTH_OCTETS: Final = 4
_MORE: Final = 0x80


class PacketStream:
    """Cuts what a broker sends into packets.

    Holds at most one packet that is not whole, so at most `MAX_PACKET_OCTETS` and what came last.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, octets: bytes) -> list[mqtt5.Packet]:
        """Every packet that is whole with these octets.

        Raises:
            LinkError: no MQTT 5 packet, or a longer one than a broker has to send.
        """
        data = memoryview(self._rest + octets if self._rest else octets)
        packets, at, end = [], 0, len(data)
        while at < end:
            length = _packet_octets(data[at : at + 1 + _LENGTH_OCTETS])
            if length > MAX_PACKET_OCTETS:
                raise LinkError(f"the broker sends a packet of {length} octets")
            if not length or end - at < length:
                break
            packets.append(_packet(bytes(data[at : at + length])))
            at += length
        self._rest = bytes(data[at:])
        return packets


def _packet(octets: bytes) -> mqtt5.Packet:
    check_texts(octets)
    try:
        packet, used = mqtt5.read(memoryview(octets))
    except (ValueError, IndexError) as error:
        raise LinkError(f"the broker sends no MQTT 5 packet: {error}") from error
    if used != len(octets):
        raise LinkError("the broker sends a packet with octets left over")
    return packet


def _packet_octets(head: memoryview) -> int:
    """Of a packet that begins so, in all; 0 while that cannot be told (MQTT 5.0, 1.5.5 and 2.1.4).

    Raises:
        LinkError: no length has so many octets.
    """
    length = shift = 0
    for index, octet in enumerate(head[1:], start=2):
        length |= (octet & ~_MORE) << shift
        if not octet & _MORE:
            return index + length
        shift += 7
    if len(head) > _LENGTH_OCTETS:
        raise LinkError("the broker sends a packet whose length is none")
    return 0


def connect_packet(
    options: MqttOptions, identity: ClientIdentity, carrier: Carrier, *, clean: bool
) -> bytes:
    """CONNECT; `clean` begins a session that ends with the connection."""
    will = identity.will
    return mqtt5.ConnectPacket(
        identity.identifier,
        username=options.username,
        password=None if options.password is None else options.password.encode(),
        clean_start=clean,
        will=will
        and mqtt5.Will(
            will.topic, payload=will.octets, qos=mqtt5.QoS.AT_LEAST_ONCE, retain=will.retain
        ),
        keep_alive=options.keepalive,
        session_expiry_interval=0 if clean else carrier.session_seconds,
        receive_max=carrier.receive,
        max_packet_size=MAX_PACKET_OCTETS,
    ).write()


def publish_packet(publication: Publication, number: int) -> bytes:
    """PUBLISH with QoS 1, outside the outbox."""
    return mqtt5.PublishPacket(
        publication.topic,
        publication.octets,
        qos=mqtt5.QoS.AT_LEAST_ONCE,
        retain=publication.retain,
        packet_id=number,
    ).write()


def reason(packet: mqtt5.ConnAckPacket | mqtt5.DisconnectPacket) -> str:
    """Why a broker refuses us or sends us away, in a line."""
    said = packet.reason_str or packet.reason_code.name.replace("_", " ").lower()
    return " ".join(said.split())[:200]
