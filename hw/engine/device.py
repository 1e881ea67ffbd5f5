"""A device of the engine: octets in, answers out, over a flash that Python owns."""

import ctypes
import mmap
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple, Self

from firmware_sim.hw.engine.errors import EngineError, PowerLostError
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.hw.engine.parts import PartDescription, described_part
from firmware_sim.machine.image.in_use import part_in_use

STORE_OK: Final = 0
CUT_NEVER: Final = 0xFFFFFFFF
"""As the operation of a cut: none is to come any more."""

_ERASED: Final = b"\xff"
_RESET: Final = -1
_BAD_RECORD: Final = -2
_ROOM: Final = 1 << 16


class EngineAnswer(NamedTuple):
    """What came of an input: messages in order, and the number of a refusal's reason, or 0."""

    messages: tuple[bytes, ...]
    reason: int


class CheckedImage(NamedTuple):
    """A flash without the blank octets around what it holds: there are many more of them.

    Attributes:
        misuses: how many flash operations no part would allow.
        erases: as `EngineDevice.wear` tells them.
        begin: where `used` lies in a flash of `size` octets; all others are 0xFF.
    """

    misuses: int
    erases: tuple[int, ...]
    begin: int
    used: bytes
    size: int

    @classmethod
    def of(cls, misuses: int, erases: tuple[int, ...], image: bytes) -> Self:
        """Of a whole image."""
        begin, end = part_in_use(image)
        return cls(misuses, erases, begin, image[begin:end], len(image))

    def image(self) -> bytes:
        """The whole flash."""
        return (_ERASED * self.begin + self.used).ljust(self.size, _ERASED)


class RawRecord(NamedTuple):
    """A record of a first image, as the flash holds it."""

    kind: int
    number: int
    body: bytes

    def packed(self) -> bytes:
        """As `engine_provision` takes it."""
        lengths = self.number.to_bytes(2, "little") + len(self.body).to_bytes(2, "little")
        return bytes((self.kind,)) + lengths + self.body

    def __repr__(self) -> str:
        return f"RawRecord({self.kind}, {self.number}, {len(self.body)} octets)"


