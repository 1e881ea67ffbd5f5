"""The line to an emulated board: when its emulator ends, it is lost, and says why."""

from collections.abc import Callable
from pathlib import Path

from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import LineLostError, OctetStream
from firmware_sim.devices.links.serial_port import serial_streams
from firmware_sim.hw.emulators.power import EmulatedBoard


class EmulatedStream:
    """A stream that tells the end of an emulator in the emulator's words.

    Args:
        stream: open; it is closed with this one.
    """

    def __init__(self, stream: OctetStream, powered: EmulatedBoard) -> None:
        self._stream = stream
        self._powered = powered
        self.name = stream.name
        self.seconds_per_octet = stream.seconds_per_octet

    def read(self) -> bytes:
        """As `OctetStream.read`; a line that stays open when its emulator ended is lost, too."""
        try:
            octets = self._stream.read()
        except LineLostError as error:
            raise self._lost(error) from error
        if not octets and not self._powered.runs and (last := self._powered.last_words()):
            raise LineLostError(last)
        return octets

    def write(self, octets: bytes) -> None:
        """As `OctetStream.write`."""
        try:
            self._stream.write(octets)
        except LineLostError as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """As `OctetStream.close`."""
        self._stream.close()

    def _lost(self, error: LineLostError) -> LineLostError:
        return LineLostError(self._powered.last_words() or str(error))


def emulated_streams(powered: EmulatedBoard, lock_folder: Path) -> Callable[[], OctetStream]:
    """How to open the line of an emulated board, now and again.

    Args:
        lock_folder: see `PortLock`.
    """
    streams = serial_streams(powered.port, lock_folder=lock_folder)

    def opened() -> OctetStream:
        try:
            return EmulatedStream(streams(), powered)
        except LinkError as error:  # an emulator takes its port along when it ends
            raise LinkError(powered.last_words() or str(error)) from error

    return opened
