"""The words ``gfi:…``, and how the line that they name is opened."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from firmware_sim.bench.dut.board.names import BAUD
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.listening_stream import ListeningStream
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.devices.links.serial_port import SerialStream

PREFIX: Final = "gfi:"
WORDS: Final = "gfi:tcp://HOST:PORT"
WAIT_SECONDS: Final = 10
_LOOPBACK = "127.0.0.1"
_LAST_PORT = 65_535
_MEND = "give gfi:tcp://HOST:PORT, gfi:tcp-listen://[HOST:]PORT or gfi:/dev/tty…"


class HubLineName(NamedTuple):
    """``gfi:…``, with ``?wait=SECONDS`` and ``&baud=N`` if need be.

    Attributes:
        place: a path, or ``HOST:PORT``.
        scheme: ``tcp``, ``tcp-listen``, or empty for a path.
        wait: seconds for a response, of which nothing tells that it will not come.
    """

    place: str
    scheme: str
    wait: int = WAIT_SECONDS
    baud: int = BAUD

    @classmethod
    def read(cls, target: str) -> "HubLineName | None":
        """What a target names; None if it is of another kind.

        Raises:
            UsageError: no such place, or an option that this line does not have.
        """
        if not target.startswith(PREFIX):
            return None
        place, _, query = target.removeprefix(PREFIX).partition("?")
        options = dict(parse_qsl(query, keep_blank_values=True))
        wait, baud = options.pop("wait", str(WAIT_SECONDS)), options.pop("baud", str(BAUD))
        if options:
            raise UsageError(f"this line has no option {', '.join(options)}", "use wait and baud")
        numbers = [_number(text) for text in (wait, baud)]
        scheme, where = _place(place)
        return cls(where, scheme, *numbers)

    def opener(self) -> Callable[[], OctetStream]:
        """How to open the line; it raises `LinkError` if that cannot be."""
        if self.scheme == "tcp-listen":
            host, _, port = self.place.rpartition(":")
            return lambda: ListeningStream(host, int(port))
        url = self.place if not self.scheme else f"socket://{self.place}"
        return lambda: SerialStream(url, self.baud)


def _number(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,6}", text):
        raise UsageError(f"{text[:20]!r} is no number that wait or baud can have", "e.g. wait=10")
    return int(text)


def _place(place: str) -> tuple[str, str]:
    scheme, slashes, rest = place.partition("://")
    if not slashes:
        if not place.startswith("/"):
            raise UsageError(f"{place!r} is no line of a hub", _MEND)
        return "", place
    if scheme == "tcp-listen" and rest.isdecimal():
        rest = f"{_LOOPBACK}:{rest}"
    if scheme not in ("tcp", "tcp-listen"):
        raise UsageError(f"{place!r} is no line of a hub", _MEND)
    found = re.fullmatch(r"([A-Za-z0-9.-]+):([0-9]{1,5})", rest)
    if found is None or int(found[2]) > _LAST_PORT:
        raise UsageError(f"{place!r} names no host and port", _MEND)
    return scheme, rest
