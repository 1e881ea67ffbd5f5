"""A hub's end of the text line: our devices stand behind it."""

import asyncio
import logging
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self

from firmware_sim.devices.links.bounds import address
from firmware_sim.devices.links.link import Handler, LinkError
from firmware_sim.devices.links.octet_stream import OctetStream
from firmware_sim.devices.links.text_line import NUMBER, LineReader, TextMessage, encode_line
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import parse_message

_LOG = logging.getLogger(__name__)


class TextDeviceLink:
    """A `DeviceLink`. An answer has the number of the line that it answers; all else has 0.

    Nothing on this line says who is there, and nothing is acknowledged. Lines that are none, and
    messages for devices that are not here, are dropped and counted.

    Args:
        open_stream: opens the line.
        devices: whose messages are taken.

    Attributes:
        reader: with the dropped lines.
        strangers: how many messages came for other devices.
    """

    def __init__(
        self, open_stream: Callable[[], OctetStream], devices: Collection[EntityId]
    ) -> None:
        self._open = open_stream
        self._devices = devices
        self._stream: OctetStream | None = None
        self.reader = LineReader()
        self.strangers = 0

    async def __aenter__(self) -> Self:
        self._stream = await asyncio.to_thread(self._open)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._line.close)

    @property
    def name(self) -> str:
        """Of the line, as it was opened."""
        return self._line.name

    async def serve(self, handler: Handler) -> None:
        while True:
            octets = await asyncio.to_thread(self._line.read)
            before = self.reader.dropped.total()
            for message in self.reader.feed(octets):
                await self._take(message, handler)
            if (dropped := self.reader.dropped.total()) != before:
                why = "; ".join(f"{reason}: {n}" for reason, n in self.reader.dropped.items())
                _LOG.warning("dropped lines so far: %d (%s)", dropped, why)

    async def send(self, octets: bytes) -> None:
        address(octets, self._devices)
        await self._write(TextMessage(octets))

    async def _take(self, message: TextMessage, handler: Handler) -> None:
        target = _target_of(message.octets)
        if target is None or target not in self._devices:
            self.strangers += 1
            whom = "octets that are no message" if target is None else f"a message for {target}"
            _LOG.warning("dropped %s: no device of this line is meant", whom)
            return
        for answer in handler(target, message.octets):
            await self._write(TextMessage(answer, message.number))

    async def _write(self, message: TextMessage) -> None:
        try:
            await asyncio.to_thread(self._line.write, encode_line(message))
        except LinkError as error:
            # The other end may come again; a party that misses an answer reads back.
            _LOG.warning("a message was lost (line number %s): %s", message.number or NUMBER, error)

    @property
    def _line(self) -> OctetStream:
        if self._stream is None:
            raise LinkError("the line is not open")
        return self._stream


def _target_of(octets: bytes) -> EntityId | None:
    try:
        return parse_message(octets).target
    except GbcsError:
        return None
