"""A TCP port that waits for the other end, as a stream of octets."""

import socket

from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.octet_stream import READ_SECONDS, LineLostError

_READ_OCTETS = 4096
WRITE_SECONDS = 10.0


class ListeningStream:
    """One connection at a time: whoever connects next, when the one before has gone.

    Raises:
        LinkError: the port cannot be had.
    """

    seconds_per_octet = 0.0

    def __init__(self, host: str, port: int) -> None:
        try:
            self._door = socket.create_server((host, port))
        except OSError as error:
            raise LinkError(f"cannot listen at {host}:{port}: {error.strerror or error}") from error
        self._door.settimeout(READ_SECONDS)
        self._peer: socket.socket | None = None
        self.name = f"tcp-listen://{host}:{self._door.getsockname()[1]}"

    def read(self) -> bytes:
        try:
            if self._peer is None:
                self._peer, _ = self._door.accept()
            self._peer.settimeout(READ_SECONDS)
            octets = self._peer.recv(_READ_OCTETS)
        except TimeoutError:
            return b""
        except ConnectionError:
            octets = b""
        except OSError as error:
            raise LineLostError(f"{self.name} is gone: {error}") from error
        if not octets:
            self._leave()
        return octets

    def write(self, octets: bytes) -> None:
        peer = self._peer
        if peer is None:
            raise LineLostError(f"nobody is connected to {self.name}")
        try:
            peer.settimeout(WRITE_SECONDS)
            peer.sendall(octets)
        except OSError as error:
            self._leave()
            raise LineLostError(f"{self.name} takes no octets: {error}") from error

    def close(self) -> None:
        self._leave()
        self._door.close()

    def _leave(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._peer = None
