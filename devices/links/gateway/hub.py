"""The devices' end: one connection for as many devices as a status can name."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from hashlib import sha256
from types import TracebackType
from typing import Final, Self

from firmware_sim.devices.links.bounds import address, is_oversized
from firmware_sim.devices.links.gateway.carrier import FAILURE, FOREVER, Carrier
from firmware_sim.devices.links.gateway.opening import opener
from firmware_sim.devices.links.gateway.outbox import Letter
from firmware_sim.devices.links.gateway.recent import Recent
from firmware_sim.devices.links.link import Arrival, Channel, Handler, LinkError
from firmware_sim.devices.links.mqtt import RETAINED
from firmware_sim.devices.links.mqtt_connection import (
    ClientIdentity,
    Publication,
    ReceivedPublication,
)
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.mqtt_session import MqttSession
from firmware_sim.devices.links.presence import MAX_PRESENCE_OCTETS, Presence
from firmware_sim.devices.links.topics import hub_filters, is_reply_topic, topic
from firmware_sim.gbcs.identifiers import EntityId

_LOG = logging.getLogger(__name__)

RECEIVE: Final = 1024
"""Commands that are here and not acknowledged, at most; the broker keeps the others."""

KEPT_ANSWERS: Final = 16_384
"""Commands whose answers are kept, in case that a broker that has died brings one again."""

_AT_ONCE: Final = 16
"""Commands that are handled before what they brought leaves, and the loop comes round."""

_CORRELATION_OCTETS: Final = 64


class GatewayDeviceLink:
    """A `DeviceLink` over MQTT 5 for thousands of devices.

    A command that comes again, by its correlation data or because the broker says so, is not
    handed to the device again: its answers are sent again.

    Args:
        hub: the name under which the gateway announces its devices: one of their hubs.
        devices: all devices to serve, at most some 49,000.
        lasting: as for `MqttDeviceLink`.

    Raises:
        LinkError: too many devices for one status.
    """

    def __init__(
        self,
        hub: EntityId,
        devices: Iterable[EntityId],
        options: MqttOptions,
        *,
        lasting: bool = True,
    ) -> None:
        self.hub = hub
        self.devices = dict.fromkeys(devices).keys()
        self._options = options
        self._topics = {topic(device, Channel.COMMAND): device for device in self.devices}
        self._answers: Recent[bytes, tuple[bytes, ...]] = Recent(KEPT_ANSWERS)
        seconds = FOREVER if lasting else int(2 * (options.patience + options.reconnect_seconds))
        self._carrier = Carrier(RECEIVE, seconds)
        status, all_devices = topic(hub, Channel.STATUS), tuple(self.devices)
        online, offline = (Presence(is_up, all_devices).octets() for is_up in (True, False))
        if len(offline) > MAX_PRESENCE_OCTETS:
            raise LinkError(f"{len(all_devices)} devices are too many for one gateway")
        will = Publication(status, offline, retain=True)
        self._session = MqttSession(
            options,
            ClientIdentity(f"gbcs-gateway-{hub}", will=will),
            hub_filters(self.devices),
            greeting=Publication(status, online, retain=True),
            farewell=will if lasting else Publication(status, b"", retain=True),
            lasting=lasting,
            opener=opener(self._carrier),
        )

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.__aexit__(exc_type, exc, traceback)

    def hang_up(self) -> None:
        """End without a word to the broker, which publishes the will then and keeps the session."""
        self._session.hang_up()

    async def serve(self, handler: Handler) -> None:
        inbox = self._session.inbox
        while batch := await inbox.batch(_AT_ONCE):
            for delivery in batch:
                self._take(delivery, handler)
            self._carrier.send()
            await asyncio.sleep(0)
            await self._carrier.room(self._session.check)

    async def send(self, octets: bytes) -> None:
        arrival = address(octets, self.devices)
        patience = self._options.reconnect_seconds + self._options.patience
        if not self._carrier.outbox.has_room:
            raise LinkError(f"too much waits for the broker at {self._options}")
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def was_taken(_: int) -> None:
            if not taken.done():
                taken.set_result(None)

        letter = Letter(topic(arrival.device, arrival.channel), octets)
        self._carrier.outbox.add(letter, was_taken)
        self._carrier.send()
        await self._session.taken_over(taken, letter.topic, patience)

    def _take(self, delivery: ReceivedPublication, handler: Handler) -> None:
        device = self._topics.get(delivery.topic)
        if device is None:
            pass  # A broker may send topics that we did not subscribe to.
        elif is_oversized(delivery.octets):
            size = len(delivery.octets)
            _LOG.warning("dropped %d octets on %s: too many", size, delivery.topic)
        elif delivery.retained:
            _LOG.warning(RETAINED, device, delivery.topic)
        else:
            self._answer(delivery, device, self._messages(delivery, device, handler))
            return
        delivery.acknowledge()

    def _messages(
        self, delivery: ReceivedPublication, device: EntityId, handler: Handler
    ) -> Sequence[bytes]:
        """What the device says to a command, or has said to this very delivery of it."""
        correlation = _correlation(delivery)
        key = sha256(device + delivery.octets).digest() + (correlation or b"")
        if correlation is not None or delivery.is_again:
            kept = self._answers.get(key)
            if kept is not None:
                return kept
        messages = tuple(handler(device, delivery.octets))
        self._answers.keep(key, messages)
        return messages

    def _answer(
        self, delivery: ReceivedPublication, device: EntityId, messages: Sequence[bytes]
    ) -> None:
        """Send them, and acknowledge the command once the broker has them all."""
        left = len(messages)

        def was_taken(code: int) -> None:
            nonlocal left
            left -= 1
            if code >= FAILURE:
                _LOG.warning("the broker refuses a message of %s: reason code %#x", device, code)
            if not left:
                delivery.acknowledge()

        for octets in messages:
            letter = self._letter(delivery, device, address(octets, (device,)))
            self._carrier.outbox.add(letter, was_taken)
        if not messages:
            delivery.acknowledge()

    def _letter(self, delivery: ReceivedPublication, device: EntityId, arrival: Arrival) -> Letter:
        reply_to = delivery.reply_to
        if arrival.channel is not Channel.RESPONSE or reply_to is None:
            return Letter(topic(device, arrival.channel), arrival.octets)
        if not is_reply_topic(reply_to, device):
            _LOG.warning("%s is asked to answer on %.200r, and does not", device, reply_to)
            return Letter(topic(device, arrival.channel), arrival.octets)
        return Letter(reply_to, arrival.octets, correlation=_correlation(delivery))


def _correlation(delivery: ReceivedPublication) -> bytes | None:
    data = delivery.correlation
    return data if data and len(data) <= _CORRELATION_OCTETS else None
