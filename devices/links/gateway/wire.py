"""The TCP connection below MQTT: what is written leaves together, what comes is cut into packets.

What is written within one turn of the loop leaves in one call of the operating system: at
thousands of messages a second, calls are what costs.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Self

import mqtt5

from firmware_sim.devices.links.gateway.packets import PacketStream
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_connection import ConnectionLostError
from firmware_sim.devices.links.mqtt_options import MqttOptions

_QUICK_ACK: Final = getattr(socket, "TCP_QUICKACK", None)


class Wire(asyncio.Protocol):
    """An open line to a broker; made by `open`.

    Attributes:
        take: gets the packets that came together.
        writable: called when the operating system takes octets again.
        lost: done when the line is gone; `why` says the reason.
        heard, wrote: when octets last came and went, on the loop's clock.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stream = PacketStream()
        self._transport: asyncio.Transport | None = None
        self._socket: socket.socket | None = None
        self._out: list[bytes] = []
        self.take: Callable[[list[mqtt5.Packet]], None] = lambda _: None
        self.writable: Callable[[], None] = lambda: None
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self.why = ""
        self.takes_octets = True
        self.heard = self.wrote = self._loop.time()

    @classmethod
    async def open(cls, options: MqttOptions) -> Self:
        """Connect.

        Raises:
            ConnectionLostError: nobody listens there, or not with the TLS that is asked for.
            LinkError: a TLS file is wrong.
        """
        loop, tls = asyncio.get_running_loop(), options.tls_context()
        try:
            _, wire = await loop.create_connection(cls, options.host, options.port, ssl=tls)
        except OSError as error:
            raise ConnectionLostError(" ".join(str(error).split())) from error
        return wire

    def write(self, octets: bytes) -> None:
        """Send, with all else that is written before the loop comes round."""
        if not self._out:
            self._loop.call_soon(self.flush)
        self._out.append(octets)

    def flush(self) -> None:
        """Send what was written, now."""
        if self._out and self._transport is not None and not self.lost.done():
            self._transport.write(b"".join(self._out))
            self.wrote = self._loop.time()
        self._out.clear()

    def read_on(self, *, reads: bool) -> None:
        """Stop taking octets from the broker, or go on."""
        if self._transport is None or self._transport.is_closing():
            return
        if reads:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def end(self, why: str) -> None:
        """Close; what was written still leaves."""
        self.flush()
        if self._transport is not None:
            self._transport.close()
        self._end(why)

    def abort(self, why: str) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
        self._end(why)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._socket = transport.get_extra_info("socket")

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(str(exc) if exc else "it hung up")

    def pause_writing(self) -> None:
        self.takes_octets = False

    def resume_writing(self) -> None:
        self.takes_octets = True
        self.writable()

    def data_received(self, data: bytes) -> None:
        self.heard = self._loop.time()
        if _QUICK_ACK is not None and self._socket is not None:
            # A broker with Nagle's algorithm holds its next packet until TCP acknowledges this one.
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        try:
            self.take(self._stream.feed(data))
        except LinkError as error:
            self.abort(str(error))

    def _end(self, why: str) -> None:
        if not self.lost.done():
            self.why = why
            self.lost.set_result(None)
