"""Where a flash image is blank at its ends: most of it is, and need not be hashed or sent."""

from typing import Final

_STEP: Final = 1024
_BLANK: Final = b"\xff" * _STEP


def part_in_use(image: bytes) -> tuple[int, int]:
    """Where what an image holds begins and ends, to the kibibyte.

    Outside of it all octets are 0xFF. A flash that reads 0x00 when erased is in use as a whole.
    """
    begin, end = 0, len(image)
    while image.endswith(_BLANK, begin, end):
        end -= _STEP
    while image.startswith(_BLANK, begin, end):
        begin += _STEP
    return begin, end
