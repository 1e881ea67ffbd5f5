"""Ways to change a message on the link."""

from dataclasses import replace

from firmware_sim.gbcs.crypto import P256_ORDER
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER

_HALF = 32


def altered(octets: bytes, how: int) -> bytes:
    """The octets with one thing changed; the number chooses what and where."""
    message = parse_message(octets)
    kind, where = how % 10, how // 10
    if kind < 3:
        place = where % (len(octets) * 8)
        number = int.from_bytes(octets, "big") ^ 1 << place
        return number.to_bytes(len(octets), "big")
    if kind == 3:
        return octets[: where % len(octets)]
    return _built(_changed(message, kind, where), octets)


def spliced(one: bytes, other: bytes, how: int) -> bytes:
    """The first message with parts of the second."""
    first, second = parse_message(one), parse_message(other)
    changed = (
        replace(first, payload=second.payload),
        replace(first, signature=second.signature, mac=second.mac),
        replace(first, mac=second.mac if first.mac else None),
        replace(first, counter=second.counter),
        replace(first, originator=second.originator),
        replace(first, code=second.code),
    )
    return _built(changed[how % len(changed)], one)


def equal_forms(octets: bytes) -> frozenset[bytes]:
    """The message, and what an attacker can turn it into that says the same and verifies too.

    An ECDSA signature has a twin; a MAC over it gives the change away, if there is one.
    """
    message = parse_message(octets)
    if message.mac is not None or not message.signature:
        return frozenset({octets})
    return frozenset({octets, replace(message, signature=_negated(message.signature)).build()})


def _changed(message: Message, kind: int, where: int) -> Message:
    match kind:
        case 4:
            return replace(message, counter=min(message.counter + 1 + where % 99, MAX_SEQ_NUMBER))
        case 5:
            return replace(message, mac=None if message.mac else bytes(12))
        case 6:
            return replace(message, signature=_negated(message.signature or b""))
        case 7:
            return replace(message, originator=_neighbour(message.originator))
        case 8:
            return replace(message, cra=CraFlag.COMMAND, signature=_other_field(message))
        case _:
            return replace(message, counter=MAX_SEQ_NUMBER)


def _other_field(message: Message) -> bytes:
    """No signature where there is one; zeros where there is none."""
    return b"" if message.signature else bytes(2 * _HALF)


def _neighbour(entity: EntityId) -> EntityId:
    return EntityId(entity[:-1] + bytes((entity[-1] ^ 1,)))


def _negated(signature: bytes) -> bytes:
    """The other signature that verifies with the same key over the same octets (SEC 1 4.1)."""
    if len(signature) != 2 * _HALF:
        return signature
    s = P256_ORDER - int.from_bytes(signature[_HALF:], "big")
    return signature[:_HALF] + s.to_bytes(_HALF, "big")


def _built(message: Message, otherwise: bytes) -> bytes:
    try:
        return message.build()
    except LocalError:
        return otherwise[:-1]
