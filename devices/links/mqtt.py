"""MQTT links: a party's, and a Communications Hub's (docs/mqtt.md)."""

import secrets
from collections.abc import AsyncIterator, Iterable, Sequence

from firmware_sim.devices.links.bounds import address, check_size
from firmware_sim.devices.links.link import Arrival, Channel, Handler, SlowHandler
from firmware_sim.devices.links.mqtt_arrivals import arrival_of
from firmware_sim.devices.links.mqtt_connection import Publication
from firmware_sim.devices.links.mqtt_ends import MqttHubEnd, MqttPartyEnd
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.refusal_notice import RefusalNotice
from firmware_sim.devices.links.topics import topic
from firmware_sim.gbcs.identifiers import EntityId


class MqttPartyLink(MqttPartyEnd):
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
        super().__init__(options, secrets.token_hex(8), devices, refusals=refusals)

    async def send(self, device: EntityId, octets: bytes) -> None:
        check_size(octets)
        await self._session.publish(Publication(topic(device, Channel.COMMAND), octets))

    async def messages(self) -> AsyncIterator[Arrival]:
        async for delivery in self._session.inbox:
            delivery.acknowledge()
            arrival = arrival_of(delivery)
            if arrival is not None and arrival.channel is not Channel.COMMAND:
                yield arrival


class MqttDeviceLink(MqttHubEnd):
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
        super().__init__(hub, tuple(devices), options, f"gbcs-{hub}", lasting=lasting)

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
            if arrival is not None and arrival.channel is Channel.COMMAND:
                for octets in await handler(arrival.device, arrival.octets):
                    await self.send(octets)
            # Not before: a hub that dies while it handles a Command gets it again.
            delivery.acknowledge()

    async def send(self, octets: bytes) -> None:
        device, channel, _ = address(octets, self.devices)
        await self._session.publish(Publication(topic(device, channel), octets), self._patience)

    async def tell(self, notice: RefusalNotice) -> None:
        """Publish why a device refused a message; the device sends no such thing.

        Raises:
            LinkError: the link does not take it over.
        """
        name = topic(notice.device, Channel.REFUSAL)
        await self._session.publish(Publication(name, notice.octets()))
