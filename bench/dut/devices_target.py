"""Boards as a target: one device each, provisioned as the simulated device that it stands for.

What goes wrong between bench and board (silence, a reset, a wedge) is the bench's error, in
bounded time; what a board answers is the device's.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping

from firmware_sim.bench.dut.board.blueprint import blueprint_of
from firmware_sim.bench.dut.board.hosted import HostedBoard
from firmware_sim.bench.dut.board.trouble import told_as_bench_error
from firmware_sim.bench.dut.mailbox import Mailbox, answered, settled
from firmware_sim.bench.dut.target import Correlation, Seen
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId

Open = Callable[[Device], Awaitable[HostedBoard]]
"""Gives a device its board, powered and with an open link."""


class BoardTarget:
    """The devices of some premises, on boards; each gets its board when it is first needed."""

    def __init__(self, devices: Mapping[EntityId, Device], open_board: Open) -> None:
        self._devices = devices
        self._open = open_board
        self._boards: dict[EntityId, HostedBoard] = {}
        self._opening: defaultdict[EntityId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.mailbox = Mailbox()

    async def send(self, device: EntityId, octets: bytes) -> None:
        self.mailbox.sending(device, octets)
        with told_as_bench_error():
            board = await self._board(device)
            effects = await board.receive(octets, self._devices[device].clock.now())
        if effects.refusal is not None:
            self.mailbox.put_refusal(device, effects.refusal)
        for message in effects.messages:
            self.mailbox.put(device, message)

    async def seen(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        return await self.mailbox.wait(device, command, seconds, settled)

    async def response(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        return await self.mailbox.wait(device, command, seconds, answered)

    def wear(self, device: EntityId) -> tuple[int, ...] | None:  # noqa: ARG002 - none counts
        return None

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        return self.mailbox.alerts(device)

    async def image(self, device: EntityId) -> bytes | None:
        with told_as_bench_error():
            return await (await self._board(device)).image()

    async def _board(self, entity: EntityId) -> HostedBoard:
        async with self._opening[entity]:
            if entity not in self._boards:
                device = self._devices[entity]
                board = await self._open(device)
                if board.entity != entity:
                    await board.manufacture(blueprint_of(device.image()))
                self._boards[entity] = board
            return self._boards[entity]


def devices_of(premises: Iterable[Premises]) -> dict[EntityId, Device]:
    """Every device of some premises."""
    return {entity: device for home in premises for entity, device in home.devices.items()}
