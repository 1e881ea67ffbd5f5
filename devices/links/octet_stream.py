"""What frames travel on: anything that carries octets both ways in order."""

from typing import Protocol

from firmware_sim.devices.links.link import LinkError

READ_SECONDS = 0.1
"""How long `read` waits for a first octet, and so the longest that `close` waits for it."""


class LineLostError(LinkError):
    """There is no line any more: it was unplugged, or its other end closed."""


class OctetStream(Protocol):
    """An open line. One thread reads while another writes."""

    @property
    def name(self) -> str:
        """What to call it in messages, e.g. the port's path."""

    @property
    def seconds_per_octet(self) -> float:
        """What an octet takes on the line; 0 if it has no speed of its own."""

    def read(self) -> bytes:
        """What has come since; empty if nothing comes within `READ_SECONDS`.

        Raises:
            LineLostError: nothing will come any more.
        """

    def write(self, octets: bytes) -> None:
        """Send all of them.

        Raises:
            LineLostError: the line is gone, or takes no octets.
        """

    def close(self) -> None:
        """Give the line up; never raises `LinkError`."""
