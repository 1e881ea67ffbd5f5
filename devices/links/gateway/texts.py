"""Looks at every text in a packet before the codec does.

The codec mqtt5 0.8.0 does not refuse a text that is no UTF-8: it panics, and prints that past us
(decision 0043). So a packet is walked first: what has such a text, or is not built as MQTT 5.0
says, does not reach it.
"""

from typing import Final

from firmware_sim.devices.links.link import LinkError

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 13, 14
"""Control packet types (MQTT 5.0, 2.1.2) that a broker sends to a client with QoS 1."""

_QOS: Final = 0x06
_MORE: Final = 0x80

# Properties by their form (MQTT 5.0, 2.2.2.2).
_WIDTHS: Final = (
    dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 1)
    | dict.fromkeys((0x13, 0x21, 0x22, 0x23), 2)
    | dict.fromkeys((0x02, 0x11, 0x18, 0x27), 4)
)
_TEXTS: Final = dict.fromkeys((0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F), 1) | {0x26: 2}
_OCTETS: Final = frozenset((0x09, 0x16))
_NUMBER: Final = 0x0B


def check_texts(packet: bytes) -> None:
    """Refuse a packet that the codec must not see.

    Raises:
        LinkError: no packet that a broker sends, not whole, or with a text that is no UTF-8.
    """
    try:
        _check(packet)
    except UnicodeDecodeError:
        raise LinkError("the broker sends a text that is no UTF-8") from None
    except (IndexError, ValueError):
        raise LinkError("the broker sends no MQTT 5 packet") from None


def _check(packet: bytes) -> None:
    kind = packet[0] >> 4
    _, at = _number(packet, 1)
    if kind == PUBLISH:
        at = _text(packet, at)
        _properties(packet, at + 2 if packet[0] & _QOS else at)
    elif kind == PUBACK:
        _properties_if_any(packet, at + 3)
    elif kind == DISCONNECT:
        _properties_if_any(packet, at + 1)
    elif kind in (CONNACK, SUBACK):
        _properties(packet, at + 2)
    elif kind != PINGRESP:
        raise LinkError(f"the broker sends a packet of type {kind}")


def _properties_if_any(packet: bytes, at: int) -> None:
    if at < len(packet):
        _properties(packet, at)


def _properties(packet: bytes, at: int) -> None:
    length, at = _number(packet, at)
    end = at + length
    if end > len(packet):
        raise ValueError
    while at < end:
        name = packet[at]
        at += 1
        if name in _WIDTHS:
            at += _WIDTHS[name]
        elif name in _OCTETS:
            at += 2 + int.from_bytes(packet[at : at + 2], "big")
        elif name in _TEXTS:
            for _ in range(_TEXTS[name]):
                at = _text(packet, at)
        elif name == _NUMBER:
            _, at = _number(packet, at)
        else:
            raise ValueError
    if at != end:
        raise ValueError


def _text(packet: bytes, at: int) -> int:
    """Where the octets behind a text begin."""
    start = at + 2
    end = start + int.from_bytes(packet[at:start], "big")
    if end > len(packet):
        raise ValueError
    packet[start:end].decode("utf-8")
    return end


def _number(packet: bytes, at: int) -> tuple[int, int]:
    """A Variable Byte Integer, and where the octets behind it begin (MQTT 5.0, 1.5.5)."""
    value = shift = 0
    for index in range(at, at + 4):
        octet = packet[index]
        value |= (octet & ~_MORE) << shift
        if not octet & _MORE:
            return value, index + 1
        shift += 7
    raise ValueError
