"""What both ends of an MQTT link are, for one premises or thousands: a session, and its names."""

from collections.abc import Collection, Iterable
from types import TracebackType
from typing import Self

from firmware_sim.devices.links.link import Channel
from firmware_sim.devices.links.mqtt_connection import (
    ClientIdentity,
    MqttConnection,
    Opener,
    Publication,
)
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.mqtt_session import MqttSession
from firmware_sim.devices.links.presence import Presence
from firmware_sim.devices.links.topics import hub_filters, party_filters, topic
from firmware_sim.gbcs.identifiers import EntityId


class MqttEnd:
    """Either end: entered, its session stands; left, the session is closed."""

    def __init__(self, session: MqttSession) -> None:
        self._session = session

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


class MqttPartyEnd(MqttEnd):
    """The parties' end: listens to answers, and to the status of every hub.

    Args:
        name: of this party alone: of two with one name the broker cuts the first connection.
        devices: whose answers to listen to; None for all.
        refusals: listen to what benches beside devices tell, too.
        opener: makes the connections of the session.
    """

    def __init__(
        self,
        options: MqttOptions,
        name: str,
        devices: Iterable[EntityId] | None,
        *,
        refusals: bool,
        opener: Opener = MqttConnection.open,
    ) -> None:
        also = (Channel.REFUSAL,) if refusals else ()
        identity = ClientIdentity(f"party-{name}")
        filters = party_filters(devices, *also)
        super().__init__(MqttSession(options, identity, filters, opener=opener))


class MqttHubEnd(MqttEnd):
    """The devices' end: one connection, whose status speaks for all of them.

    Args:
        hub: the Communications Hub whose status it is.
        devices: all devices to serve.
        name: of the client; the broker keeps one session for it.
        lasting: whether Commands sent while the hub is away wait for it at the broker, and its
            status stays there (a service), or both are cleared at the end (a drill).
        opener: makes the connections of the session.
    """

    def __init__(
        self,
        hub: EntityId,
        devices: Collection[EntityId],
        options: MqttOptions,
        name: str,
        *,
        lasting: bool,
        opener: Opener = MqttConnection.open,
    ) -> None:
        self.hub = hub
        self.devices = devices
        # An answer is worth keeping for as long as the broker may yet come back.
        self._patience = options.reconnect_seconds + options.patience
        status, everyone = topic(hub, Channel.STATUS), tuple(devices)
        self._offline = Publication(status, Presence(False, everyone).octets(), retain=True)
        session = MqttSession(
            options,
            ClientIdentity(name, will=self._offline),
            hub_filters(devices),
            greeting=Publication(status, Presence(True, everyone).octets(), retain=True),
            # An empty retained message clears the topic (MQTT 3.1.1, 3.3.1.3).
            farewell=self._offline if lasting else Publication(status, b"", retain=True),
            lasting=lasting,
            opener=opener,
        )
        super().__init__(session)

    def hang_up(self) -> None:
        """End without a word to the broker, which publishes the will then and keeps the session."""
        self._session.hang_up()
