"""A flash that takes no more octets: the device refuses, says why, and keeps its old trust."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from firmware_sim.gbcs.message import Message
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.unfit_updates import one_cell_twice
from tests.support.answers import only
from tests.support.commands import by_contingency, query, supplier_by_supplier
from tests.support.meter import DAY, Meter, meter


@pytest.fixture
def worn(monkeypatch: pytest.MonkeyPatch) -> Meter:
    """A meter whose flash has stopped to take octets, in every block."""
    esme = meter()
    monkeypatch.setattr(NorFlash, "program", lambda *_: None)
    monkeypatch.setattr(NorFlash, "erase", lambda *_: None)
    return esme


@pytest.mark.parametrize("build", [by_contingency, supplier_by_supplier, query, one_cell_twice])
def test_a_command_that_cannot_be_stored_is_refused(
    worn: Meter, build: Callable[[Meter], Message]
) -> None:
    before = remembered(worn)
    effects = worn.device.receive(build(worn).build())
    assert effects.messages == ()
    assert effects.refusal is not None
    assert effects.refusal.reason is RefusalReason.STORAGE_FAILED
    assert remembered(worn) == before


def test_due_work_that_cannot_be_stored_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    esme = meter()
    only(esme.device.receive(supplier_by_supplier(esme, execution=DAY).build()))
    esme.clock.time = DAY + timedelta(days=1)
    with monkeypatch.context() as worn:
        worn.setattr(NorFlash, "program", lambda *_: None)
        worn.setattr(NorFlash, "erase", lambda *_: None)
        effects = esme.device.tick()
    assert effects.messages == ()
    assert effects.refusal is not None
    assert effects.refusal.reason is RefusalReason.STORAGE_FAILED
    esme.device.power_on()
    assert len(esme.device.tick().messages) == 1


def remembered(esme: Meter) -> object:
    """What the running device goes by; its image cannot be booted without a write."""
    state = esme.device.machine.state
    return dict(state.cells), dict(state.counters), dict(state.log)
