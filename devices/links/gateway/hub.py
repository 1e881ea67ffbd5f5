"""The devices' end: one connection for as many devices as a status can name."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from firmware_sim.devices.links.bounds import address, is_oversized
from firmware_sim.devices.links.gateway.carrier import FAILURE, FOREVER, Carrier
from firmware_sim.devices.links.gateway.opening import opener
from firmware_sim.devices.links.gateway.outbox import Letter
from firmware_sim.devices.links.gateway.recent import Recent
from firmware_sim.devices.links.link import Arrival, Channel, Handler, LinkError
from firmware_sim.devices.links.mqtt_arrivals import RETAINED
from firmware_sim.devices.links.mqtt_connection import (
    ReceivedPublication,
)
from firmware_sim.devices.links.mqtt_ends import MqttHubEnd
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.presence import MAX_PRESENCE_OCTETS
from firmware_sim.devices.links.topics import is_reply_topic, topic
from firmware_sim.gbcs.identifiers import EntityId

_LOG = logging.getLogger(__name__)

RECEIVE: Final = 1024
"""Commands that are here and not acknowledged, at most; the broker keeps the others."""

KEPT_ANSWERS: Final = 16_384
"""Commands whose answers are kept, in case that a broker that has died brings one again."""

_AT_ONCE: Final = 16
"""Commands that are handled before what they brought leaves, and the loop comes round."""

_CORRELATION_OCTETS: Final = 64


class GatewayDeviceLink(MqttHubEnd):
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
        self._options = options
        seconds = FOREVER if lasting else int(2 * (options.patience + options.reconnect_seconds))
        self._carrier = Carrier(RECEIVE, seconds)
        every = dict.fromkeys(devices).keys()
        opened, name = opener(self._carrier), f"gbcs-gateway-{hub}"
        super().__init__(hub, every, options, name, lasting=lasting, opener=opened)
        if len(self._offline.octets) > MAX_PRESENCE_OCTETS:
            raise LinkError(f"{len(every)} devices are too many for one gateway")
        self._topics = {topic(device, Channel.COMMAND): device for device in every}
        self._answers: Recent[bytes, tuple[bytes, ...]] = Recent(KEPT_ANSWERS)

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
        if not self._carrier.outbox.has_room:
            raise LinkError(f"too much waits for the broker at {self._options}")
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def was_taken(_: int) -> None:
            if not taken.done():
                taken.set_result(None)

        letter = Letter(topic(arrival.device, arrival.channel), octets)
        self._carrier.outbox.add(letter, was_taken)
        self._carrier.send()
        await self._session.taken_over(taken, letter.topic, self._patience)

    def _take(self, delivery: ReceivedPublication, handler: Handler) -> None:
        device = self._topics.get(delivery.topic)
        if device is None:
            pass  # A broker may send topics that we did not subscribe to.
        elif is_oversized(delivery.octets):
            size = len(delivery.octets)
            _LOG.warning("dropped %d octets on %s: too many", size, delivery.topic)
        elif delivery.retained:
            _LOG.warning(RETAINED, "command for", device, delivery.topic)
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
