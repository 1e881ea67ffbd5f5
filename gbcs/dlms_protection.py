"""The data protection object of DLMS: a list of objects, read as one encrypted item (class 30).

Only the list varies; the rest of the parameters is what every reference message has, with the
counter and the titles of the message itself.
"""

from typing import Final, NamedTuple

from firmware_sim.gbcs.axdr import Reader, prefixed
from firmware_sim.gbcs.dlms_data import OCTET_STRING
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.uses import ObjectName

CLAUSE: Final = "IEC 62056-6-2 data protection"
MAX_OBJECTS: Final = 8

_TWO_PARTS = bytes.fromhex("0202")
_ONE_OF = bytes.fromhex("0101")
_ARRAY = b"\x01"
_OBJECT = (bytes.fromhex("020512"), bytes.fromhex("0906"), b"\x0f")
_NO_RESTRICTION = bytes.fromhex("12000002021600 00")
_PARAMETERS_START = bytes.fromhex("02021602020509 0904")
_TITLE = bytes.fromhex("0908")
_PARAMETERS_END = bytes.fromhex("0900 02021602 0202 090102 0900")


class Titles(NamedTuple):
    """What the parameters repeat of a command's header."""

    counter: int
    originator: EntityId
    target: EntityId

    def parameters(self, sender: EntityId, receiver: EntityId) -> bytes:
        """The parameters: authenticated encryption, with agreed keys of these two."""
        titles = _TITLE + sender + _TITLE + receiver
        start = _ONE_OF + _PARAMETERS_START + self.counter.to_bytes(8, "big")
        return start + titles + _PARAMETERS_END


def asked_objects(data: bytes, titles: Titles) -> tuple[ObjectName, ...]:
    """The objects that a call asks for.

    Args:
        data: the parameter of the call: octets of one DLMS value.

    Raises:
        RemoteError: anything but the list is not as in the reference messages, or it has none or
            more than eight objects.
    """
    reader = Reader(data, clause=CLAUSE)
    reader.expect(_TWO_PARTS + _ARRAY, "a protected read")
    count = reader.number(1, "the number of objects")
    if not 0 < count <= MAX_OBJECTS:
        raise reader.wrong(f"a protected read is of 1 to {MAX_OBJECTS} objects, not {count}")
    names = tuple(_object(reader) for _ in range(count))
    reader.expect(titles.parameters(titles.originator, titles.target), "the protection")
    reader.finish()
    return names


def protected_call(names: tuple[ObjectName, ...], titles: Titles) -> bytes:
    """The parameter of a call that reads these objects."""
    if not 0 < len(names) <= MAX_OBJECTS:
        raise LocalError(f"a protected read is of 1 to {MAX_OBJECTS} objects", clause=CLAUSE)
    objects = b"".join(map(_object_octets, names))
    parameters = titles.parameters(titles.originator, titles.target)
    return _TWO_PARTS + _ARRAY + bytes((len(names),)) + objects + parameters


def protected_answer(item: bytes, titles: Titles) -> bytes:
    """What a call returns: the parameters, with sender and receiver exchanged, and the item."""
    parameters = titles.parameters(titles.target, titles.originator)
    return _TWO_PARTS + parameters + bytes((OCTET_STRING,)) + prefixed(item)


def item_of(answer: bytes, titles: Titles) -> bytes:
    """The encrypted item that a call has returned; RemoteError if the octets are not that."""
    reader = Reader(answer, clause=CLAUSE)
    reader.expect(_TWO_PARTS, "a protected answer")
    reader.expect(titles.parameters(titles.target, titles.originator), "the protection")
    reader.expect(bytes((OCTET_STRING,)), "an encrypted item")
    item = reader.counted("an encrypted item")
    reader.finish()
    return item


def _object(reader: Reader) -> ObjectName:
    start, obis, attribute = _OBJECT
    reader.expect(start, "an object")
    interface = reader.number(2, "a class")
    reader.expect(obis, "an OBIS code")
    instance = reader.take(6, "an OBIS code")
    reader.expect(attribute, "an attribute")
    number = reader.number(1, "an attribute")
    reader.expect(_NO_RESTRICTION, "an object without restriction")
    return ObjectName(interface, number, instance)


def _object_octets(name: ObjectName) -> bytes:
    start, obis, attribute = _OBJECT
    interface, number = name.interface.to_bytes(2, "big"), bytes((name.attribute,))
    return start + interface + obis + name.instance + attribute + number + _NO_RESTRICTION
