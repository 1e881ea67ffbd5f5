"""The firmware's tokens and sensitive items in a host library, called with octets."""

import ctypes
from collections.abc import Callable
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


class _Activation(ctypes.Structure):
    """`struct activation`."""

    _fields_ = (
        ("image_hash", ctypes.c_void_p),
        ("counter", ctypes.c_uint64),
        ("has_execution", ctypes.c_bool),
        ("execution", ctypes.c_int64),
    )


class _Outcome(ctypes.Structure):
    """`struct activation_outcome`."""

    _fields_ = (("code", ctypes.c_uint8), ("version", ctypes.c_char_p))


class ActivationFields(NamedTuple):
    """What a CS06 command says; the time in seconds since 1970."""

    image_hash: bytes
    counter: int
    execution: int | None


class TokenFields(NamedTuple):
    """What the digits of a token say."""

    counter: int
    value_class: int
    value: int
    covered: bytes
    mac: bytes


class UsesInC:
    """hw/firmware/gbcs/{utrn,sensitive,activation}.c, called."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._c = library
        for name in ("utrn_read", "utrn_is_authentic", "activation_decode"):
            getattr(library, name).restype = ctypes.c_bool
        library.activation_decode.argtypes = (Octets, ctypes.POINTER(_Activation))
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
        use = _KeyUse(device, 4, counter, recipient)
        return _written(lambda writer: self._c.sensitive_put(writer, use, secret, view(item)))

    def activation(self, payload: bytes) -> ActivationFields | None:
        """A CS06 command; None if it is refused."""
        read, seen = _Activation(), view(payload)
        if not self._c.activation_decode(seen, ctypes.byref(read)):
            return None
        return ActivationFields(
            ctypes.string_at(read.image_hash, 32),
            read.counter,
            read.execution if read.has_execution else None,
        )

    def activation_response(self, code: int | None, version: bytes = b"") -> bytes:
        """The payload of the response; without a code, that of a command that was stored."""
        outcome = None if code is None else ctypes.byref(_Outcome(code, version))
        put = self._c.activation_response_put
        return _written(lambda writer: put(ctypes.byref(writer), outcome))

    def activation_alert(
        self, alert_code: int, command: ActivationFields, code: int, version: bytes
    ) -> bytes:
        """The payload of the alert after a future-dated command."""
        done = _Activation(None, command.counter, True, command.execution)
        outcome = _Outcome(code, version)
        put = self._c.activation_alert_put
        alert = ctypes.c_uint16(alert_code)
        return _written(
            lambda writer: put(
                ctypes.byref(writer), alert, ctypes.byref(done), ctypes.byref(outcome)
            )
        )

    def _read(self, digits: bytes) -> _Utrn | None:
        read = _Utrn()
        assert len(digits) == 20
        accepted = cast("bool", self._c.utrn_read(digits, ctypes.byref(read)))
        return read if accepted else None


def _written(write: Callable[[Writer], object]) -> bytes:
    room = ctypes.create_string_buffer(4096)
    writer = Writer(ctypes.addressof(room), len(room), 0, False)
    write(writer)
    assert not writer.overflowed
    return room.raw[: writer.length]
