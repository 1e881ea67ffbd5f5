"""A device's flash image as what differs from another's: exact to the octet, and small.

Two devices of one course differ in identity, keys, certificates and signatures. Everything that the
record keeps of a single device is such a difference from its representative, over the real image;
there is no second model of a device.
"""

from struct import Struct
from typing import Final

_SPAN: Final = Struct("<IH")
_BLOCK: Final = 256
_GAP: Final = 6
"""Equal octets between two spans that are not worth a span of their own."""

_MOST: Final = 0xFFFF


class DeltaError(ValueError):
    """Octets that are no delta of an image of that size."""


def delta_of(template: bytes, image: bytes) -> bytes:
    """What turns the template into the image.

    Each span is its place (4 octets) and length (2), little-endian, and its octets.

    Raises:
        ValueError: they are not of one size.
    """
    if len(template) != len(image):
        raise ValueError(f"an image of {len(image)} octets, and a template of {len(template)}")
    return b"".join(
        _SPAN.pack(start, end - start) + image[start:end] for start, end in _spans(template, image)
    )


def image_of(template: bytes, delta: bytes) -> bytes:
    """The image again.

    Raises:
        DeltaError: the octets are no delta of such an image.
    """
    image, at = bytearray(template), 0
    while at < len(delta):
        if at + _SPAN.size > len(delta):
            raise DeltaError(f"octet {at}: a span without its head")
        start, length = _SPAN.unpack_from(delta, at)
        at += _SPAN.size
        octets = delta[at : at + length]
        if len(octets) < length or start + length > len(image):
            raise DeltaError(f"octet {at}: a span of {length} octets at {start}")
        image[start : start + length] = octets
        at += length
    return bytes(image)


def _spans(template: bytes, image: bytes) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for block in range(0, len(image), _BLOCK):
        if template[block : block + _BLOCK] == image[block : block + _BLOCK]:
            continue
        for at in range(block, min(block + _BLOCK, len(image))):
            if template[at] == image[at]:
                continue
            start, end = spans[-1] if spans else (at, at)
            if spans and at - end < _GAP and at + 1 - start <= _MOST:
                spans[-1] = start, at + 1
            else:
                spans.append((at, at + 1))
    return spans
