"""The embedded MQTT broker: amqtt in this process, so that a drill needs nothing installed."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.files.extras import how_to_get
from firmware_sim.devices.links.mqtt_options import MqttOptions

if TYPE_CHECKING:
    from amqtt.broker import Broker

HOST = "127.0.0.1"
# amqtt keeps no messages for a session without a name, and a hub may have to reconnect.
_NAME = "bench"
_LISTENER = "default"
_AUTHENTICATION = "amqtt.plugins.authentication.AnonymousAuthPlugin"
_STOP_SECONDS = 10.0


def check_broker_is_installed() -> None:
    """Before anything begins, so that a run does not end over it.

    Raises:
        BenchError: the extra `broker` is not installed; says how to get it.
    """
    if find_spec("amqtt") is None:
        raise BenchError(
            "the embedded broker needs the package amqtt",
            f"{how_to_get('broker')}, or use --target memory or mqtt://HOST",
        )


class EmbeddedBroker:
    """A broker that can be stopped and started again on its port.

    It keeps nothing over a stop: sessions, queued messages and statuses are gone.

    The listening socket is ours, not amqtt's: amqtt goes on accepting while it shuts down, and
    a link that reconnects in that moment makes it wait for ever.

    Attributes:
        port: chosen at the first start.
    """

    def __init__(self) -> None:
        check_broker_is_installed()
        self.port = 0
        self._broker: Broker
        self._listener: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def options(self) -> MqttOptions:
        """How to reach it, once it has started."""
        return MqttOptions(HOST, self.port, username=_NAME)

    async def start(self) -> None:
        """Listen.

        Raises:
            BenchError: the port is taken, or amqtt does not start.
        """
        from amqtt.errors import BrokerError  # noqa: PLC0415 - an extra, and slow to import

        from firmware_sim.bench.dut.mqtt.amqtt_broker import QueueingBroker  # noqa: PLC0415

        _quieten()
        configuration = {
            "listeners": {_LISTENER: {"type": "external"}},
            "plugins": {_AUTHENTICATION: {"allow_anonymous": False}},
        }
        try:
            self._broker = QueueingBroker(configuration)
            await self._broker.start()
            self._listener = await asyncio.start_server(self._serve, HOST, self.port)
        except (BrokerError, OSError) as error:
            raise BenchError(f"the embedded broker does not start: {error}") from error
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        listener.close()
        for writer in self._connections.values():
            writer.transport.abort()
        if self._connections:
            await asyncio.wait(self._connections, timeout=_STOP_SECONDS)
        async with asyncio.timeout(_STOP_SECONDS):
            await self._broker.shutdown()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter  # noqa: PLC0415

        task = asyncio.current_task()
        if task is None or self._listener is None:
            writer.transport.abort()
            return
        self._connections[task] = writer
        try:
            await self._broker.external_connected(
                StreamReaderAdapter(reader), StreamWriterAdapter(writer), _LISTENER
            )
        finally:
            del self._connections[task]
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


@asynccontextmanager
async def embedded_broker() -> AsyncIterator[MqttOptions]:
    """A broker on 127.0.0.1 and a free port, for as long as the context lasts.

    Raises:
        BenchError: the extra `broker` is not installed.
    """
    async with EmbeddedBroker() as broker:
        yield broker.options


def _quieten() -> None:
    """Its log tells of every lost connection with a traceback; the links report those."""
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
