"""The firmware's tokens and sensitive items in a host library, called with octets."""

import ctypes
from typing import NamedTuple, cast

from firmware_sim.gbcs.identifiers import EntityId
from tests.board.c_structures import Octets, Writer, view


class _Utrn(ctypes.Structure):
    """`struct utrn`."""

    _fields_ = (
        ("counter", ctypes.c_uint16),
        ("value_class", ctypes.c_uint8),
        ("value", ctypes.c_uint16),
        ("covered", ctypes.c_uint8 * 4),
        ("mac", ctypes.c_uint8 * 4),
    )


class _Parties(ctypes.Structure):
    """`struct utrn_parties`."""

    _fields_ = (
        ("supplier", ctypes.c_char_p),
        ("device", ctypes.c_char_p),
        ("counter", ctypes.c_uint64),
    )


class _KeyUse(ctypes.Structure):
    """`struct key_use`."""

    _fields_ = (
        ("originator", ctypes.c_char_p),
        ("purpose", ctypes.c_uint8),
        ("counter", ctypes.c_uint64),
        ("recipient", ctypes.c_char_p),
    )


class TokenFields(NamedTuple):
    """What the digits of a token say."""

    counter: int
    value_class: int
    value: int
    covered: bytes
    mac: bytes


class UsesInC:
    """hw/firmware/gbcs/{utrn,sensitive}.c, called."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._c = library
        library.utrn_read.restype = library.utrn_is_authentic.restype = ctypes.c_bool
        library.sensitive_put.argtypes = (
            ctypes.POINTER(Writer),
            ctypes.POINTER(_KeyUse),
            ctypes.c_char_p,
            Octets,
        )

    def token(self, digits: bytes) -> TokenFields | None:
        """The fields; None if it is no token."""
        read = self._read(digits)
        if read is None:
            return None
        return TokenFields(
            read.counter, read.value_class, read.value, bytes(read.covered), bytes(read.mac)
        )

    def is_authentic(
        self, digits: bytes, supplier: EntityId, device: EntityId, counter: int, secret: bytes
    ) -> bool:
        """Whether a token has the MAC of these parties."""
        read = self._read(digits)
        assert read is not None
        parties = _Parties(supplier, device, counter)
        return bool(self._c.utrn_is_authentic(ctypes.byref(read), ctypes.byref(parties), secret))

    def sensitive(
        self, item: bytes, device: EntityId, recipient: EntityId, counter: int, secret: bytes
    ) -> bytes:
        """An item as an answer carries it."""
        room = ctypes.create_string_buffer(4096)
        writer = Writer(ctypes.addressof(room), len(room), 0, False)
        use = _KeyUse(device, 4, counter, recipient)
        self._c.sensitive_put(writer, use, secret, view(item))
        assert not writer.overflowed
        return room.raw[: writer.length]

    def _read(self, digits: bytes) -> _Utrn | None:
        read = _Utrn()
        assert len(digits) == 20
        accepted = cast("bool", self._c.utrn_read(digits, ctypes.byref(read)))
        return read if accepted else None
