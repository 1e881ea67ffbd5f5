"""Seeded damage to octets: bits, cuts, doubled and moved parts, and lengths that lie."""

from random import Random


def mutated(octets: bytes, random: Random) -> bytes:
    """The octets after one to four changes."""
    work = bytearray(octets)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        random.choice(_CHANGES)(work, random)
    return bytes(work)


def _flip(work: bytearray, random: Random) -> None:
    if work:
        work[random.randrange(len(work))] ^= 1 << random.randrange(8)


def _set(work: bytearray, random: Random) -> None:
    if work:
        choices = (0x00, 0x01, 0x02, 0x03, 0x0A, 0x18, 0x1F, 0x30, 0x7F, 0x80, 0x81, 0x82, 0xFF)
        work[random.randrange(len(work))] = random.choice(choices)


def _nudge(work: bytearray, random: Random) -> None:
    """A length, perhaps, that is one too long or too short."""
    if work:
        at = random.randrange(len(work))
        work[at] = (work[at] + random.choice((-2, -1, 1, 2))) % 256


def _cut(work: bytearray, random: Random) -> None:
    del work[random.randrange(len(work) + 1) :]


def _drop(work: bytearray, random: Random) -> None:
    start = random.randrange(len(work) + 1)
    del work[start : start + random.choice((1, 1, 2, 3, 10))]


def _double(work: bytearray, random: Random) -> None:
    start = random.randrange(len(work) + 1)
    part = work[start : start + random.choice((1, 2, 3, 8, 40))]
    work[start:start] = part


def _insert(work: bytearray, random: Random) -> None:
    at = random.randrange(len(work) + 1)
    work[at:at] = random.choice((b"\x00", b"\x80", b"\x05\x00", b"\x02\x01\x00", b"\x81", b"\x00"))


def _append(work: bytearray, random: Random) -> None:
    work += random.choice((b"\x00", b"\x05\x00", b"\x00" * 12, b"\x30\x00"))


_CHANGES = (_flip, _flip, _set, _nudge, _nudge, _cut, _drop, _double, _insert, _append)


class Element:
    """One DER value that can be changed in place and written with lengths that fit again."""

    def __init__(self, tag: int, content: bytes, parts: list["Element"] | None) -> None:
        self.tag, self.content, self.parts = tag, content, parts

    @classmethod
    def read(cls, octets: bytes) -> list["Element"]:
        """The values that follow each other in well-formed DER with short tags."""
        elements = []
        while octets:
            tag, length, start = octets[0], octets[1], 2
            if length >= 0x80:
                start += length - 0x80
                length = int.from_bytes(octets[2:start], "big")
            content, octets = octets[start : start + length], octets[start + length :]
            parts = cls.read(content) if tag & 0x20 else None
            elements.append(cls(tag, content, parts))
        return elements

    def octets(self) -> bytes:
        """The value in DER."""
        content = self.content
        if self.parts is not None:
            content = b"".join(part.octets() for part in self.parts)
        return bytes((self.tag,)) + _length(len(content)) + content

    def walk(self) -> list["Element"]:
        """This value and all within it."""
        return [self, *(each for part in self.parts or () for each in part.walk())]


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x80 + len(octets),)) + octets


def reshaped(octets: bytes, random: Random) -> bytes:
    """Well-formed DER after one to three changes to its values, all lengths right."""
    (root,) = Element.read(octets)
    for _ in range(random.choice((1, 1, 2, 3))):
        element = random.choice(root.walk())
        random.choice((_retag, _recontent, _rearrange))(element, random)
    return root.octets()


def _retag(element: Element, random: Random) -> None:
    element.tag = random.choice(
        (element.tag ^ 0x20, element.tag + 1 & 0xFF,
         random.choice(b"\x01\x02\x03\x04\x05\x0a\x18\x30"),
         0x80 | random.randrange(7), 0xA0 | random.randrange(7), 0x1F, 0x3F)
    )  # fmt: skip


def _recontent(element: Element, random: Random) -> None:
    if element.parts is not None:
        return
    number = random.choice(_NUMBERS)
    choices = (
        b"",
        b"\x00" + element.content,
        element.content[1:],
        element.content + b"\x00",
        bytes((number,)),
        (1 << random.choice((7, 8, 15, 63, 64, 71))).to_bytes(10, "big").lstrip(b"\0"),
        b"\x00" + b"\xff" * 8,
        b"\x7f" + b"\xff" * 7,
        random.choice(_TIMES),
        random.choice(_BITS),
    )
    element.content = random.choice(choices)


def _rearrange(element: Element, random: Random) -> None:
    parts = element.parts
    if not parts:
        return
    at = random.randrange(len(parts))
    change = random.choice(("drop", "double", "swap", "many", "graft"))
    if change == "drop":
        del parts[at]
    elif change == "double":
        parts.insert(at, parts[at])
    elif change == "swap":
        random.shuffle(parts)
    elif change == "many":
        parts[at:at] = [parts[at]] * random.choice((3, 4, 7, 8, 9, 15, 16, 17))
    else:
        parts.insert(at, Element(*random.choice(_GRAFTS), None))


_NUMBERS = (0, 1, 2, 5, 7, 8, 9, 11, 12, 16, 25, 126, 127, 128, 255)
_BITS = (
    b"\x00",
    b"\x07\x80",
    b"\x03\x08",
    b"\x02\x04",
    b"\x07\x00",
    b"\x00\xff\xff\xff",
    b"\x08\x80",
)
_GRAFTS = (
    (0x02, b"\x01"), (0x02, b"\x00"), (0x81, b"\x00"), (0x81, b"\x01"), (0x84, b"\x05"),
    (0xA5, b""), (0xA6, b""), (0x05, b""), (0x30, b""), (0x18, b"20260101000000Z"),
    (0x80, b"k" * 16), (0xA5, bytes.fromhex("3006020100020107")),
    (0xA6, bytes.fromhex("30080201020201073000")),
)  # fmt: skip
_TIMES = (
    b"20260101000000Z", b"20260101000000.5Z", b"20260229000000Z", b"20240229235959Z",
    b"00000101000000Z", b"00010101000000Z", b"99991231235959Z", b"19000229000000Z",
    b"20000229000000Z", b"20261301000000Z", b"20260100000000Z", b"20260101240000Z",
    b"20260101006000Z", b"20260101000060Z", b"20260101000000", b"20260101000000+0000",
    b"2026010100000Z", b"202601010000000Z", b"20260101 00000Z", b"260101000000Z",
)  # fmt: skip
