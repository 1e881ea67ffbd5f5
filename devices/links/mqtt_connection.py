"""One connection to an MQTT broker, from CONNECT until it is lost: the door to aiomqtt.

MQTT 3.1.1, which every broker speaks. Correlation is inside the GBCS octets, so nothing of
version 5 is missed. For many devices on one connection, see `firmware_sim.devices.links.gateway`.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol, Self, TypeVar

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from firmware_sim.devices.links.inbox import Inbox
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_options import MqttOptions

_LOG = logging.getLogger(__name__)
_QUIET = logging.getLogger(f"{__name__}.library")
_QUIET.setLevel(logging.CRITICAL)

# Without it a QoS 1 exchange waits for delayed acknowledgements of TCP, 40 ms each time.
_NO_DELAY = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
_QUEUED = 4096
_QOS = 1
_REFUSED_FOR_GOOD = (132, 133, 134, 135)
"""Codes 1, 2, 4 and 5 of CONNACK as paho renumbers them: no later attempt will change these."""
_FAILURE = 0x80

Result = TypeVar("Result")


class Publication(NamedTuple):
    """What is published on a topic; retained, later subscribers get it too."""

    topic: str
    octets: bytes
    retain: bool = False


class ClientIdentity(NamedTuple):
    """Who a connection is to the broker.

    Attributes:
        identifier: the MQTT client identifier; the broker keeps one session for each.
        will: what the broker publishes if the connection is lost without a farewell.
    """

    identifier: str
    will: Publication | None = None


class ConnectionLostError(Exception):
    """The broker went away, or did not answer in time; another attempt may do."""


class Acknowledging(Protocol):
    """A connection, to what came over it."""

    def acknowledge(self, number: int) -> None:
        """Let the broker forget what it sent under this packet identifier."""


class ReceivedPublication(NamedTuple):
    """One publication that came in, and the connection that has to acknowledge it.

    Attributes:
        number: the MQTT packet identifier; QoS 0 has none.
        retained: the broker kept it from an earlier time and sent it because we subscribed.
        is_again: the broker sent it before and got no acknowledgement.
        reply_to, correlation: of MQTT 5, what an answer is published on and repeats.
    """

    topic: str
    octets: bytes
    number: int
    qos: int
    retained: bool
    connection: Acknowledging
    is_again: bool = False
    reply_to: str | None = None
    correlation: bytes | None = None

    def acknowledge(self) -> None:
        """Let the broker forget it. On a lost connection nothing happens: it will come again."""
        # QoS 0 is not acknowledged (MQTT 3.1.1, 4.3.1): a broker hangs up on a PUBACK for it.
        if self.qos == _QOS:
            self.connection.acknowledge(self.number)


class BrokerConnection(Acknowledging, Protocol):
    """What a session needs of an open connection; see `MqttConnection`."""

    async def subscribe(self, filters: Sequence[str]) -> None: ...

    async def publish(self, publication: Publication) -> None: ...

    async def relay(self, inbox: Inbox[ReceivedPublication]) -> None: ...

    async def close(self) -> None: ...

    def hang_up(self) -> None: ...


class Opener(Protocol):
    """Makes connections; see `MqttConnection.open`."""

    async def __call__(
        self, options: MqttOptions, identity: ClientIdentity, *, clean: bool = False
    ) -> BrokerConnection: ...


class MqttConnection:
    """An open connection; made by `open`, given up by `close`."""

    def __init__(self, client: aiomqtt.Client, options: MqttOptions) -> None:
        self._client = client
        self._options = options
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(
        cls, options: MqttOptions, identity: ClientIdentity, *, clean: bool = False
    ) -> Self:
        """Connect; `clean` makes the broker forget the session of this identifier.

        Raises:
            ConnectionLostError: no broker answers, or not in time.
            LinkError: the broker refuses us, or a TLS file is wrong.
        """
        client = _client(options, identity, clean=clean)
        # We acknowledge: a message is ours once it is handled, not once it has arrived.
        client._client.manual_ack_set(True)
        _fail_fast(client)
        try:
            await client.__aenter__()
        except aiomqtt.MqttError as error:
            _hang_up(client)
            if isinstance(error, aiomqtt.MqttCodeError) and _value(error.rc) in _REFUSED_FOR_GOOD:
                raise LinkError(f"the broker at {options} refuses us: {_text(error)}") from error
            raise ConnectionLostError(_text(error)) from error
        except asyncio.CancelledError:
            _hang_up(client)
            raise
        return cls(client, options)

    async def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        with suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection without a word."""
        _hang_up(self._client)
        if not self._lost.done():
            self._lost.set_result(None)

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe to all filters at once.

        Raises:
            ConnectionLostError: no answer.
            LinkError: the broker does not allow one of them.
        """
        request = self._client.subscribe([(each, _QOS) for each in filters])
        codes: Sequence[int | ReasonCode] = await self._answer(request)
        for name, code in zip(filters, codes, strict=True):
            if _value(code) >= _FAILURE:
                raise LinkError(f"the broker at {self._options} does not let us subscribe {name}")

    async def publish(self, publication: Publication) -> None:
        """Publish; returns when the broker has taken it over.

        Raises:
            ConnectionLostError: no answer; it may have been taken over or not.
        """
        topic, octets, retain = publication
        await self._answer(self._client.publish(topic, octets, qos=_QOS, retain=retain))

    def acknowledge(self, number: int) -> None:
        self._client._client.ack(number, _QOS)

    async def relay(self, inbox: Inbox[ReceivedPublication]) -> None:
        """Put every publication that comes into the inbox, until the connection is lost.

        Raises:
            ConnectionLostError: always, in the end.
        """
        try:
            async for message in self._client.messages:
                name, octets = message.topic.value, bytes(message.payload)
                await inbox.put(
                    ReceivedPublication(
                        name, octets, message.mid, message.qos, message.retain, self
                    )
                )
        except aiomqtt.MqttError as error:
            raise ConnectionLostError(_text(error.__cause__ or error)) from error
        finally:
            if not self._lost.done():
                self._lost.set_result(None)

    async def _answer(self, request: Awaitable[Result]) -> Result:
        """The library does not notice the loss of a connection while it waits for an answer."""
        task = asyncio.ensure_future(request)
        waiting: set[asyncio.Future[Any]] = {task, self._lost}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise ConnectionLostError("the connection is gone")
            return task.result()
        except aiomqtt.MqttError as error:
            raise ConnectionLostError(_text(error)) from error
        finally:
            task.cancel()


def _client(options: MqttOptions, identity: ClientIdentity, *, clean: bool) -> aiomqtt.Client:
    will = identity.will
    return aiomqtt.Client(
        options.host,
        options.port,
        identifier=identity.identifier,
        username=options.username,
        password=options.password,
        will=will and aiomqtt.Will(will.topic, will.octets, _QOS, will.retain),
        clean_session=clean,
        timeout=options.patience,
        keepalive=options.keepalive,
        tls_context=options.tls_context(),
        socket_options=_NO_DELAY,
        max_queued_incoming_messages=_QUEUED,
        protocol=aiomqtt.ProtocolVersion.V311,
        logger=_QUIET,
    )


def _hang_up(client: aiomqtt.Client) -> None:
    """Close the socket of a connection that did not come to a proper end, if it is open."""
    if client._disconnected.done():
        client._disconnected.exception()  # retrieved, or asyncio logs that it never was
    if client._client.socket() is not None:
        client._client._sock_close()


def _fail_fast(client: aiomqtt.Client) -> None:
    """Make a connection that ends before CONNACK an error at once, not after the time-out.

    So ends, for example, one without the client certificate that the broker asks for.
    """
    library = client._client.on_disconnect

    def on_disconnect(*arguments: Any) -> None:
        if not client._connected.done():
            client._connected.set_exception(aiomqtt.MqttError("it hung up without an answer"))
        if library is not None:
            library(*arguments)

    client._client.on_disconnect = on_disconnect


def _value(code: int | ReasonCode | None) -> int:
    return code.value if isinstance(code, ReasonCode) else code or 0


def _text(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
