"""The target in this process, without a link: `Device.receive` is called directly."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from firmware_sim.bench.dut.mailbox import Mailbox, answered, settled
from firmware_sim.bench.dut.target import Correlation, Seen
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId


class MemoryTarget:
    """Every device of some premises; a message is answered before `send` returns."""

    def __init__(self, premises: Iterable[Premises]) -> None:
        self._devices: Mapping[EntityId, Device] = {
            entity: device for home in premises for entity, device in home.devices.items()
        }
        self.mailbox = Mailbox()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    async def send(self, device: EntityId, octets: bytes) -> None:
        self.mailbox.sending(device, octets)
        effects = self._devices[device].receive(octets)
        if effects.refusal is not None:
            self.mailbox.put_refusal(device, effects.refusal)
        for message in effects.messages:
            self.mailbox.put(device, message)

    async def seen(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        return await self.mailbox.wait(device, command, seconds, settled)

    async def response(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        return await self.mailbox.wait(device, command, seconds, answered)

    async def image(self, device: EntityId) -> bytes | None:
        return self._devices[device].image()

    def wear(self, device: EntityId) -> tuple[int, ...] | None:
        return tuple(self._devices[device].flash.wear)

    def alerts(self, device: EntityId) -> tuple[bytes, ...]:
        return self.mailbox.alerts(device)
