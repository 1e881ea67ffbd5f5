"""DLMS access requests and responses: several reads, writes and actions in one message.

Request and response (IEC 62056-5-3, ACCESS service)::

    D9 20 <counter 3> 00 <n> n x {01|02|03 <class 2> <OBIS 6> <attribute>} <n> n x value
    DA 20 <counter 3> 00 00 <n> n x value <n> n x {<type> <result>}

The long-invoke-id is ``20`` and the low three octets of the Originator Counter. A read with
selection (04) has its selector and its parameter behind the attribute, and 01 in its result. Items
are carried out in order; after the first that fails, every later one has the result FA.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple, Self

from firmware_sim.gbcs.axdr import Reader, length_octets
from firmware_sim.gbcs.dlms_data import NULL, read_value
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.uses import ObjectName

CLAUSE: Final = "IEC 62056-5-3 ACCESS"
MAX_ITEMS: Final = 32
"""A request with more is refused; reference messages have up to 23."""

_REQUEST, _RESPONSE = b"\xd9", b"\xda"
_LONG_INVOKE_ID = b"\x20"
_NO_TIME = b"\x00"
_NO_SPECIFICATION = b"\x00"
_COUNTER_OCTETS = 3


class AccessKind(IntEnum):
    """What an item of a request asks for."""

    GET = 1
    SET = 2
    ACTION = 3
    GET_SELECTED = 4


class AccessResult(IntEnum):
    """What became of an item: those results that are used here."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OTHER_REASON = 250


class AccessItem(NamedTuple):
    """One item of a request; `data` is the octets of its value, null for a read."""

    kind: AccessKind
    name: ObjectName
    data: bytes = NULL
    selection: bytes = b""

    def specification(self) -> bytes:
        """What is asked for, without the value."""
        interface, attribute, instance, _ = self.name
        place = interface.to_bytes(2, "big") + instance + bytes((attribute,))
        return bytes((self.kind,)) + place + self.selection


class AccessOutcome(NamedTuple):
    """What an item gives: its result, and the octets of its value, null where there is none."""

    result: int
    data: bytes = NULL


class AccessRequest(NamedTuple):
    """A request; `counter_low` is the low 24 bits of the Originator Counter."""

    counter_low: int
    items: tuple[AccessItem, ...]

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a payload.

        Raises:
            RemoteError: it is no such request, its lists differ in length, or has too many items.
        """
        reader = Reader(octets, clause=CLAUSE)
        reader.expect(_REQUEST + _LONG_INVOKE_ID, "an access request")
        counter_low = reader.number(_COUNTER_OCTETS, "the long-invoke-id")
        reader.expect(_NO_TIME, "the date-time")
        count = _count(reader)
        asked = [_item(reader) for _ in range(count)]
        if _count(reader) != count:
            raise reader.wrong("the list of values is not as long as that of items")
        items = tuple(_with_data(item, reader) for item in asked)
        reader.finish()
        return cls(counter_low, items)

    def encode(self) -> bytes:
        """The payload."""
        count = length_octets(len(self.items))
        specifications = (item.specification() for item in self.items)
        values = (item.data for item in self.items)
        head = _REQUEST + _LONG_INVOKE_ID + self.counter_low.to_bytes(_COUNTER_OCTETS, "big")
        return b"".join((head, _NO_TIME, count, *specifications, count, *values))


def request_for(counter: int, items: Sequence[AccessItem]) -> AccessRequest:
    """The request that a message with this Originator Counter carries."""
    return AccessRequest(counter & 0xFFFFFF, tuple(items))


def read_request(octets: bytes, counter: int) -> AccessRequest:
    """`AccessRequest.decode` for a command with this Originator Counter.

    Raises:
        RemoteError: as there, or the long-invoke-id is not of that counter.
    """
    request = AccessRequest.decode(octets)
    if request.counter_low != counter & 0xFFFFFF:
        raise RemoteError("the long-invoke-id is not that of the Originator Counter", clause=CLAUSE)
    return request


def answer(request: AccessRequest, carry_out: Callable[[AccessItem], AccessOutcome]) -> bytes:
    """The payload of the response.

    Args:
        carry_out: does one item; it is not called after the first that has failed.
    """
    outcomes: list[AccessOutcome] = []
    has_failed = False
    for item in request.items:
        outcome = AccessOutcome(AccessResult.OTHER_REASON) if has_failed else carry_out(item)
        has_failed = has_failed or outcome.result != AccessResult.SUCCESS
        outcomes.append(outcome)
    count = length_octets(len(outcomes))
    values = (outcome.data for outcome in outcomes)
    results = (
        bytes((_answered(item.kind), outcome.result))
        for item, outcome in zip(request.items, outcomes, strict=True)
    )
    head = _RESPONSE + _LONG_INVOKE_ID + request.counter_low.to_bytes(_COUNTER_OCTETS, "big")
    return b"".join((head, _NO_TIME, _NO_SPECIFICATION, count, *values, count, *results))


def _answered(kind: AccessKind) -> AccessKind:
    return AccessKind.GET if kind is AccessKind.GET_SELECTED else kind


def _count(reader: Reader) -> int:
    count = reader.length("a list")
    if not 0 < count <= MAX_ITEMS:
        raise reader.wrong(f"a list has 1 to {MAX_ITEMS} items, not {count}")
    return count


def _item(reader: Reader) -> AccessItem:
    start = reader.at
    code = reader.take(1, "the kind of an item")[0]
    try:
        kind = AccessKind(code)
    except ValueError:
        raise reader.wrong(f"{code:02x} is no kind of access", start) from None
    interface = reader.number(2, "a class")
    instance = reader.take(6, "an OBIS code")
    attribute = reader.number(1, "an attribute")
    name = ObjectName(interface, attribute, instance, kind is AccessKind.ACTION)
    if kind is not AccessKind.GET_SELECTED:
        return AccessItem(kind, name)
    selection = reader.take(1, "a selector") + _data(reader)
    return AccessItem(kind, name, selection=selection)


def _with_data(item: AccessItem, reader: Reader) -> AccessItem:
    start, data = reader.at, _data(reader)
    if item.kind in (AccessKind.GET, AccessKind.GET_SELECTED) and data != NULL:
        raise reader.wrong("a read brings a value", start)
    return item._replace(data=data)


def _data(reader: Reader) -> bytes:
    start = reader.at
    read_value(reader)
    return reader.octets[start : reader.at]


class AccessResponse(NamedTuple):
    """A response as a reader takes it apart: values and results in the order of the items."""

    counter_low: int
    outcomes: tuple[AccessOutcome, ...]
    kinds: tuple[AccessKind, ...]

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Read a payload; RemoteError if it is none, or its lists differ in length."""
        reader = Reader(octets, clause=CLAUSE)
        reader.expect(_RESPONSE + _LONG_INVOKE_ID, "an access response")
        counter_low = reader.number(_COUNTER_OCTETS, "the long-invoke-id")
        reader.expect(_NO_TIME + _NO_SPECIFICATION, "date-time and specification")
        values = [_data(reader) for _ in range(_count(reader))]
        if _count(reader) != len(values):
            raise reader.wrong("the list of results is not as long as that of values")
        kinds, results = [], []
        for _ in values:
            code, result = reader.take(2, "a result")
            if code not in (AccessKind.GET, AccessKind.SET, AccessKind.ACTION):
                raise reader.wrong(f"{code:02x} is no kind of access")
            kinds.append(AccessKind(code))
            results.append(result)
        reader.finish()
        return cls(counter_low, tuple(map(AccessOutcome, results, values)), tuple(kinds))
