"""The devices of a governance drill, and all that reached each of them, in order."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from firmware_sim.bench.dut.devices_target import DevicesTarget, ReachedDevice, devices_of
from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.machine import Effects


class Received(NamedTuple):
    """One message that a device got, and what came of it.

    Attributes:
        step: number of the step in the ledger.
        at: by the drill's clock.
        octets: the message; None if the device was asked for what had fallen due.
        cut: when its power failed meanwhile; None if it did not.
        reason: number of the reason of its refusal, or 0.
        messages: what it sent.
    """

    step: int
    at: datetime
    octets: bytes | None
    cut: CutMoment | None
    reason: int
    messages: tuple[bytes, ...]


class RecordedDevices(DevicesTarget):
    """Simulated devices whose every input is kept.

    Args:
        step: gives the number of the step that is played.
        now: the drill's clock.

    Attributes:
        received: by device.
    """

    def __init__(
        self, premises: Iterable[Premises], step: Callable[[], int], now: Callable[[], datetime]
    ) -> None:
        super().__init__(devices_of(premises), self._open)
        self._step = step
        self._now = now
        self.received: defaultdict[EntityId, list[Received]] = defaultdict(list)

    async def _open(self, device: Device) -> ReachedDevice:
        entity = device.entity_id

        def keep(octets: bytes | None, cut: CutMoment | None, effects: Effects) -> None:
            reason = 0 if effects.refusal is None else effects.refusal.reason.value
            entry = Received(self._step(), self._now(), octets, cut, reason, effects.messages)
            self.received[entity].append(entry)

        return _Kept(device, keep)


class _Kept(ReachedDevice):
    def __init__(
        self,
        device: Device,
        keep: Callable[[bytes | None, CutMoment | None, Effects], None],
    ) -> None:
        super().__init__(SimulatedDevice.running(device))
        self._keep = keep

    async def receive(self, octets: bytes, cut: CutMoment | None = None) -> Effects:
        effects = await super().receive(octets, cut)
        self._keep(octets, cut, effects)
        return effects

    async def tick(self) -> Effects:
        effects = await super().tick()
        self._keep(None, None, effects)
        return effects
