"""Many devices under test as a drill's target; each is opened when it is first needed.

What goes wrong between bench and device (silence, a reset, a wedge) is the bench's error, in
bounded time; what a device answers is the device's.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

from firmware_sim.bench.dut.device_under_test import Ability, DeviceUnderTest
from firmware_sim.bench.dut.mailbox import Mailbox, answered, settled
from firmware_sim.bench.dut.power_cuts import CutDevice, CutMoment
from firmware_sim.bench.dut.target import Correlation, IsGenuine, Reach, Seen
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import Clock, ClockReading

_Answer = TypeVar("_Answer")


class ClockedDevice:
    """A device under test whose clock is set before it gets a message.

    Args:
        clock: what it is set to; None for a device that looks at the drill's clock by itself.

    Attributes:
        given: how many things it was given so far.
    """

    def __init__(self, device: DeviceUnderTest, clock: Clock | None = None) -> None:
        self._device = device
        self._clock = clock
        self._shown: ClockReading | None = None
        self.given = 0

    def note_input(self) -> None:
        """To be called before the device is given something: counts it, and sets the clock."""
        self.given += 1
        self._show_time()

    def receive(self, octets: bytes, cut: CutMoment | None = None) -> Effects:
        """Hand a message over.

        Args:
            cut: when the device loses its power meanwhile, if it can; None for never.
        """
        self.note_input()
        if cut is None or not isinstance(self._device, CutDevice):
            return self._device.receive(octets)
        self._shown = None  # its clock is unset afterwards
        return self._device.receive_cut(octets, cut)

    def tick(self) -> Effects:
        """Let it do what has fallen due."""
        self.note_input()
        return self._device.tick()

    def image(self) -> bytes | None:
        """The whole flash; None if it cannot be read."""
        return self._device.image() if Ability.IMAGE in self._device.abilities else None

    def wear(self) -> tuple[int, ...] | None:
        """Erases of each block; None if they are not counted."""
        return self._device.wear()

    def _show_time(self) -> None:
        """Set the clock, if the device has one and it stands at another time."""
        if self._clock is None or Ability.CLOCK not in self._device.abilities:
            return
        now = self._clock.now()
        if now != self._shown:
            self._device.set_clock(now)
            self._shown = now


class ReachedDevice:
    """A device under test that is asked one thing at a time.

    Args:
        clock: see `ClockedDevice`.
        waits: its calls wait for a line, and are made in a thread.
    """

    def __init__(
        self, device: DeviceUnderTest, clock: Clock | None = None, *, waits: bool = False
    ) -> None:
        self._device = ClockedDevice(device, clock)
        self._waits = waits
        self._busy = asyncio.Lock()

    @property
    def given(self) -> int | None:
        """How many things it was given so far; None for a device at a line, which goes on alone."""
        return None if self._waits else self._device.given

    async def receive(self, octets: bytes, cut: CutMoment | None = None) -> Effects:
        """See `ClockedDevice.receive`."""
        return await self._ask(lambda: self._device.receive(octets, cut))

    async def tick(self) -> Effects:
        """Let it do what has fallen due."""
        return await self._ask(self._device.tick)

    async def image(self) -> bytes | None:
        """The whole flash; None if it cannot be read."""
        return await self._ask(self._device.image)

    def wear(self) -> tuple[int, ...] | None:
        """Erases of each block; None if they are not counted."""
        return self._device.wear()

    async def _ask(self, ask: Callable[[], _Answer]) -> _Answer:
        if not self._waits:
            return ask()
        async with self._busy:
            return await asyncio.to_thread(ask)


Open = Callable[[Device], Awaitable[ReachedDevice]]
"""Gives the device under test that stands for a simulated one, powered on."""


class DevicesTarget:
    """The devices of some premises, each under test by itself.

    Args:
        devices: the devices that are wanted, as they left the factory.
        reach: how near the bench is to each.
        silence: what silence may mean where another program serves them.
    """

    def __init__(
        self,
        devices: Mapping[EntityId, Device],
        open_device: Open,
        reach: Reach = Reach.INSIDE,
        silence: str = "",
    ) -> None:
        self._devices = devices
        self._silence = silence
        self._reach = reach
        self._open = open_device
        self._reached: dict[EntityId, ReachedDevice] = {}
        self._opening: defaultdict[EntityId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._cuts: dict[tuple[EntityId, bytes], CutMoment] = {}
        self._gone: set[EntityId] = set()
        self.mailbox = Mailbox()

    async def exchange_hub(self, old: Premises, new: Premises) -> None:
        """See `target.ExchangesHubs`."""
        self._gone |= old.devices.keys() - new.devices.keys()
        self._devices = {**self._devices, **new.devices}

    def cut_power(self, device: EntityId, octets: bytes, moment: CutMoment) -> None:
        """See `power_cuts.CutsPower`; a kind of device that cannot is refused by its name."""
        self._cuts[device, octets] = moment

    def reach(self, device: EntityId) -> Reach:  # noqa: ARG002 - all alike
        return self._reach

    def silence(self) -> str:
        return self._silence

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        self.mailbox.sending(device, octets, is_genuine)
        if device in self._gone:
            return  # it is in nobody's home
        with board_trouble_as_bench_error():
            cut = self._cuts.pop((device, octets), None)
            effects = await (await self._device(device)).receive(octets, cut)
        if self._reach is Reach.INSIDE:
            self.mailbox.put_handled(device, octets, effects)
        elif effects.refusal is not None:
            self.mailbox.put_notice(device, effects.refusal)
        for message in effects.messages:
            self.mailbox.put(device, message)

    # Nothing is waited for: all that a device sent came with its result.
    async def seen(self, device: EntityId, command: Correlation, seconds: float) -> Seen:  # noqa: ARG002
        return await self.mailbox.wait(device, command, 0, settled)

    async def response(self, device: EntityId, command: Correlation, seconds: float) -> Seen:  # noqa: ARG002
        return await self.mailbox.wait(device, command, 0, answered)

    async def drained(self, device: EntityId, seconds: float) -> int:  # noqa: ARG002
        return 0  # what a device sent came with its result

    async def tick(self, device: EntityId, seconds: float) -> None:  # noqa: ARG002
        if device in self._gone:
            return
        with board_trouble_as_bench_error():
            effects = await (await self._device(device)).tick()
        for message in effects.messages:
            self.mailbox.put(device, message)

    async def image(self, device: EntityId) -> bytes | None:
        with board_trouble_as_bench_error():
            return await (await self._device(device)).image()

    def given(self, device: EntityId) -> int | None:
        reached = self._reached.get(device)
        return None if reached is None else reached.given

    def wear(self, device: EntityId) -> tuple[int, ...] | None:
        reached = self._reached.get(device)
        return None if reached is None else reached.wear()

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        return self.mailbox.alerts(device)

    async def _device(self, entity: EntityId) -> ReachedDevice:
        if entity in self._reached:
            return self._reached[entity]
        async with self._opening[entity]:
            if entity not in self._reached:
                self._reached[entity] = await self._open(self._devices[entity])
            return self._reached[entity]


def devices_of(premises: Iterable[Premises]) -> dict[EntityId, Device]:
    """Every device of some premises."""
    return {entity: device for home in premises for entity, device in home.devices.items()}
