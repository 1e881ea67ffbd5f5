"""The target over MQTT: the premises' hubs and the parties meet at a broker.

The devices still live in this process, so that the bench sees refusals and flash images; every
message travels through the broker all the same, hub by hub, as it would from anywhere.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from firmware_sim.bench.dut.devices_target import ClockedDevice, devices_of
from firmware_sim.bench.dut.mailbox import Mailbox, answered, settled
from firmware_sim.bench.dut.mqtt.device_host import TICK_SECONDS, DeviceHost, Handled
from firmware_sim.bench.dut.mqtt.elsewhere import refusal_of, served_elsewhere
from firmware_sim.bench.dut.mqtt.hubs import HUBS_AT_ONCE, ServedHubs, connected
from firmware_sim.bench.dut.mqtt.on_the_way import OnTheWay
from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.dut.target import Correlation, IsGenuine, Reach, Seen
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.files.documentation import page
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.link import Arrival, Channel, DeviceLink, LinkError, PartyLink
from firmware_sim.devices.links.mqtt import MqttDeviceLink, MqttPartyLink
from firmware_sim.devices.links.mqtt_options import MqttOptions
from firmware_sim.devices.links.round_trips import WARNING, RoundTrips
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.machine import Effects

_log = logging.getLogger(__name__)

_Cuts = dict[tuple[EntityId, bytes], CutMoment]
_Device = TypeVar("_Device")

# With more, one subscription to everybody's answers is less work for a broker than one each.
LISTED_DEVICES = 400


_SILENCE = (
    "The status by which it is online may be an old one that the broker kept, or the broker may "
    "not let parties publish commands (mend: start what serves the device, or clear its status; "
    f"see {page('mqtt')})"
)
_MEND = "see that it runs, try again"


class MqttTarget:
    """Every device of some premises, behind one broker; made by `mqtt_target`."""

    def __init__(
        self,
        party: PartyLink,
        devices: Mapping[EntityId, ClockedDevice],
        guests: frozenset[EntityId] = frozenset(),
        hubs: ServedHubs | None = None,
    ) -> None:
        self._party = party
        self._hubs = hubs
        self._devices = dict(devices)
        self._guests = guests
        self._failure: LinkError | None = None
        self._cuts: _Cuts = {}
        self._round_trips = RoundTrips()
        self._on_the_way = OnTheWay()
        self.mailbox = Mailbox()

    def cut_power(self, device: EntityId, octets: bytes, moment: CutMoment) -> None:
        self._cuts[device, octets] = moment

    def reach(self, device: EntityId) -> Reach:
        return Reach.ELSEWHERE if device in self._guests else Reach.INSIDE

    def silence(self) -> str:
        return _SILENCE

    async def exchange_hub(self, old: Premises, new: Premises) -> None:
        """See `target.ExchangesHubs`: the old hub leaves the broker, and the new one connects."""
        self._check()
        if self._hubs is None or not self._guests.isdisjoint(old.devices):
            raise BenchError("others serve devices behind this hub", "let the drill serve them")
        self._devices |= {entity: simulated(device) for entity, device in new.devices.items()}
        try:
            await self._hubs.leave(old.hub)
            await self._hubs.join(new, self.serve)
        except LinkError as error:
            raise BenchError(f"no hub could be exchanged: {error}", _MEND) from error

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        self._check()
        self.mailbox.sending(device, octets, is_genuine)
        self._round_trips.sent(asyncio.get_running_loop().time())
        await self._party.send(device, octets)

    async def seen(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        self._check()
        return await self.mailbox.wait(device, command, seconds, settled)

    async def response(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        self._check()
        return await self.mailbox.wait(device, command, seconds, answered)

    async def tick(self, device: EntityId, seconds: float) -> None:
        """The hosts tick their devices by themselves, every second."""
        self._check()
        await self.mailbox.wait_for_alert(device, seconds + TICK_SECONDS)

    async def drained(self, device: EntityId, seconds: float) -> int:
        self._check()
        return await self._on_the_way.drained(device, seconds)

    async def image(self, device: EntityId) -> bytes | None:
        return None if device in self._guests else self._devices[device].image()

    def given(self, device: EntityId) -> int | None:
        return None if device in self._guests else self._devices[device].given

    def wear(self, device: EntityId) -> tuple[int, ...] | None:
        return None if device in self._guests else self._devices[device].wear()

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        return self.mailbox.alerts(device)

    async def serve(self, hub: DeviceLink, entities: Iterable[EntityId]) -> None:
        """Let the devices behind one hub answer, until cancelled; guests are not its."""
        devices = {
            entity: _CutHosted(entity, self._devices[entity], self._cuts)
            for entity in entities
            if entity not in self._guests
        }
        try:
            await DeviceHost(hub, devices, observer=self._observe).run()
        except LinkError as error:
            self._failure = error

    async def listen(self) -> None:
        """Sort in what the parties' link brings, until cancelled."""
        try:
            async for arrival in self._party.messages():
                if arrival.channel is Channel.REFUSAL:
                    self._take_notice(arrival)
                elif arrival.channel is not Channel.STATUS and self._is_asked(arrival.device):
                    self._look_at_round_trip()
                    self.mailbox.put(arrival.device, arrival.octets)
                    self._on_the_way.came(arrival.device, arrival.octets)
        except LinkError as error:
            self._failure = error

    def _look_at_round_trip(self) -> None:
        seconds = self._round_trips.came(asyncio.get_running_loop().time())
        if seconds is not None:
            _log.warning(WARNING, seconds * 1000)

    def _observe(self, handled: Handled) -> None:
        if handled.octets is not None:
            self.mailbox.put_handled(handled.device, handled.octets, handled.effects)
        self._on_the_way.sent(handled.device, handled.effects.messages)

    def _is_asked(self, device: EntityId) -> bool:
        return device in self._devices or device in self._guests

    def _take_notice(self, arrival: Arrival) -> None:
        refusal = refusal_of(arrival.device, arrival.octets)
        if refusal is not None and arrival.device in self._guests:
            self.mailbox.put_notice(arrival.device, refusal)

    def _check(self) -> None:
        if self._failure is not None:
            raise BenchError(f"the broker was lost: {self._failure}", _MEND)


