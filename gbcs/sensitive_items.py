"""Where the encrypted items of an answer or alert stand, in either language."""

from collections.abc import Iterator

from firmware_sim.gbcs import zcl
from firmware_sim.gbcs.axdr import Reader
from firmware_sim.gbcs.dlms_access import AccessResponse
from firmware_sim.gbcs.dlms_data import CLAUSE, DlmsValue, one_value, read_value
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.sensitive import ITEM_START

_ACCESS_RESPONSE, _NOTIFICATION, _ZIGBEE = b"\xda", b"\x0f\x20", b"\x01\x09"
_NOTIFICATION_HEAD_OCTETS = 6
_ALERT_HEAD_OCTETS = 6


def items_in(message: Message) -> tuple[bytes, ...]:
    """Every encrypted item of a message, from its ``31`` to its tag, in order.

    A payload that is in neither language, or does not decode, has none.
    """
    if message.cra is CraFlag.COMMAND:
        return ()
    try:
        return tuple(_items(message))
    except RemoteError:
        return ()


def _items(message: Message) -> Iterator[bytes]:
    payload = message.payload
    if payload.startswith(_ACCESS_RESPONSE):
        for outcome in AccessResponse.decode(payload).outcomes:
            yield from _in_value(one_value(outcome.data))
    elif payload.startswith(_NOTIFICATION):
        reader = Reader(payload, clause=CLAUSE)
        reader.take(_NOTIFICATION_HEAD_OCTETS, "the head of a notification")
        yield from _in_value(read_value(reader))
    elif payload.startswith(_ZIGBEE):
        yield from (each.content for each in _frames(message) if each.is_encrypted)


def _in_value(value: DlmsValue) -> Iterator[bytes]:
    if value.content.startswith(ITEM_START):
        yield value.content
    for part in value.parts:
        yield from _in_value(part)


def _frames(message: Message) -> tuple[zcl.ZclFrame, ...]:
    if message.cra is not CraFlag.ALERT:
        return zcl.read_frames(message.payload)
    reader = Reader(message.payload, clause=zcl.CLAUSE)
    reader.expect(_ZIGBEE, "the profile")
    count = reader.number(1, "the number of components")
    reader.take(_ALERT_HEAD_OCTETS, "the head of an alert")
    return zcl.read_components(reader, count)
