"""Targets that lose, double and alter: what a drill must see through, or must notice."""

from collections.abc import Callable, Iterable
from random import Random

from firmware_sim.bench.dut.mailbox import settled
from firmware_sim.bench.dut.simulated.target import MemoryTarget
from firmware_sim.bench.dut.target import Correlation, IsGenuine, Seen
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId


class UncountedTarget(MemoryTarget):
    """Hands messages to devices past `DevicesTarget.send`, so that nobody counts them."""

    def given(self, device: EntityId) -> None:
        """Not known."""


class LossyTarget(UncountedTarget):
    """Loses or doubles commands and loses responses, as a seed decides."""

    def __init__(self, premises: Iterable[Premises], seed: int, loss: float = 0.25) -> None:
        super().__init__(premises)
        self._random = Random(seed)
        self._loss = loss
        self.lost = 0

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        self.mailbox.sending(device, octets, is_genuine)
        if self._happens():
            self.lost += 1
            return
        self._deliver(device, octets)
        if self._happens():
            self._deliver(device, octets)

    def _deliver(self, device: EntityId, octets: bytes) -> None:
        effects = self._devices[device].receive(octets)
        self.mailbox.put_handled(device, octets, effects)
        for answer in effects.messages:
            if self._happens():
                self.lost += 1
            else:
                self.mailbox.put(device, answer)

    def _happens(self) -> bool:
        return self._random.random() < self._loss


class SecondAttemptLostTarget(MemoryTarget):
    """Of the first four messages only the last is answered: the first, too, reaches the device."""

    def __init__(self, premises: Iterable[Premises]) -> None:
        super().__init__(premises)
        self._sent = 0

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        self._sent += 1
        if self._sent not in (2, 3):
            await super().send(device, octets, is_genuine)
        if self._sent < 4:
            self.mailbox.sending(device, octets, is_genuine)  # drops what came for it


class PatientTarget(MemoryTarget):
    """Waits for answers, as a link does, though in memory they come at once or never."""

    async def seen(self, device: EntityId, command: Correlation, seconds: float) -> Seen:
        return await self.mailbox.wait(device, command, seconds, settled)


class AlteringTarget(UncountedTarget):
    """Puts every answer through a function: a device that answers wrong, or not at all."""

    def __init__(
        self, premises: Iterable[Premises], alter: Callable[[bytes], bytes | None]
    ) -> None:
        super().__init__(premises)
        self._alter = alter

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        self.mailbox.sending(device, octets, is_genuine)
        effects = self._devices[device].receive(octets)
        self.mailbox.put_handled(device, octets, effects)
        for answer in effects.messages:
            altered = self._alter(answer)
            if altered is not None:
                self.mailbox.put(device, altered)
