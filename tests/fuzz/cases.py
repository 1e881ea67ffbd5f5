"""Hostile messages worth keeping, each built anew from our own PKI.

They are properly addressed, counted and protected, so that what is wrong with them is found
where it should be. An input that fuzzing finds is kept as a function here: what it is about, by
name, and never its octets.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from firmware_sim.bench.experiments.twin.tree import Node, read_tree
from firmware_sim.gbcs.crypto import P256_ORDER
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message
from firmware_sim.gbcs.roles import DeviceType
from tests.fuzz.mutator import protected
from tests.fuzz.target import fresh
from tests.support import commands
from tests.support.meter import Meter
from tests.support.pki import SECOND_UNDER_FIRST

Case = Callable[[Meter], bytes]

_BIG = (2**63 - 1, 2**63, 2**64 - 1)
_SEQUENCE = 0x30
# A recovery command's payload: control, replacements, path.
_CONTROL, _REPLACEMENTS, _PATH = range(3)
_ROOM = 400  # header, signature and length octets


def all_cases() -> Iterator[tuple[str, Case]]:
    """Every case with its name."""
    yield from _ENVELOPES.items()
    yield from {name: _with_payload(octets) for name, octets in _PAYLOADS.items()}.items()
    yield from {name: _altered(change) for name, change in _TREES.items()}.items()
    yield from {f"counter {number}": _counted(number) for number in _BIG}.items()
    yield from {
        f"signature {name}": _signature(octets) for name, octets in _SIGNATURES.items()
    }.items()


def octets_of(case: Case, device_type: DeviceType) -> bytes:
    """The message of a case for a device."""
    return case(fresh(device_type))


def _message(target: Meter, **fields: Any) -> Message:
    message = replace(commands.by_recovery(target), **fields)
    return protected(message, target.device.device_type)


def _with_payload(octets: bytes) -> Case:
    return lambda target: _message(target, payload=octets).build()


def _altered(change: Callable[[list[Node]], None]) -> Case:
    def build(target: Meter) -> bytes:
        message = commands.by_recovery(target)
        tree = read_tree(message.payload)
        assert tree is not None
        change(tree.children)
        return _message(target, counter=message.counter, payload=tree.encode()).build()

    return build


def _counted(number: int) -> Case:
    def build(target: Meter) -> bytes:
        control = {"counter": min(number, 2**63 - 1)}
        return commands.by_recovery(target, counter=number, control=control).build()

    return build


def _signature(octets: bytes) -> Case:
    return lambda target: replace(commands.by_recovery(target), signature=octets).build()


def _nested(tag: int, room: int) -> bytes:
    """Values in values, as deep as the room allows."""
    octets = b""
    while len(octets) < room:
        octets = Node(tag, octets).encode()
    return octets


def _maced_under_no_key(target: Meter) -> bytes:
    return replace(commands.query(target), mac=bytes(12)).build()


def _longest(target: Meter, surplus: int) -> bytes:
    empty = len(_message(target, payload=bytes(300)).build()) - 300
    return _message(target, payload=bytes(MAX_MESSAGE_OCTETS - empty + surplus)).build()


def _cell(role: int, usage: bytes = b"\x07\x80") -> Node:
    return Node(_SEQUENCE, children=[Node(2, bytes((role,))), Node(3, usage)])


def _certificate(**changes: Any) -> Callable[[list[Node]], None]:
    """The first replacement's certificate has other fields, and the issuer's true signature."""

    def change(parts: list[Node]) -> None:
        octets = SECOND_UNDER_FIRST.leaf("supplier.DS", **changes).certificate
        tree = read_tree(octets)
        assert tree is not None
        parts[_REPLACEMENTS].children[0].children[0] = tree

    return change


def _replaced(part: int, node: Node) -> Callable[[list[Node]], None]:
    def change(parts: list[Node]) -> None:
        parts[part] = node

    return change


def _appended(tag: int, content: bytes) -> Callable[[list[Node]], None]:
    return lambda parts: parts.append(Node(tag, content))


def _repeated(part: int, times: int) -> Callable[[list[Node]], None]:
    def change(parts: list[Node]) -> None:
        parts[part].children = parts[part].children[:1] * times

    return change


def _certificates(octets: bytes) -> Callable[[list[Node]], None]:
    def change(parts: list[Node]) -> None:
        for each in parts[_REPLACEMENTS].children:
            each.children[0] = Node(octets[0], octets[2:])

    return change


def _cells(node: Node) -> Callable[[list[Node]], None]:
    def change(parts: list[Node]) -> None:
        for each in parts[_REPLACEMENTS].children:
            each.children[1] = node

    return change


_ENVELOPES: dict[str, Case] = {
    "nothing": lambda _: b"",
    "one tag": lambda _: b"\xdd",
    "MAC header alone": lambda _: b"\xdd" + bytes(6) + b"\x82\xff\xff\x11" + bytes(4),
    "MAC under no key": _maced_under_no_key,
    "as long as may be": lambda target: _longest(target, 0),
    "an octet longer": lambda target: _longest(target, 1),
    "as long as may be, and an octet behind it": lambda target: _longest(target, 0) + b"\0",
    "64 KiB": lambda _: bytes(0x10000),
    "block of a transfer": lambda _: bytes.fromhex("dd0901") + bytes(60),
}

_PAYLOADS = {
    "no payload": b"",
    "sequences as deep as may be": _nested(_SEQUENCE, MAX_MESSAGE_OCTETS - _ROOM),
    "sets as deep as may be": _nested(0x31, MAX_MESSAGE_OCTETS - _ROOM),
    "a length of four octets": b"\x30\x84\xff\xff\xff\xff",
    "a length of 126 octets": b"\x30\xfe" + b"\xff" * 126,
    "an indefinite length": b"\x30\x80\x30\x80\x00\x00\x00\x00",
    "a high tag number": b"\x3f" + b"\xff" * 200,
    "a thousand empty sequences": Node(_SEQUENCE, b"\x30\x00" * 1000).encode(),
}

_TREES: dict[str, Callable[[list[Node]], None]] = {
    "no replacement": _replaced(_REPLACEMENTS, Node(_SEQUENCE)),
    "no path": _replaced(_PATH, Node(_SEQUENCE)),
    "no control": _replaced(_CONTROL, Node(_SEQUENCE)),
    "one cell sixteen times": _repeated(_REPLACEMENTS, 16),
    "one cell seventeen times": _repeated(_REPLACEMENTS, 17),
    "the path certificate eight times": _repeated(_PATH, 8),
    "the path certificate twelve times": _repeated(_PATH, 12),
    "certificates that are empty": _certificates(b"\x30\x00"),
    "certificates that are integers": _certificates(b"\x02\x01\x00"),
    "certificates that are nested": _certificates(
        Node(_SEQUENCE, _nested(_SEQUENCE, 120)).encode()
    ),
    "cells of no role": _cells(_cell(0x60)),
    "cells of a negative role": _cells(_cell(0xFF)),
    "cells of no usage": _cells(_cell(2, b"\x00")),
    "cells of a usage of 33 octets": _cells(_cell(2, b"\x00" + b"\xff" * 32)),
    "executed in the year 0": _appended(0x18, b"00000101000000Z"),
    "executed in the year 9999": _appended(0x18, b"99991231235959Z"),
    "executed on 30 February": _appended(0x18, b"20260230000000Z"),
    "executed at second 60": _appended(0x18, b"20261231235960Z"),
    "executed in local time": _appended(0x18, b"20261231235959"),
    "executed at a fraction": _appended(0x18, b"20261231235959.999999999Z"),
    "certificate for ever": _certificate(serial=2**159 - 1),
    "certificate of serial number nought": _certificate(serial=0),
    "certificate without policy": _certificate(policies=()),
    "certificate of every usage": _certificate(key_usages=frozenset(range(9))),
    "certificate of an authority": _certificate(is_authority=True),
    "certificate by a key that is another's": _certificate(authority_key_identifier=bytes(8)),
    "certificate with a key off the curve": _certificate(public_key=b"\x04" + bytes(63) + b"\x01"),
}

_SIGNATURES = {
    "of zeros": bytes(64),
    "with r and s of the order": P256_ORDER.to_bytes(32, "big") * 2,
    "with the largest numbers": b"\xff" * 64,
    "absent": b"",
}
