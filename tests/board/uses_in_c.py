"""The firmware's tokens and sensitive items in a host library, called with octets."""

import ctypes
from collections.abc import Callable
from typing import NamedTuple, cast

from firmware_sim.gbcs.dlms_protection import Titles
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.uses import ObjectName
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


class _AccessItem(ctypes.Structure):
    """`struct access_item`."""

    _fields_ = (
        ("kind", ctypes.c_uint8),
        ("class_id", ctypes.c_uint16),
        ("instance", ctypes.c_void_p),
        ("attribute", ctypes.c_uint8),
        ("data", Octets),
    )


class _AccessRequest(ctypes.Structure):
    """`struct access_request`."""

    _fields_ = (("count", ctypes.c_size_t), ("items", _AccessItem * 32))


class _Titles(ctypes.Structure):
    """`struct protection_titles`."""

    _fields_ = (
        ("counter", ctypes.c_uint64),
        ("originator", ctypes.c_char_p),
        ("recipient", ctypes.c_char_p),
    )


class _ProtectedObject(ctypes.Structure):
    """`struct protected_object`."""

    _fields_ = (
        ("class_id", ctypes.c_uint16),
        ("instance", ctypes.c_void_p),
        ("attribute", ctypes.c_uint8),
    )


class _ProtectedRead(ctypes.Structure):
    """`struct protected_read`."""

    _fields_ = (("count", ctypes.c_size_t), ("objects", _ProtectedObject * 8))


class _Frame(ctypes.Structure):
    """`struct zcl_frame`."""

    _fields_ = (
        ("cluster", ctypes.c_uint16),
        ("control", ctypes.c_uint8),
        ("command", ctypes.c_uint8),
        ("payload", Octets),
    )


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


_ACTION = 3
_DECIDE = (
    "utrn_read",
    "utrn_is_authentic",
    "activation_decode",
    "access_request_decode",
    "protected_read_decode",
    "zcl_decode",
)


class UsesInC:
    """hw/firmware/gbcs/{utrn,sensitive,activation,dlms,protected_read,zcl}.c, called."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._c = library
        for name in _DECIDE:
            getattr(library, name).restype = ctypes.c_bool
        library.zcl_decode.argtypes = (Octets, ctypes.c_void_p)
        library.protected_read_decode.argtypes = (Octets, ctypes.c_void_p, ctypes.c_void_p)
        library.access_request_decode.argtypes = (Octets, ctypes.c_uint64, ctypes.c_void_p)
        library.activation_decode.argtypes = (Octets, ctypes.POINTER(_Activation))
        library.sensitive_begin.restype = ctypes.c_size_t

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

        def write(writer: Writer) -> None:
            pointer = ctypes.byref(writer)
            start = ctypes.c_size_t(self._c.sensitive_begin(pointer))
            writer.put(item)
            self._c.sensitive_end(pointer, start, ctypes.byref(use), secret)

        return _written(write)

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

    def access_items(
        self, payload: bytes, counter: int
    ) -> list[tuple[int, ObjectName, bytes]] | None:
        """Kind, name and datum of each item of an access request; None if it is refused."""
        read, seen = _AccessRequest(), view(payload)
        accepted = self._c.access_request_decode(seen, ctypes.c_uint64(counter), ctypes.byref(read))
        if not accepted:
            return None
        return [
            (
                item.kind,
                ObjectName(
                    item.class_id,
                    item.attribute,
                    ctypes.string_at(item.instance, 6),
                    item.kind == _ACTION,
                ),
                item.data.value,
            )
            for item in read.items[: read.count]
        ]

    def asked_objects(self, datum: bytes, titles: Titles) -> list[ObjectName] | None:
        """The objects of a protected read; None if it is refused."""
        read, seen = _ProtectedRead(), view(datum)
        named = _Titles(titles.counter, titles.originator, titles.target)
        if not self._c.protected_read_decode(seen, ctypes.byref(named), ctypes.byref(read)):
            return None
        return [
            ObjectName(each.class_id, each.attribute, ctypes.string_at(each.instance, 6))
            for each in read.objects[: read.count]
        ]

    def frame(self, payload: bytes) -> tuple[int, int, int, bytes] | None:
        """Cluster, control, command and content of the one frame; None if it is refused."""
        read, seen = _Frame(), view(payload)
        if not self._c.zcl_decode(seen, ctypes.byref(read)):
            return None
        return read.cluster, read.control, read.command, read.payload.value

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
