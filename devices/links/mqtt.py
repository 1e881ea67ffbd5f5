"""MQTT links: a party's, and a Communications Hub's (docs/mqtt.md)."""

import logging
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from types import TracebackType
from typing import Self

from firmware_sim.devices.links.bounds import address, check_size, is_oversized
from firmware_sim.devices.links.link import Arrival, Channel, Handler, SlowHandler
from firmware_sim.devices.links.mqtt_connection import (
    ClientIdentity,
    Publication,
    ReceivedPublication,
)
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.mqtt_session import MqttSession
from firmware_sim.devices.links.presence import MAX_PRESENCE_OCTETS, Presence
from firmware_sim.devices.links.refusal_notice import RefusalNotice
from firmware_sim.devices.links.topics import hub_filters, parse_topic, party_filters, topic
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId

_LOG = logging.getLogger(__name__)

# Obeyed, it would come again at every start and in every drill, and the device be blamed for it.
RETAINED = (
    "dropped a command for %s: it was published with the retain flag, at an earlier time "
    "(mend: clear it with an empty retained message on %s)"
)


class MqttPartyLink:
    """The parties' end: one connection that reaches every device behind the broker.

    Args:
        devices: whose answers to listen to; None for all.
        refusals: listen to what benches beside devices tell, too.
    """

    def __init__(
        self,
        options: MqttOptions,
        devices: Iterable[EntityId] | None = None,
        *,
        refusals: bool = False,
    ) -> None:
        # Never two with one identifier: the broker would cut the first connection.
        identity = ClientIdentity(f"party-{secrets.token_hex(8)}")
        also = (Channel.REFUSAL,) if refusals else ()
        self._session = MqttSession(options, identity, party_filters(devices, *also))

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

    async def send(self, device: EntityId, octets: bytes) -> None:
        check_size(octets)
        await self._session.publish(Publication(topic(device, Channel.COMMAND), octets))

    async def messages(self) -> AsyncIterator[Arrival]:
        async for delivery in self._session.inbox:
            delivery.acknowledge()
            arrival = arrival_of(delivery)
            if arrival is not None and arrival.channel is not Channel.COMMAND:
                yield arrival


class MqttDeviceLink:
    """A hub's end: one connection for every device of its premises.

    A connection has a single last will, so the hub's status speaks for its HAN.

    Args:
        hub: Entity Identifier of the Communications Hub (or of a device that stands alone).
        devices: all devices to serve, the hub itself included.
        lasting: whether Commands sent while the hub is away wait for it at the broker, and its
            status stays there (a service), or both are cleared at the end (a drill).
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
        self.devices = tuple(devices)
        self._options = options
        status = topic(hub, Channel.STATUS)
        offline = Publication(status, Presence(False, self.devices).octets(), retain=True)
        self._session = MqttSession(
            options,
            ClientIdentity(f"gbcs-{hub}", will=offline),
            hub_filters(self.devices),
            greeting=Publication(status, Presence(True, self.devices).octets(), retain=True),
            # An empty retained message clears the topic (MQTT 3.1.1, 3.3.1.3).
            farewell=offline if lasting else Publication(status, b"", retain=True),
            lasting=lasting,
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
        async def at_once(device: EntityId, octets: bytes) -> Sequence[bytes]:
            return handler(device, octets)

        await self.serve_slowly(at_once)

    async def serve_slowly(self, handler: SlowHandler) -> None:
        """As `serve`, for devices that take their time: the connection is kept up meanwhile."""
        async for delivery in self._session.inbox:
            arrival = arrival_of(delivery)
            # A broker may send topics that we did not subscribe to: amqtt does so with retained
            # statuses.
            if arrival is None or arrival.channel is not Channel.COMMAND:
                pass
            elif delivery.retained:
                _LOG.warning(RETAINED, arrival.device, delivery.topic)
            else:
                for octets in await handler(arrival.device, arrival.octets):
                    await self.send(octets)
            # Not before: a hub that dies while it handles a Command gets it again.
            delivery.acknowledge()

    async def send(self, octets: bytes) -> None:
        device, channel, _ = address(octets, self.devices)
        # An answer is worth keeping for as long as the broker may yet come back.
        patience = self._options.reconnect_seconds + self._options.patience
        await self._session.publish(Publication(topic(device, channel), octets), patience)

    async def tell(self, notice: RefusalNotice) -> None:
        """Publish why a device refused a message; the device sends no such thing.

        Raises:
            LinkError: the link does not take it over.
        """
        name = topic(notice.device, Channel.REFUSAL)
        await self._session.publish(Publication(name, notice.octets()))


def arrival_of(delivery: ReceivedPublication) -> Arrival | None:
    """What came in, by the name of its topic; None, and a line in the log, if it is nothing."""
    name, octets = delivery.topic, delivery.octets
    try:
        device, channel = parse_topic(name)
    except RemoteError as error:
        _LOG.warning("dropped: %s", error)
        return None
    is_status = channel is Channel.STATUS
    if len(octets) > MAX_PRESENCE_OCTETS if is_status else is_oversized(octets):
        _LOG.warning("dropped %d octets on %s: too many", len(octets), name)
        return None
    return Arrival(device, channel, octets)