class _CutHosted:
    """A device whose power fails when it is given the octets for which that was asked."""

    def __init__(self, entity: EntityId, device: ClockedDevice, cuts: _Cuts) -> None:
        self._entity = entity
        self._device = device
        self._cuts = cuts

    def receive(self, octets: bytes) -> Effects:
        return self._device.receive(octets, self._cuts.pop((self._entity, octets), None))

    def tick(self) -> Effects:
        return self._device.tick()


def without(
    devices: Mapping[EntityId, _Device], guests: frozenset[EntityId]
) -> Mapping[EntityId, _Device]:
    """The devices that are not guests, in their order."""
    return {entity: device for entity, device in devices.items() if entity not in guests}


@asynccontextmanager
async def mqtt_target(
    premises: Iterable[Premises],
    options: MqttOptions,
    *,
    at_once: int = HUBS_AT_ONCE,
    welcomes_guests: bool = False,
) -> AsyncIterator[MqttTarget]:
    """Connect the parties and every hub, and let the devices answer for as long as it lasts.

    Args:
        at_once: hubs that connect at the same time.
        welcomes_guests: leave devices that are at the broker already to those who serve them.

    Raises:
        BenchError: no broker answers there.
    """
    homes = tuple(premises)
    devices = devices_of(homes)
    async with AsyncExitStack() as stack:
        try:
            awaited = [*devices, *(each for home in homes for each in home.expected)]
            listened_to = awaited if len(awaited) <= LISTED_DEVICES else None
            party = await stack.enter_async_context(
                MqttPartyLink(options, listened_to, refusals=welcomes_guests)
            )
            guests = await served_elsewhere(party, homes) if welcomes_guests else frozenset()
            if guests:
                _log.warning("others play: %s", ", ".join(sorted(map(str, guests))))
            homes = tuple(home for home in homes if without(home.devices, guests))
            hubs = [_hub(home, options, guests) for home in homes]
            up = await stack.enter_async_context(connected(hubs, at_once))
        except LinkError as error:
            raise BenchError(str(error), "start one, or use --target mqtt") from error
        clocked = {entity: simulated(device) for entity, device in devices.items()}
        served = await stack.enter_async_context(ServedHubs(options, up))
        target = MqttTarget(party, clocked, guests, served)
        for link, home in zip(hubs, homes, strict=True):
            served.serve(link, home, target.serve)
        yield await stack.enter_async_context(serving(target, ()))


@asynccontextmanager
async def serving(
    target: MqttTarget, hubs: Iterable[tuple[DeviceLink, Iterable[EntityId]]]
) -> AsyncIterator[MqttTarget]:
    """Let the devices behind these hubs answer, and listen, for as long as the context lasts."""
    tasks = [asyncio.create_task(target.serve(*each)) for each in hubs]
    tasks.append(asyncio.create_task(target.listen()))
    try:
        yield target
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def simulated(device: Device) -> ClockedDevice:
    """A simulated device that has power, and looks at the drill's clock by itself."""
    return ClockedDevice(SimulatedDevice.running(device))


def _hub(home: Premises, options: MqttOptions, guests: frozenset[EntityId]) -> MqttDeviceLink:
    """The link of one premises."""
    devices = without(home.devices, guests)
    hub = next(iter(devices)) if home.hub in guests else home.hub
    return MqttDeviceLink(hub, devices, options, lasting=False)
