"""machine/respond.c over the flash image of a simulated device."""

import ctypes
from typing import Any

from firmware_sim.devices.device import Device
from firmware_sim.gbcs.identifiers import EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.hw.engine.device import STORE_OK, EngineDevice
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.machine.ports import ClockReading
from tests.board.c_structures import MessageView, Octets, Writer, view
from tests.support.host_device import name_of, seconds_of

_ROOM_OCTETS = 8192


class ResponderInC:
    """Builds what the device sends; needs a copy of the library for itself."""

    def __init__(self, engine: EngineLibrary, device: Device) -> None:
        self._c = library = engine.raw
        for name in ("signed", "maced", "alert", "critical_alert"):
            getattr(library, f"respond_{name}").restype = Octets
        library.respond_payload.restype = Writer
        geometry, image = device.flash.geometry, device.image()
        self._device = EngineDevice(engine, name_of(geometry))
        self._device.load(image)
        assert self._device.reopen() == STORE_OK

    def set_clock(self, reading: ClockReading) -> None:
        """The clock stands there."""
        assert self._device.set_clock(seconds_of(reading), reading.reliability)

    def signed(self, command: Message, payload: bytes, *, stamped: bool) -> bytes | None:
        """respond_signed; None if there was no room, as from all of these."""
        out = Room()
        return self._signed(out, command, payload, stamped=stamped)

    def maced(self, command: Message, payload: bytes, secret: bytes) -> bytes | None:
        """respond_maced."""
        return self._maced(Room(), command, payload, secret)

    def alert(
        self, code: MessageCode, counter: int, recipient: EntityId, payload: bytes
    ) -> bytes | None:
        """respond_alert."""
        out = Room()
        inside = self._payload(out, payload)
        made = self._c.respond_alert(
            ctypes.byref(out.writer),
            code,
            ctypes.c_uint64(counter),
            bytes(recipient),
            ctypes.byref(inside),
        )
        return _said(made)

    def critical_alert(self, code: int, counter: int, recipient: EntityId) -> bytes | None:
        """respond_critical_alert."""
        out = Room()
        made = self._c.respond_critical_alert(
            ctypes.byref(out.writer), code, ctypes.c_uint64(counter), bytes(recipient)
        )
        return _said(made)

    def in_one_buffer(
        self, command: Message, answers: list[tuple[bytes, bool]], secret: bytes, octets: int
    ) -> list[bytes | None]:
        """Payloads answered one after the other into so much room: True signed, False MACed."""
        out = Room(octets)
        return [
            self._signed(out, command, payload, stamped=True)
            if is_signed
            else self._maced(out, command, payload, secret)
            for payload, is_signed in answers
        ]

    def _signed(
        self, out: "Room", command: Message, payload: bytes, *, stamped: bool
    ) -> bytes | None:
        message, _seen = self._parsed(command)
        inside = self._payload(out, payload)
        made = self._c.respond_signed(
            ctypes.byref(out.writer), ctypes.byref(message), ctypes.byref(inside), stamped
        )
        return _said(made)

    def _maced(self, out: "Room", command: Message, payload: bytes, secret: bytes) -> bytes | None:
        message, _seen = self._parsed(command)
        inside = self._payload(out, payload)
        made = self._c.respond_maced(
            ctypes.byref(out.writer), ctypes.byref(message), ctypes.byref(inside), secret, False
        )
        return _said(made)

    def _parsed(self, command: Message) -> tuple[MessageView, Any]:
        message, seen = MessageView(), view(command.build())
        assert self._c.message_parse(seen, ctypes.byref(message))
        return message, seen

    def _payload(self, out: "Room", payload: bytes) -> Writer:
        inside: Writer = self._c.respond_payload(ctypes.byref(out.writer))
        inside.put(payload)
        return inside


class Room:
    """A buffer with its writer."""

    def __init__(self, octets: int = _ROOM_OCTETS) -> None:
        self.buffer = ctypes.create_string_buffer(octets)
        self.writer = Writer(ctypes.addressof(self.buffer), octets, 0, False)


def _said(made: Octets) -> bytes | None:
    return made.value if made.at else None
