"""The firmware's machine, compiled for this computer: a device to set beside the simulated one."""

import ctypes
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import NAMED, Geometry
from firmware_sim.machine.image.records import RecordKey
from firmware_sim.machine.ports import ClockReading
from tests.board.host_library import host_library

_numbers = count()
_POWER_LOST = -1
_STORE_OK = 0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Answers(NamedTuple):
    """What came of an input: messages in order, and the number of a refusal's reason, or 0."""

    messages: tuple[bytes, ...]
    reason: int


class PowerLost(Exception):
    """The cut that was asked for came; the device is off."""


def name_of(geometry: Geometry) -> bytes:
    """Under which the firmware knows it, ended by a zero octet."""
    return next(name for name, each in NAMED.items() if each == geometry).encode() + b"\0"


def seconds_of(reading: ClockReading) -> int:
    """Since 1970, without a fraction."""
    return int((reading.time - _EPOCH).total_seconds())


class HostDevice:
    """One device of its own: the library keeps its state in static memory, so each has a copy."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self._c = host_library(f"device {next(_numbers)}")
        self._c.host_message.restype = self._c.changes_put.restype = ctypes.c_void_p
        self._c.host_choose_geometry.restype = ctypes.c_bool
        self._c.host_set_clock.argtypes = (ctypes.c_uint64, ctypes.c_uint8)
        self._c.host_set_clock.restype = ctypes.c_bool
        assert self._c.host_choose_geometry(name_of(geometry))
        self._flash = (ctypes.c_uint8 * geometry.size).in_dll(self._c, "host_flash")

    def load(self, image: bytes) -> None:
        """Put an image into the flash, past the machine."""
        assert len(image) == self.geometry.size
        ctypes.memmove(self._flash, image, len(image))
        self._c.host_flash_was_filled()

    def image(self) -> bytes:
        """The whole flash."""
        return bytes(self._flash)

    def digest(self) -> bytes:
        """What is trusted, as the machine sums it up itself."""
        digest = ctypes.create_string_buffer(32)
        self._c.store_digest(digest)
        return digest.raw

    @property
    def misuses(self) -> int:
        """Flash operations that no part would allow."""
        return ctypes.c_uint32.in_dll(self._c, "host_flash_misuses").value

    def provision(
        self, device_type: DeviceType, entity: EntityId, records: Iterable[tuple[RecordKey, bytes]]
    ) -> None:
        """Erase the flash and let the firmware write its first image."""
        self._c.changes_begin()
        for key, body in records:
            ctypes.memmove(self._c.changes_put(int(key.kind), key.number), body, len(body))
        assert self._c.store_format(int(device_type), entity) == _STORE_OK

    def power_on(self) -> bool:
        """Start from the flash; False if it holds no sound state.

        Raises:
            PowerLost: as `cut` asked; so do `receive` and `tick`.
        """
        return self._run(self._c.host_power_on) == _STORE_OK

    def reopen(self) -> None:
        """Let the machine that runs read its flash anew, which was changed past it."""
        assert self._c.store_open() == _STORE_OK

    def set_clock(self, reading: ClockReading) -> None:
        """Stop the clock at a reading of 1970 or later; a fraction of a second is dropped."""
        assert self._c.host_set_clock(seconds_of(reading), int(reading.reliability))

    def remember_secret(self, point: bytes, secret: bytes) -> None:
        """As if the device's key had been agreed with that point before."""
        self._c.remember_secret(point, secret)

    def cut(self, operation: int, flavour: int = 0, mask: int = 0) -> None:
        """Cut the power at a flash operation, counted from 0: before (0), after (1), torn (2)."""
        assert self._c.host_cut(operation, flavour, ctypes.c_uint32(mask))

    def wear(self, *, is_worn: bool) -> None:
        """Whether the flash takes nothing more."""
        ctypes.c_bool.in_dll(self._c, "host_flash_is_worn").value = is_worn

    def receive(self, octets: bytes) -> Answers:
        """Hand over what arrived."""
        self._run(lambda: self._c.host_receive(octets, ctypes.c_size_t(len(octets))))
        return self._answers()

    def tick(self) -> Answers:
        """Let it do what has fallen due."""
        self._run(self._c.host_tick)
        return self._answers()

    def _run(self, work: Callable[[], int]) -> int:
        result = work()
        if result == _POWER_LOST:
            raise PowerLost
        return result

    def _answers(self) -> Answers:
        messages: list[bytes] = []
        length = ctypes.c_size_t()
        while at := self._c.host_message(len(messages), ctypes.byref(length)):
            messages.append(ctypes.string_at(at, length.value))
        return Answers(tuple(messages), self._c.host_reason())
