"""Firmware as Intel HEX, which programmers take that read no ELF files (nrfjprog, J-Link).

Intel, *Hexadecimal Object File Format Specification*, revision A. No compiler is needed, whose
objcopy would do the same: the wheel's firmware can be written without one.
"""

from collections.abc import Iterable, Iterator
from typing import Final

_DATA: Final = 0x00
_END: Final = 0x01
_EXTENDED_LINEAR_ADDRESS: Final = 0x04
_ROW: Final = 16
_SEGMENT: Final = 1 << 16


def intel_hex(loads: Iterable[tuple[int, bytes]]) -> str:
    """The text of a file.

    Args:
        loads: octets by their address, of 32 bits.
    """
    return "".join(f"{line}\n" for line in _records(loads))


def _records(loads: Iterable[tuple[int, bytes]]) -> Iterator[str]:
    upper = 0
    for address, octets in _rows(loads):
        if address // _SEGMENT != upper:
            upper = address // _SEGMENT
            yield _record(0, _EXTENDED_LINEAR_ADDRESS, upper.to_bytes(2))
        yield _record(address % _SEGMENT, _DATA, octets)
    yield _record(0, _END, b"")


def _rows(loads: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Octets of one record each: 16 at most, and none that crosses a multiple of 16."""
    for start, octets in sorted(loads):
        at, end = start, start + len(octets)
        while at < end:
            until = min(end, at - at % _ROW + _ROW)
            yield at, octets[at - start : until - start]
            at = until


def _record(address: int, kind: int, octets: bytes) -> str:
    content = bytes((len(octets),)) + address.to_bytes(2) + bytes((kind,)) + octets
    return f":{content.hex().upper()}{-sum(content) & 0xFF:02X}"
