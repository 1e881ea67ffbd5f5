"""Messages as a capture file that stock Wireshark reads: classic pcap, link type DLT_USER0.

One option of Wireshark says that this link type carries GBCS messages::

    wireshark -o 'uat:user_dlts:"User 0 (DLT=147)","gbcs_message","0","","0",""' FILE

The format is two fixed headers of 24 and 16 octets (tcpdump.org, pcap-savefile). The libraries
that write it bring a whole protocol stack with them, so `struct` does it here.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import BinaryIO, Final, NamedTuple, Self

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.reading import read_wire

LINK_TYPE: Final = 147
"""DLT_USER0, the first of the link types for private use."""

_MAGIC = 0xA1B2C3D4
_VERSION = (2, 4)
_LONGEST = 65535
_FILE_HEADER = Struct("<IHHiIII")
_RECORD_HEADER = Struct("<IIII")
_MICROSECONDS = 1_000_000


class Captured(NamedTuple):
    """One message and when it was seen (aware, from 1970 to 2106)."""

    at: datetime
    octets: bytes


class PcapFile:
    """A capture file that is written message by message, each complete on return of `add`.

    Raises:
        BenchError: the file cannot be written; so does `add`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # A command of the contingency carries a key in clear: only the owner may read the file.
            path.touch(mode=0o600)
            self._file: BinaryIO = path.open("wb", buffering=0)
        except OSError as error:
            raise self._failed(error) from error
        self._write(_FILE_HEADER.pack(_MAGIC, *_VERSION, 0, 0, _LONGEST, LINK_TYPE))

    def add(self, message: Captured) -> None:
        """Append one message."""
        whole = round(message.at.timestamp() * _MICROSECONDS)
        seconds, fraction = divmod(whole, _MICROSECONDS)
        length = len(message.octets)
        self._write(_RECORD_HEADER.pack(seconds, fraction, length, length) + message.octets)

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _write(self, octets: bytes) -> None:
        try:
            self._file.write(octets)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> BenchError:
        return BenchError(f"cannot write {self._path}: {error.strerror}", "check --pcap")


def write_pcap(path: Path, messages: Iterable[Captured]) -> None:
    """Write a whole capture file.

    Raises:
        BenchError: the file cannot be written.
    """
    with PcapFile(path) as file:
        for message in messages:
            file.add(message)


def captured(folder: Path) -> Iterator[Captured]:
    """Every message of the run in a folder, in the order sent, at the time of the drill's clock.

    They are as they were sent, the Contingency Symmetric Key included.

    Raises:
        BenchError: no ledger there, or not one of this version.
    """
    for at, octets in read_wire(folder):
        yield Captured(datetime.fromisoformat(at), octets)
