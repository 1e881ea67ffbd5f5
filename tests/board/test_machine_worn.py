"""A flash that takes no more octets: simulator and firmware refuse alike and keep their trust."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import TINY, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.unfit_updates import no_cell_named, one_cell_twice
from tests.support.commands import by_contingency, query, supplier_by_supplier
from tests.support.device_commands import DS, issue, provide
from tests.support.host_device import EngineAnswer, HostDevice
from tests.support.meter import DAY, Meter, fill, meter

STORAGE_FAILED = EngineAnswer((), RefusalReason.STORAGE_FAILED)


class Pair:
    """Both over the same flash."""

    def __init__(self, geometry: Geometry | None = None) -> None:
        self.simulated: Meter = meter(DeviceType.ESME, geometry=geometry)
        self.firmware = HostDevice(self.simulated.device.flash.geometry)
        self.firmware.load(self.simulated.device.image())
        self.power_on()

    def power_on(self) -> None:
        self.simulated.device.power_on()
        assert self.firmware.power_on()
        self.firmware.set_clock(self.simulated.clock.now())
        assert self.firmware.image() == self.simulated.device.image()

    def receive(self, message: Message) -> EngineAnswer:
        octets = message.build()
        return self._alike(self.simulated.device.receive(octets), self.firmware.receive(octets))

    def tick(self) -> EngineAnswer:
        self.firmware.set_clock(self.simulated.clock.now())
        return self._alike(self.simulated.device.tick(), self.firmware.tick())

    @contextmanager
    def worn(self) -> Iterator[None]:
        self.firmware.wear(is_worn=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(NorFlash, "program", lambda *_: None)
            patch.setattr(NorFlash, "erase", lambda *_: None)
            yield
        self.firmware.wear(is_worn=False)

    def _alike(self, effects: Effects, answers: EngineAnswer) -> EngineAnswer:
        refusal = effects.refusal
        assert answers == EngineAnswer(effects.messages, int(refusal.reason) if refusal else 0)
        assert self.firmware.image() == self.simulated.device.image()
        return answers


@pytest.mark.parametrize(
    "build",
    [
        by_contingency,
        supplier_by_supplier,
        query,
        lambda esme: issue(esme, DS),
        lambda esme: provide(esme, DS),
        lambda esme: supplier_by_supplier(esme, execution=DAY),
    ],
    ids=["contingency", "supplier", "read", "issue", "provide", "later"],
)
def test_a_command_that_cannot_be_stored_is_refused(build: Callable[[Meter], Message]) -> None:
    pair = Pair()
    with pair.worn():
        assert pair.receive(build(pair.simulated)) == STORAGE_FAILED
        assert pair.receive(build(pair.simulated)) == STORAGE_FAILED
    # It has only looked so: what was tried first can be done now, by a device that starts anew.
    pair.power_on()
    assert pair.receive(build(pair.simulated)).reason == 0


def test_an_unfit_command_that_cannot_be_spent_is_not_answered() -> None:
    pair = Pair()
    with pair.worn():
        assert pair.receive(one_cell_twice(pair.simulated)) == STORAGE_FAILED
    pair.power_on()
    answers = pair.receive(one_cell_twice(pair.simulated))
    assert answers.reason == RefusalReason.MALFORMED
    assert len(answers.messages) == 1


def test_an_unfit_command_whose_refusal_does_not_fit_is_answered_by_both() -> None:
    pair = Pair(TINY)
    fill(pair.simulated.device)
    pair.firmware.load(pair.simulated.device.image())
    pair.power_on()
    command = no_cell_named(pair.simulated)
    answers = pair.receive(command)
    assert answers.reason == RefusalReason.NO_AUTHORITY
    assert len(answers.messages) == 1, "an alert's counter cannot be reserved"
    assert pair.receive(command).reason == RefusalReason.REPLAYED


def test_a_flash_that_recovers_serves_on_without_a_new_start() -> None:
    pair = Pair()
    with pair.worn():
        assert pair.receive(supplier_by_supplier(pair.simulated)) == STORAGE_FAILED
    assert pair.receive(supplier_by_supplier(pair.simulated)).reason == 0


def test_due_work_that_cannot_be_stored_waits() -> None:
    pair = Pair()
    assert pair.receive(supplier_by_supplier(pair.simulated, execution=DAY)).reason == 0
    pair.simulated.clock.time = DAY + timedelta(days=1)
    with pair.worn():
        assert pair.tick() == STORAGE_FAILED
    pair.power_on()
    assert len(pair.tick().messages) == 1
