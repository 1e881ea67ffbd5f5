"""Certificates changed value by value, so that a change gets past the first length it breaks.

Contents that hold DER themselves (extension values, signatures) are part of the tree. After a
change a certificate may be signed anew, so that what lies behind its signature is reached.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Self

from firmware_sim.gbcs.certificate_build import signature_value
from firmware_sim.gbcs.crypto import P256Suite

_SUITE = P256Suite()
_CONSTRUCTED = 0x20
_OCTET_STRING, _BIT_STRING = 0x04, 0x03
_TAGS = (1, 2, 3, 4, 5, 6, 0x0A, 0x0C, 0x13, 0x16, 0x17, 0x18, 0x1F, 0x30, 0x31, 0x80, 0xA0, 0xA3)

_CONTENTS: dict[int, tuple[bytes, ...]] = {
    0x01: (b"", b"\0", b"\1", b"\xff", b"\xff\xff"),
    0x02: (
        *(b"", b"\0", b"\1", b"\2", b"\5", b"\x0c", b"\x10", b"\x7f", b"\x80", b"\xff"),
        *(b"\0\0", b"\0\x7f", b"\0\x80", b"\xff\x7f", b"\xff\x80", b"\x01" + bytes(4)),
        *(b"\x7f" * 20, b"\x7f" * 21, b"\0" + b"\xff" * 20, b"\x7f" * 127, b"\x7f" * 128),
        *(b"\0" + b"\xff" * 32, b"\x7f" * 32, b"\x7f" * 33, b"\x7f\xff\xff\xff"),
    ),
    0x03: (
        *(b"", b"\0", b"\1", b"\0\0", b"\7\x80", b"\3\x08", b"\2\x04", b"\1\x06", b"\7\x81"),
        *(b"\x08\x80", b"\0\x01", b"\7\0\x80", b"\7\x80\x80", b"\6\0\x40", b"\0\0\x80"),
        *(b"\0" + bytes(8), b"\1" + bytes(8), b"\0" + bytes(9), b"\7\x04\x80", b"\7\0\0\x80"),
    ),
    0x04: (b"", b"\0", bytes(7), bytes(8), bytes(9), bytes(64), bytes(104)),
    0x06: (
        *(b"", b"\x80", b"\x2a", b"\x2a\x80", b"\x2a\x80\x01", b"\x55\x1d\x20\x00", b"\xff"),
        *(b"\x55\x1d\x0e", b"\x55\x1d\x0f", b"\x55\x1d\x11", b"\x55\x1d\x13", b"\x55\x1d\x20"),
        *(b"\x55\x1d\x23", b"\x55\x1d\x24", b"\x55\x04\x03", b"\x55\x04\x0b", b"\x55\x04\x2d"),
        *(b"\x2b\x06\x01\x05\x05\x07\x01\x14", b"\x2b\x06\x01\x05\x05\x07\x08\x04"),
        *(b"\x2a" + b"\1" * 62, b"\x2a" + b"\1" * 63, b"\x2a\x83" + b"\xff" * 17 + b"\x7f"),
        *(b"\x2a\x84" + b"\x80" * 17 + b"\0", b"\x2a\x81" + b"\x80" * 18 + b"\0"),
        *(b"\x60\x86\x48\x01\x65\x03\x04\x01" + bytes((end,)) for end in (6, 7, 8, 46, 48)),
    ),
    0x0C: (
        *(b"", b"00", b"02", b"07", b"7F", b"7f", b"FF", b"2", b"002", b" 02", b"Root", b" root "),
        *(b"\xc3\x9f", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80"),
        *(b"\xe0\x9f\xbf", b"\xe0\xa0\x80", b"\xf0\x8f\xbf\xbf", b"\xf0\x90\x80\x80", b"\xc3"),
        *(b"\x80", b"a\x00b", b"a\x1cb", b"A  B", b"\xf8\x88\x80\x80\x80", b"\xee\x80\x80"),
    ),
    0x17: (
        *(b"200101000000Z", b"491231235959Z", b"500101000000Z", b"991231235959Z", b"200229000000Z"),
        *(b"210229000000Z", b"200230000000Z", b"201301000000Z", b"200101240000Z", b"200101006000Z"),
        *(
            b"200101000060Z",
            b"2001010000Z",
            b"200101000000",
            b"200101000000+0000",
            b"20010100000 Z",
        ),
        *(b"000101000000Z", b"200100000000Z", b"200431000000Z", b"200430000000Z", b"200101000000z"),
    ),
    0x18: (
        *(b"20200101000000Z", b"99991231235959Z", b"00000101000000Z", b"00010101000000Z"),
        *(b"19000229000000Z", b"20000229000000Z", b"21000229000000Z", b"20240229000000Z"),
        *(b"20200101000000.5Z", b"20200101000000.50Z", b"20200101000060Z", b"19700101000000Z"),
        *(b"16000229000000Z", b"19691231235959Z", b"2020010100000Z", b"20200101000000+0000"),
    ),
    0x80: (b"", bytes(8), bytes(20)),
}
_CONTENTS[0x13] = _CONTENTS[0x0C]


@dataclass(slots=True)
class Value:
    """One DER value; `prefix` stands between the length and the children in it."""

    tag: int
    content: bytes = b""
    prefix: bytes = b""
    children: list[Self] = field(default_factory=list)
    length: bytes | None = None

    def encode(self) -> bytes:
        content = self.prefix + b"".join(child.encode() for child in self.children)
        content = content if self.children else self.content
        length = _length(len(content)) if self.length is None else self.length
        return bytes((self.tag,)) + length + content

    def walk(self) -> list["Value"]:
        return [self, *(value for child in self.children for value in child.walk())]


def read(octets: bytes) -> Value | None:
    """The tree of exactly one value."""
    values = _read_all(octets, 0)
    return values[0] if values and len(values) == 1 else None


def mutated(octets: bytes, random: Random, spare: bytes, signing_key: bytes | None = None) -> bytes:
    """A changed copy.

    Args:
        octets: a certificate.
        random: decides.
        spare: another certificate, whose values may be put in.
        signing_key: signs the result; None leaves the signature.
    """
    tree, other = read(octets), read(spare)
    if tree is None or other is None or random.random() < 0.15:
        return _flipped(octets, random)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        _change(tree, other, random)
    if signing_key is not None:
        sign(tree, signing_key)
    return tree.encode()


def sign(tree: Value, key: bytes) -> None:
    """Put the signature of `key` on a tree that is still like a certificate."""
    if len(tree.children) == 3:
        signature = signature_value(_SUITE.sign(key, tree.children[0].encode()))
        tree.children[2] = Value(_BIT_STRING, b"\0" + signature)


def _change(tree: Value, other: Value, random: Random) -> None:
    value = random.choice(tree.walk())
    match random.randrange(12):
        case 0:
            value.tag = random.choice(_TAGS)
        case 1 if value.children:
            value.children.pop(random.randrange(len(value.children)))
        case 2 if value.children:
            at = random.randrange(len(value.children) + 1)
            value.children.insert(at, random.choice(value.children))
        case 3 if value.children:
            random.shuffle(value.children)
        case 4:
            _become(value, random.choice(other.walk()))
        case 5 if value.children:
            at = random.randrange(len(value.children) + 1)
            value.children.insert(at, _copy(random.choice(other.walk())))
        case 6:
            value.length = _odd_length(len(value.encode()), random)
        case 7:
            value.content, value.children = _flipped(value.encode()[2:], random), []
        case 8 if not value.children:
            value.content = random.choice((value.content.upper(), value.content.lower()))
        case _:
            _fill(value, random)


def _fill(value: Value, random: Random) -> None:
    known = _CONTENTS.get(value.tag)
    if known and not value.children:
        value.content = random.choice(known)
    elif value.children:
        tag = random.choice(tuple(_CONTENTS))
        made = Value(tag, random.choice(_CONTENTS[tag]))
        value.children.insert(random.randrange(len(value.children) + 1), made)
    else:
        value.content = _flipped(value.content, random)


def _become(value: Value, model: Value) -> None:
    copy = _copy(model)
    value.tag, value.content, value.prefix = copy.tag, copy.content, copy.prefix
    value.children, value.length = copy.children, None


def _copy(value: Value) -> Value:
    children = [_copy(child) for child in value.children]
    return Value(value.tag, value.content, value.prefix, children, value.length)


def _flipped(octets: bytes, random: Random) -> bytes:
    """The same octets but for one or two places."""
    changed = bytearray(octets)
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(changed) + 1)
        match random.randrange(5):
            case 0:
                changed.insert(at, random.choice((0, 1, 0x20, 0x7F, 0x80, 0xFF)))
            case 1:
                del changed[at : at + random.choice((1, 1, 2))]
            case 2 if at < len(changed):
                changed[at] = random.randrange(256)
            case _ if at < len(changed):
                changed[at] ^= 1 << random.randrange(8)
            case _:
                changed.append(0)
    return bytes(changed)


def _odd_length(length: int, random: Random) -> bytes:
    short = max(0, length - 2)
    return random.choice(
        (
            bytes((0x80,)),
            bytes((0x81, short % 256)),
            b"\x82" + (short % 65536).to_bytes(2, "big"),
            b"\x84" + short.to_bytes(4, "big"),
            b"\x85" + short.to_bytes(5, "big"),
            b"\x84\xff\xff\xff\xff",
            _length(short + 1),
            _length(max(0, short - 1)),
        )
    )


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets


def _read_all(octets: bytes, depth: int) -> list[Value] | None:
    values, at = [], 0
    while at < len(octets):
        head = _head(octets, at)
        if head is None or depth > 16:
            return None
        start, stop = head
        values.append(_value(octets[at], octets[start:stop], depth))
        at = stop
    return values


def _value(tag: int, content: bytes, depth: int) -> Value:
    inside, prefix = None, b""
    if tag & _CONSTRUCTED or tag == _OCTET_STRING:
        inside = _read_all(content, depth + 1)
    elif tag == _BIT_STRING and content[:2] == b"\0\x30":
        inside, prefix = _read_all(content[1:], depth + 1), b"\0"
    return Value(tag, b"", prefix, inside) if inside else Value(tag, content)


def _head(octets: bytes, at: int) -> tuple[int, int] | None:
    if len(octets) < at + 2:
        return None
    first, start = octets[at + 1], at + 2
    if first < 0x80:
        return (start, start + first) if start + first <= len(octets) else None
    start += first - 0x80
    stop = start + int.from_bytes(octets[at + 2 : start], "big")
    return (start, stop) if first > 0x80 and stop <= len(octets) else None
