"""One connection to an MQTT 5 broker, from CONNECT until it is lost."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Self

import mqtt5

from firmware_sim.devices.links.gateway.carrier import FAILURE, Carrier
from firmware_sim.devices.links.gateway.packets import connect_packet, publish_packet, reason
from firmware_sim.devices.links.gateway.wire import Wire
from firmware_sim.devices.links.inbox import Inbox
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_connection import (
    ClientIdentity,
    ConnectionLostError,
    Publication,
    ReceivedPublication,
)
from firmware_sim.devices.links.mqtt_options import MqttOptions

_FILTERS_AT_ONCE: Final = 500
"""Of one SUBSCRIBE: a start of thousands of devices is a row of requests, each answered."""

_REQUEST_NUMBERS: Final = 512
_LEFT = "we left"
_REFUSED_FOR_GOOD: Final = (
    mqtt5.ConnAckReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
    mqtt5.ConnAckReasonCode.CLIENT_ID_NOT_VALID,
    mqtt5.ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD,
    mqtt5.ConnAckReasonCode.NOT_AUTHORIZED,
    mqtt5.ConnAckReasonCode.BANNED,
)


class GatewayConnection:
    """An open connection; made by `open`, given up by `close`.

    Args:
        carrier: what outlives it.
    """

    def __init__(self, options: MqttOptions, carrier: Carrier, wire: Wire) -> None:
        self._options = options
        self._carrier = carrier
        self._wire = wire
        wire.take, wire.writable = self._take, self._pump
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._early: list[ReceivedPublication] = []
        self._inbox: Inbox[ReceivedPublication] | None = None
        self._reading_on: asyncio.Task[None] | None = None
        self._keepalive = float(options.keepalive)
        self._is_remembered = False

    @classmethod
    async def open(
        cls,
        options: MqttOptions,
        identity: ClientIdentity,
        carrier: Carrier,
        *,
        clean: bool = False,
    ) -> Self:
        """Connect; `clean` makes the broker forget the session of this identifier.

        Raises:
            ConnectionLostError: no broker answers, or not in time.
            LinkError: the broker refuses us or is not as we need it, or a TLS file is wrong.
        """
        try:
            async with asyncio.timeout(options.patience):
                wire = await Wire.open(options)
        except TimeoutError:
            raise ConnectionLostError("timed out") from None
        self = cls(options, carrier, wire)
        try:
            packet = connect_packet(options, identity, carrier, clean=clean)
            self._take_welcome(await self._request(0, packet))
        except BaseException:
            self.hang_up()
            raise
        return self

    async def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        if not self._wire.lost.done():
            self._wire.write(mqtt5.DisconnectPacket().write())
        self._wire.end(_LEFT)

    def hang_up(self) -> None:
        """Close the connection without a word."""
        self._wire.abort(_LEFT)

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe, some hundred filters at a time; not again if the broker remembers us.

        Raises:
            ConnectionLostError: no answer.
            LinkError: the broker does not allow one of them.
        """
        if self._is_remembered and self._carrier.was_subscribed:
            return
        for start in range(0, len(filters), _FILTERS_AT_ONCE):
            names = filters[start : start + _FILTERS_AT_ONCE]
            number = self._next_number()
            wanted = [
                mqtt5.TopicFilter(each, max_qos=mqtt5.QoS.AT_LEAST_ONCE, retain_as_published=False)
                for each in names
            ]
            answer = await self._request(number, mqtt5.SubscribePacket(number, wanted).write())
            for name, code in zip(names, answer.reason_codes, strict=False):
                if int(code) >= FAILURE:
                    where = f"the broker at {self._options}"
                    raise LinkError(f"{where} does not let us subscribe {name}")
        self._carrier.was_subscribed = True

    async def publish(self, publication: Publication) -> None:
        """Publish by itself; returns when the broker has taken it over.

        Raises:
            ConnectionLostError: no answer; it may have been taken over or not.
        """
        number = self._next_number()
        await self._request(number, publish_packet(publication, number))

    def acknowledge(self, number: int) -> None:
        if not self._wire.lost.done():
            self._wire.write(mqtt5.PubAckPacket(number).write())

    async def relay(self, inbox: Inbox[ReceivedPublication]) -> None:
        """Carry publications both ways, until the connection is lost.

        Raises:
            ConnectionLostError: always, in the end.
        """
        self._inbox = inbox
        for each in self._early:
            inbox.add(each)
        self._early.clear()
        self._carrier.came_up(self._pump, is_resumed=self._is_remembered)
        try:
            await self._keep_alive()
        finally:
            self._carrier.went_down()
            if self._reading_on is not None:
                self._reading_on.cancel()
        raise ConnectionLostError(self._wire.why)

    async def _keep_alive(self) -> None:
        """Ask for a sign of life where there is silence (MQTT 5.0, 3.1.2.10), until the end."""
        loop, wire = asyncio.get_running_loop(), self._wire
        while not wire.lost.done():
            await asyncio.wait({wire.lost}, timeout=self._keepalive / 4 or None)
            is_reading = self._reading_on is None or self._reading_on.done()
            if is_reading and loop.time() - wire.heard > 1.5 * self._keepalive:
                wire.abort("it does not answer")
            elif loop.time() - max(wire.wrote, wire.heard) >= self._keepalive / 2:
                wire.write(mqtt5.PingReqPacket().write())

    # --- what comes ---

    def _take(self, packets: list[mqtt5.Packet]) -> None:
        for packet in packets:
            if isinstance(packet, mqtt5.PublishPacket):
                self._take_publication(packet)
            elif isinstance(packet, mqtt5.PubAckPacket):
                if not self._carrier.answered(packet.packet_id, int(packet.reason_code)):
                    self._answer(packet.packet_id, packet)
            elif isinstance(packet, mqtt5.SubAckPacket):
                self._answer(packet.packet_id, packet)
            elif isinstance(packet, mqtt5.ConnAckPacket):
                self._answer(0, packet)
            elif isinstance(packet, mqtt5.DisconnectPacket):
                self._wire.end(reason(packet))
        self._pump()
        if self._inbox is not None and not self._inbox.has_room and self._reading_on is None:
            self._reading_on = asyncio.create_task(self._read_on(self._inbox))

    async def _read_on(self, inbox: Inbox[ReceivedPublication]) -> None:
        """Take nothing more from the broker until there is room again."""
        self._wire.read_on(reads=False)
        await inbox.room()
        self._reading_on = None
        self._wire.heard = asyncio.get_running_loop().time()
        self._wire.read_on(reads=True)

    def _take_publication(self, packet: mqtt5.PublishPacket) -> None:
        publication = ReceivedPublication(
            packet.topic,
            packet.payload,
            packet.packet_id or 0,
            int(packet.qos),
            packet.retain,
            self,
            packet.duplicate,
            packet.response_topic,
            packet.correlation_data,
        )
        if self._inbox is None:
            self._early.append(publication)
        else:
            self._inbox.add(publication)

    def _take_welcome(self, welcome: mqtt5.ConnAckPacket) -> None:
        where = f"the broker at {self._options}"
        if welcome.reason_code in _REFUSED_FOR_GOOD:
            raise LinkError(f"{where} refuses us: {reason(welcome)}")
        if int(welcome.reason_code):
            raise ConnectionLostError(reason(welcome))
        if int(welcome.max_qos) < 1 or not welcome.retain_available:
            raise LinkError(f"{where} has no QoS 1, or retains nothing")
        self._is_remembered = welcome.session_present
        self._carrier.window = welcome.receive_max
        if welcome.server_keep_alive is not None:
            self._keepalive = float(welcome.server_keep_alive)

    def _answer(self, number: int, packet: mqtt5.Packet) -> None:
        waiting = self._answers.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(packet)

    # --- what goes ---

    async def _request(self, number: int, packet: bytes) -> Any:
        lost = self._wire.lost
        waiting = self._answers[number] = asyncio.get_running_loop().create_future()
        self._wire.write(packet)
        patience = self._options.patience
        done, _ = await asyncio.wait(
            {waiting, lost}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
        )
        self._answers.pop(number, None)
        if waiting.done():
            return waiting.result()
        raise ConnectionLostError(self._wire.why if done else "timed out")

    def _next_number(self) -> int:
        """Below those of the outbox; requests wait for each other, so none is in use."""
        self._number = self._number % _REQUEST_NUMBERS + 1
        return self._number

    def _pump(self) -> None:
        """Send what is due, for as long as the operating system takes it."""
        if self._wire.lost.done() or not self._wire.takes_octets:
            return
        for packet in self._carrier.outbox.due():
            self._wire.write(packet)
