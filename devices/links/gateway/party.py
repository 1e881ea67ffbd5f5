"""The parties' end of a link to many devices: commands as they go, answers as they come."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable
from functools import lru_cache, partial
from typing import Final

from firmware_sim.devices.links.bounds import check_size
from firmware_sim.devices.links.gateway.carrier import FAILURE, Carrier
from firmware_sim.devices.links.gateway.opening import opener
from firmware_sim.devices.links.gateway.requests import OpenCommand, Requests
from firmware_sim.devices.links.link import Arrival, Channel, LinkError
from firmware_sim.devices.links.mqtt_arrivals import arrival_of
from firmware_sim.devices.links.mqtt_ends import MqttPartyEnd
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.topics import topic
from firmware_sim.gbcs.identifiers import EntityId

RECEIVE: Final = 1024
"""Publications that the broker may send before we acknowledge one."""

_AT_ONCE: Final = 64
_KNOWN_TOPICS: Final = 1 << 16
_PAUSE_SECONDS: Final = 0.2
_NOBODY: Final = 0x10
"""Reason code: no matching subscribers (MQTT 5.0, 3.4.2.1)."""


class GatewayPartyLink(MqttPartyEnd):
    """A `PartyLink` over MQTT 5, for as many devices as a gateway serves.

    A command that no answer has come for is sent again when the broker was lost, with the same
    correlation data: a gateway then answers as it did, and asks the device no second time.

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
        self._options = options
        name = secrets.token_bytes(8)
        seconds = options.patience + options.reconnect_seconds
        self._requests = Requests(name, seconds, lambda: asyncio.get_running_loop().time())
        self._carrier = Carrier(RECEIVE, int(2 * seconds), self._back)
        opened = opener(self._carrier)
        super().__init__(options, name.hex(), devices, refusals=refusals, opener=opened)

    async def send(self, device: EntityId, octets: bytes) -> None:
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        command = await self._post(device, octets, taken)
        try:
            await self._session.taken_over(taken, command.letter.topic)
        except LinkError:
            self._requests.end(command.letter.correlation)
            raise

    async def post(self, device: EntityId, octets: bytes) -> None:
        """As `send`, but waits only while too many commands have no answer.

        That the broker does not take it over is then seen from the answer that does not come.

        Raises:
            LinkError: over 8,192 octets, or the link is down and could not be mended.
        """
        await self._post(device, octets, None)

    async def messages(self) -> AsyncIterator[Arrival]:
        inbox, requests = self._session.inbox, self._requests
        while batch := await inbox.batch(_AT_ONCE):
            for delivery in batch:
                delivery.acknowledge()
                arrival = arrival_of(delivery)
                if arrival is None or arrival.channel is Channel.COMMAND:
                    continue  # one that a broker kept answers nothing that is asked now
                if requests.is_new(delivery.correlation, delivery.octets):
                    yield arrival

    async def _post(
        self, device: EntityId, octets: bytes, taken: asyncio.Future[None] | None
    ) -> OpenCommand:
        check_size(octets)
        await self._requests.room()
        self._session.check()
        command_topic, reply_to = _topics(device)
        command = self._requests.begin(command_topic, octets, reply_to)
        self._put(command, taken)
        return command

    def _put(self, command: OpenCommand, taken: asyncio.Future[None] | None) -> None:
        command.order = self._carrier.outbox.add(
            command.letter, partial(self._taken, command, taken)
        )
        self._carrier.send()

    def _taken(
        self,
        command: OpenCommand,
        taken: asyncio.Future[None] | None,
        code: int,
    ) -> None:
        """The broker has answered."""
        if code == _NOBODY and self._requests.is_open(command):
            # A gateway that has lost its broker too is about to come back.
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._put, command, taken)
            return
        command.is_taken = code < FAILURE
        if not command.is_taken:
            self._requests.end(command.letter.correlation)
        if taken is None or taken.done():
            return
        if command.is_taken:
            taken.set_result(None)
        else:
            where = f"the broker at {self._options} does not take a message on "
            taken.set_exception(LinkError(f"{where}{command.letter.topic}: reason code {code:#x}"))

    def _back(self) -> None:
        """A connection stands: send again what a broker may have taken and lost."""
        for command in self._requests.taken_and_open():
            command.is_taken = False
            again = partial(self._taken, command, None)
            self._carrier.outbox.add_again(command.order, command.letter, again)


@lru_cache(_KNOWN_TOPICS)
def _topics(device: EntityId) -> tuple[str, str]:
    return topic(device, Channel.COMMAND), topic(device, Channel.RESPONSE)