class EngineDevice:
    """One device. It is off at first, over an erased flash.

    Args:
        geometry: the name of its flash, e.g. ``nrf52840``, or a flash that has none.
        is_checked: count what `misuses` tells.
        file: holds the flash, and every change of it at once; None to keep it in memory.

    Raises:
        EngineError: the engine has no such geometry, or the file has not its size.
    """

    def __init__(
        self,
        library: EngineLibrary,
        geometry: str | PartDescription,
        *,
        is_checked: bool = True,
        file: Path | None = None,
    ) -> None:
        self._library = library
        self._answers = ctypes.create_string_buffer(_ROOM)
        name = geometry.encode() if isinstance(geometry, str) else b""
        octets = library.flash_octets(name) if isinstance(geometry, str) else geometry.size
        if not octets:
            raise EngineError(f"the engine has no flash {geometry}")
        self._flash = ctypes.create_string_buffer(octets) if file is None else _in(file, octets)
        self._device: int | None = (
            library.open(name, self._flash, is_checked)
            if isinstance(geometry, str)
            else library.open_with(ctypes.byref(described_part(geometry)), self._flash, is_checked)
        )
        if not self._device:
            raise EngineError("there is no memory for another device of the engine")

    @property
    def handle(self) -> int | None:
        """For other functions of the library (`firmware_sim.hw.engine.batch`); None once closed."""
        return self._device

    def close(self) -> None:
        """The device is gone; its flash with it."""
        self._library.close(self._device)
        self._device = None

    def misuses(self) -> int:
        """How many flash operations no part would allow; counted if it `is_checked`."""
        return int(self._library.misuses(self._device))

    def load(self, image: bytes) -> None:
        """Put an image into the flash, past the machine.

        Raises:
            ValueError: it has not the size of the flash.
        """
        if len(image) != len(self._flash):
            raise ValueError(f"{len(image)} octets into a flash of {len(self._flash)}")
        ctypes.memmove(self._flash, image, len(image))
        self._library.flash_was_filled(self._device)

    def image(self) -> bytes:
        """The whole flash."""
        return self._flash.raw

    def checked_image(self) -> CheckedImage:
        """The whole flash, `misuses` and `wear`."""
        return CheckedImage.of(self.misuses(), self.wear(), self._flash.raw)

    def part(self, at: int, octets: int) -> bytes:
        """So many octets of the flash, from a place in it."""
        return ctypes.string_at(ctypes.addressof(self._flash) + at, octets)

    def provision(self, device_type: int, entity: bytes, records: Iterable[RawRecord]) -> None:
        """Erase the flash and let the firmware write its first image; the device stays off.

        Raises:
            EngineError: a record is none that a device holds, or they are too many.
            PowerLostError: as `cut` asked; so do `power_on`, `receive`, `enter`, `tick`.
        """
        packed = b"".join(record.packed() for record in records)
        result = self._powered(
            self._library.provision(self._device, device_type, entity, packed, len(packed))
        )
        if result == _BAD_RECORD:
            raise EngineError("a record for the engine is none that a device holds")
        if result != STORE_OK:
            raise EngineError(f"the engine cannot store its first image: {result}")

    def power_on(self) -> int:
        """Start from the flash, with an unset clock: an enum store_result, 0 if it runs."""
        return self._powered(self._library.power_on(self._device))

    def reopen(self) -> int:
        """Let the machine that runs read its flash anew, which was changed past it."""
        return int(self._library.reopen(self._device))

    def set_clock(self, seconds: int, reliability: int) -> bool:
        """Stop the clock at so many seconds after 1970; False for a time that it cannot show."""
        return bool(self._library.set_clock(self._device, seconds, reliability))

    def show_time(self, seconds: int, reliability: int) -> None:
        """As `set_clock`.

        Raises:
            EngineError: it cannot show the time.
        """
        if not self.set_clock(seconds, reliability):
            raise EngineError(f"the firmware's clock cannot show {seconds} s after 1970")

    def receive(self, octets: bytes) -> EngineAnswer:
        """Hand over what arrived."""
        return self._answered(
            self._library.receive(self._device, octets, len(octets), self._answers, _ROOM)
        )

    def enter(self, digits: bytes) -> EngineAnswer:
        """Type in a token, as the customer would at the meter."""
        return self._answered(
            self._library.enter(self._device, digits, len(digits), self._answers, _ROOM)
        )

    def tick(self) -> EngineAnswer:
        """Let it do what has fallen due."""
        return self._answered(self._library.tick(self._device, self._answers, _ROOM))

    def digest(self) -> bytes:
        """The trust-store digest, 32 octets, as the firmware sums it up itself."""
        digest = ctypes.create_string_buffer(32)
        self._library.digest(self._device, digest)
        return digest.raw

    def cut(self, operation: int, flavour: int = 0, mask: int = 0) -> None:
        """Cut the power at a flash operation, counted from 0: before (0), after (1), torn (2).

        Raises:
            ValueError: no such flavour.
        """
        if not self._library.cut(self._device, operation, flavour, mask):
            raise ValueError(f"{flavour} is no power cut")

    def wear_out(self, *, is_worn: bool) -> None:
        """Whether the flash takes nothing more."""
        self._library.wear_out(self._device, is_worn)

    def wear(self) -> tuple[int, ...]:
        """Erases of every block since the device was made."""
        erases = (ctypes.c_uint32 * self._library.blocks(self._device))()
        self._library.wear(self._device, erases)
        return tuple(erases)

    def operations(self) -> int:
        """Words programmed and blocks erased since the device was made."""
        return int(self._library.operations(self._device))

    def _answered(self, length: int) -> EngineAnswer:
        if self._powered(length) < 0:
            raise EngineError("an answer of the engine is longer than any that a device makes")
        octets = ctypes.string_at(self._answers, length)
        messages, at = [], 1
        while at < length:
            end = at + 4 + int.from_bytes(octets[at : at + 4], "little")
            messages.append(octets[at + 4 : end])
            at = end
        return EngineAnswer(tuple(messages), octets[0])

    def _powered(self, result: int) -> int:
        if result == _RESET:
            raise PowerLostError
        return result


def _in(file: Path, octets: int) -> "ctypes.Array[ctypes.c_char]":
    """A file as memory: what is written to it outlasts this process, however it ends."""
    with file.open("r+b") as opened:
        size = opened.seek(0, 2)
        if size != octets:
            raise EngineError(f"{file} has {size} octets, and the flash {octets}")
        return (ctypes.c_char * octets).from_buffer(mmap.mmap(opened.fileno(), octets))
