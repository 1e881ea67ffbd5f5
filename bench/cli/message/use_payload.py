"""Payloads of DLMS and ZigBee as plain values: a tree of items, with encrypted ones opened.

Every payload in one of these languages is shown, whatever its use case: what an object means is
not said, where it stands is.
"""

from collections.abc import Callable
from typing import Final

from firmware_sim.gbcs import zcl
from firmware_sim.gbcs.axdr import Reader
from firmware_sim.gbcs.dlms_access import AccessItem, AccessRequest, AccessResponse
from firmware_sim.gbcs.dlms_data import (
    ARRAY,
    CLAUSE,
    COMPACT_ARRAY,
    NAMES,
    STRUCTURE,
    UTF8_STRING,
    VISIBLE_STRING,
    DlmsValue,
    one_value,
    read_value,
)
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.sensitive import ITEM_START
from firmware_sim.gbcs.uses import ObjectName
from firmware_sim.gbcs.zcl_attributes import read_records

Fields = dict[str, object]
Opener = Callable[[bytes], bytes | None]
"""Opens an encrypted item of the message at hand; None if no key does."""

_REQUEST, _RESPONSE, _NOTIFICATION, _ZIGBEE = b"\xd9", b"\xda", b"\x0f\x20", b"\x01\x09"
_NOTIFICATION_HEAD_OCTETS = 6
_NUMBERS: Final = frozenset((0x05, 0x06, 0x0F, 0x10, 0x11, 0x12, 0x14, 0x15, 0x16))


def closed(_item: bytes) -> bytes | None:
    """The `Opener` of who has no keys."""
    return None


def use_fields(message: Message, opener: Opener = closed) -> Fields | None:
    """The payload, if it is in one of the two languages; else None.

    Raises:
        RemoteError: it begins as one, and goes on otherwise.
    """
    payload = message.payload
    if payload.startswith(_REQUEST):
        return _request(AccessRequest.decode(payload))
    if payload.startswith(_RESPONSE):
        return _response(AccessResponse.decode(payload), opener)
    if payload.startswith(_NOTIFICATION):
        reader = Reader(payload, clause=CLAUSE)
        reader.take(_NOTIFICATION_HEAD_OCTETS, "the head of a notification")
        fields: Fields = {"dlms": "data-notification", "value": _value(read_value(reader), opener)}
        rest = payload[reader.at :]
        return {**fields, "behind_it": rest.hex()} if rest else fields
    if payload.startswith(_ZIGBEE) and message.cra is not CraFlag.ALERT:
        frames = zcl.read_frames(payload)
        return {"zigbee": [_frame(each, message.cra, opener) for each in frames]}
    return None


def _request(request: AccessRequest) -> Fields:
    items = [_item(each) for each in request.items]
    return {"dlms": "access-request", "invoke_id": request.counter_low, "items": items}


def _item(item: AccessItem) -> Fields:
    fields: Fields = {item.kind.name.lower(): _object(item.name)}
    if item.selection:
        fields["selector"] = item.selection[0]
        fields["selection"] = _value(one_value(item.selection[1:]), closed)
    if item.data != b"\x00":
        fields["value"] = _value(one_value(item.data), closed)
    return fields


def _response(response: AccessResponse, opener: Opener) -> Fields:
    items: list[Fields] = []
    for kind, outcome in zip(response.kinds, response.outcomes, strict=True):
        item: Fields = {kind.name.lower(): f"result {outcome.result}"}
        if outcome.data != b"\x00":
            item["value"] = _value(one_value(outcome.data), opener)
        items.append(item)
    return {"dlms": "access-response", "invoke_id": response.counter_low, "items": items}


def _object(name: ObjectName) -> str:
    a, b, c, d, e, f = name.instance
    what = "method" if name.is_command else "attribute"
    return f"class {name.interface}, {a}-{b}:{c}.{d}.{e}.{f}, {what} {name.attribute}"


def _value(value: DlmsValue, opener: Opener) -> object:
    if value.tag in (ARRAY, STRUCTURE):
        parts = {str(place): _value(each, opener) for place, each in enumerate(value.parts, 1)}
        return {NAMES[value.tag]: parts}
    if value.tag in _NUMBERS:
        return value.number
    if value.tag in (VISIBLE_STRING, UTF8_STRING):
        return {NAMES[value.tag]: value.content.decode("utf-8", "replace")}
    if value.content.startswith(ITEM_START):
        return _opened(value.content, opener, lambda plain: _value(one_value(plain), closed))
    text = value.content.hex()
    return {NAMES[value.tag]: text} if value.tag == COMPACT_ARRAY or text else None


def _opened(item: bytes, opener: Opener, show: Callable[[bytes], object]) -> Fields:
    plain = opener(item)
    if plain is None:
        return {"encrypted": item.hex()}
    try:
        return {"decrypted": show(plain)}
    except RemoteError:
        return {"decrypted": plain.hex()}


def _frame(frame: zcl.ZclFrame, cra: CraFlag, opener: Opener) -> Fields:
    fields: Fields = {
        "cluster": f"{frame.cluster:04x}",
        "command": f"{'global' if frame.is_global else 'cluster'} {frame.command:02x}",
    }
    if frame.due:
        fields["due"] = zcl.number_at(frame.due, 0, 4)
    if frame.is_encrypted:

        def show(plain: bytes) -> object:
            return _content(frame._replace(content=plain, is_encrypted=False), cra)

        return {**fields, **_opened(frame.content, opener, show)}
    return {**fields, "content": _content(frame, cra)}


def _content(frame: zcl.ZclFrame, cra: CraFlag) -> object:
    """Attributes asked for or told, or a status; of the clusters' own commands the octets."""
    try:
        if frame.is_global and frame.command == zcl.READ_ATTRIBUTES and cra is CraFlag.COMMAND:
            return [f"attribute {each:04x}" for each in zcl.asked_attributes(frame)]
        if frame.is_global and frame.command == zcl.READ_ATTRIBUTES_RESPONSE:
            return {
                f"attribute {each.attribute:04x}": each.data.hex() or f"status {each.status:02x}"
                for each in read_records(frame.content)
            }
    except RemoteError:
        return frame.content.hex()
    if frame.is_global and frame.command == zcl.DEFAULT_RESPONSE and len(frame.content) == 2:
        return {"of_command": f"{frame.content[0]:02x}", "status": f"{frame.content[1]:02x}"}
    return frame.content.hex()
