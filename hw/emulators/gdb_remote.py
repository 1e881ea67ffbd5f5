"""As much of GDB's remote serial protocol as it takes to stop a processor at an address.

Frames are ``$text#checksum``, each acknowledged by ``+``. QEMU sends a stop reply of its own when
a debugger connects; `connect` takes it out.
"""

import socket
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from firmware_sim.hw.errors import HardwareError

_FRAME_END: Final = 3
_RETRY_SECONDS: Final = 0.005
_SOFTWARE: Final = 0
_THUMB_OCTETS: Final = 2


class GdbRemote:
    """A connection to a stub; the processor stands still from the connection on."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds
        self._read = b""

    @classmethod
    def connect(cls, path: Path, seconds: float) -> Self:
        """Connect to a stub at a Unix socket, waiting for it to come up.

        Raises:
            HardwareError: no process listens there in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(seconds)
            try:
                connection.connect(str(path))
            except OSError as error:
                connection.close()
                if time.monotonic() > deadline:
                    raise HardwareError(f"no debugger port: {error.strerror}") from error
                time.sleep(_RETRY_SECONDS)
            else:
                remote = cls(connection, seconds)
                try:
                    remote.ask("?")
                except HardwareError:
                    connection.close()
                    raise
                return remote

    def break_at(self, address: int) -> None:
        """Stop before the instruction at an address is executed.

        Raises:
            HardwareError: the stub does not take it.
        """
        if self.ask(f"Z{_SOFTWARE},{address:x},{_THUMB_OCTETS}") != "OK":
            raise HardwareError("the emulator takes no breakpoint")

    def go_on(self) -> None:
        """Let the processor run; `wait_for_stop` says when it stopped."""
        self._send("c")

    def step(self) -> None:
        """Execute one instruction: from a breakpoint, `go_on` alone would stop there again.

        Raises:
            HardwareError: the processor does not come back.
        """
        self._send("s")
        if not self.wait_for_stop(self._seconds):
            raise HardwareError("the debugger port does not answer 's'")

    def wait_for_stop(self, seconds: float) -> bool:
        """Whether the processor stopped within so many seconds."""
        try:
            return self._frame(seconds).startswith(("T", "S"))
        except TimeoutError:
            return False

    def program_counter(self) -> int:
        """Where the processor stands (register 15)."""
        return int.from_bytes(bytes.fromhex(self.ask("pf")), "little")

    def detach(self) -> None:
        """Take no further part; the processor runs."""
        self.ask("D")
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, text: str) -> str:
        """Send one command and return its answer; stop replies in between are dropped.

        Raises:
            HardwareError: no answer in time, or the stub is gone.
        """
        self._send(text)
        try:
            answer = self._frame(self._seconds)
            while text != "?" and answer.startswith(("T", "S")):
                answer = self._frame(self._seconds)
        except TimeoutError:
            raise HardwareError(f"the debugger port does not answer {text[:1]!r}") from None
        return answer

    def _send(self, text: str) -> None:
        checksum = sum(text.encode()) % 256
        self._connection.settimeout(self._seconds)
        try:
            self._connection.sendall(f"${text}#{checksum:02x}".encode())
        except TimeoutError:
            raise HardwareError("the debugger port takes no octets") from None
        except OSError as error:
            raise HardwareError(f"the debugger port is gone: {error.strerror}") from error

    def _frame(self, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while True:
            start, end = self._read.find(b"$"), self._read.find(b"#")
            if 0 <= start < end and len(self._read) >= end + _FRAME_END:
                text = self._read[start + 1 : end].decode(errors="replace")
                self._read = self._read[end + _FRAME_END :]
                with suppress(OSError):
                    self._connection.sendall(b"+")
                return text
            self._connection.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                more = self._connection.recv(4096)
            except ConnectionError:
                more = b""
            if not more:
                raise HardwareError("the debugger port is gone: the emulator ended")
            self._read += more
