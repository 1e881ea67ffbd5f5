"""A community hub on the text line, with devices behind it; written without our line's code."""

import socket
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Self

Hosted = Mapping[bytes, Any]


class FakeHub:
    """Listens on loopback, and serves whoever connects.

    Args:
        lose: which lines it loses on their way to a device, counted from 0.
        noise: what it sends before each answer.

    Attributes:
        devices: by their Entity Identifiers; may be filled later.
        numbers: of the lines that came.
    """

    def __init__(self, lose: Iterable[int] = (), noise: bytes = b"") -> None:
        self.devices: dict[bytes, Any] = {}
        self.numbers: list[str] = []
        self.taken: list[bytes] = []
        self._lose, self._noise = frozenset(lose), noise
        self._door = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.target = f"gfi:tcp://127.0.0.1:{self._door.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(5)

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._door.accept()
                with peer, peer.makefile("rwb") as file:
                    for line in file:
                        for sent in self._take(line.decode("ascii").strip()):
                            file.write(sent)
                            file.flush()

    def _take(self, line: str) -> Iterable[bytes]:
        head, count, digits = line.split(":")[1:]
        number = head.removeprefix("DATA#")
        octets = bytes.fromhex(digits)
        assert len(octets) == int(count)
        self.numbers.append(number)
        self.taken.append(octets)
        if len(self.taken) - 1 in self._lose:
            return
        # The MAC header or the grouping header comes first; the device is the target of either.
        for entity, device in self.devices.items():
            if entity in octets[:64] and device is not None:
                for answer in device.receive(octets).messages:
                    yield self._noise
                    yield f"GBCS:DATA#7:{len(answer)}:{answer.hex().upper()}\r\n".encode()
                return
