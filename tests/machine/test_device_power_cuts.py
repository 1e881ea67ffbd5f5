"""Power cuts while a device handles a message: before or after, never between; nothing sent early.

Every flash operation of the handling is cut before, after, and torn in the middle. What the
device then knows must be what it knew before or what the whole message leaves, and only in the
second case may the message have been answered or be refused when it comes again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache, partial
from itertools import count, cycle

import pytest

from firmware_sim.devices.device import Device
from firmware_sim.gbcs.message import Message
from firmware_sim.machine.flash.cut import CutPlan, Flavour, PowerCut
from firmware_sim.machine.flash.geometry import NRF52840, STM32L1, TINY, Geometry
from firmware_sim.machine.flash.trace import cuts
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands.refusing import total
from tests.machine.commands.unfit_updates import UNFIT
from tests.support.answers import signed_answer
from tests.support.commands import by_contingency, by_recovery, query, supplier_by_supplier
from tests.support.meter import DAY, Durable, Meter, durable, meter
from tests.support.pki import key

DUE = DAY + timedelta(days=1)
Act = Callable[[Meter], Effects]


@dataclass
class Sweep:
    """What one act left after every way of cutting it.

    Attributes:
        before, after: how many cuts left the first state, and the second.
        devices: for each of those, the device as it stands after it booted again.
    """

    before: list[Meter] = field(default_factory=list)
    after: list[Meter] = field(default_factory=list)
    states: tuple[Durable, ...] = ()


def sweep(fresh: Callable[[], Meter], act: Act) -> Sweep:
    """Cut `act` at every operation; fails on a mixture, or on effects in spite of a cut."""
    whole = fresh()
    first = durable(whole.device)
    whole.device.flash.trace = []
    assert act(whole).messages
    trace = whole.device.flash.trace
    result = Sweep(states=(first, durable(whole.device)))
    size = max(len(operation.after) for operation in trace)
    for plan in cuts(trace, step=max(8, size // 6), masks=(0x55, 0xFF)):
        broken = fresh()
        effects = cut(broken.device, plan, partial(act, broken))
        assert effects is None, f"{plan}: answered in spite of the cut"
        broken.device.power_on()
        state = durable(broken.device)
        assert state in result.states, f"{plan}: a mixture"
        (result.before if state == first else result.after).append(broken)
    return result


def cut(device: Device, plan: CutPlan, act: Callable[[], Effects]) -> Effects | None:
    """What comes of an act with a power cut in it; None if the cut came first."""
    flash = device.flash
    flash.plan = plan._replace(operation=flash.operations + plan.operation)
    try:
        return act()
    except PowerCut:
        return None
    finally:
        flash.plan = None


@lru_cache
def reads_before_compaction(geometry: Geometry) -> int:
    """How many reads a new device answers before one of them makes its journal compact."""
    esme = meter(geometry=geometry)
    for number in count():
        erases = esme.device.flash.erases
        assert esme.device.receive(query(esme).build()).messages
        if esme.device.flash.erases > erases:
            return number
    raise AssertionError("it never did")


def nearly_full(geometry: Geometry) -> Meter:
    """A device whose next update does not fit behind what its journal holds."""
    esme = meter(geometry=geometry)
    for _ in range(reads_before_compaction(geometry) - 5):
        assert esme.device.receive(query(esme).build()).messages
    return esme


def fresh(geometry: Geometry) -> Meter:
    return meter(geometry=geometry)


STARTS = [
    pytest.param(fresh, NRF52840, id="nrf52840"),
    pytest.param(fresh, STM32L1, id="stm32l1"),
    pytest.param(nearly_full, TINY, id="tiny-nearly-full"),
]


@pytest.mark.parametrize("make", [by_recovery, by_contingency])
@pytest.mark.parametrize(("start", "geometry"), STARTS)
def test_a_cut_update_happened_or_did_not(
    start: Callable[[Geometry], Meter], geometry: Geometry, make: Callable[[Meter], Message]
) -> None:
    template = start(geometry)
    snapshot = template.device.flash.snapshot()
    octets = make(template).build()

    def again() -> Meter:
        esme = meter(geometry=geometry)
        esme.device.flash.restore(snapshot)
        esme.device.power_on()
        return esme

    result = sweep(again, lambda esme: esme.device.receive(octets))
    assert result.before
    assert result.after
    for esme in result.before:
        assert esme.device.receive(octets).refusal is None
        assert durable(esme.device) == result.states[1]
    for esme in result.after:
        refusal = esme.device.receive(octets).refusal
        assert refusal is not None
        assert refusal.reason is RefusalReason.REPLAYED
        assert durable(esme.device) == result.states[1]


def test_nearly_full_flash_makes_the_update_erase() -> None:
    esme = nearly_full(TINY)
    erases = esme.device.flash.erases
    assert esme.device.receive(by_recovery(esme).build()).messages
    assert esme.device.flash.erases > erases


def test_a_read_is_answered_once_across_cuts() -> None:
    """Its MAC key depends on the counter, so a counter that may have been used is used up."""
    octets = query(meter()).build()
    result = sweep(meter, lambda esme: esme.device.receive(octets))
    for esme in result.before:
        assert esme.device.receive(octets).refusal is None
    for esme in result.after:
        refusal = esme.device.receive(octets).refusal
        assert refusal is not None
        assert refusal.reason is RefusalReason.REPLAYED


@pytest.mark.parametrize("name", ["no_cell_named", "one_cell_twice"])
@pytest.mark.parametrize(("start", "geometry"), STARTS)
def test_a_refused_authentic_update_is_spent_and_counted_or_neither(
    start: Callable[[Geometry], Meter], geometry: Geometry, name: str
) -> None:
    make, reason, role, _ = UNFIT[name]
    template = start(geometry)
    snapshot = template.device.flash.snapshot()
    command = make(template)

    def again() -> Meter:
        esme = meter(geometry=geometry)
        esme.device.flash.restore(snapshot)
        esme.device.power_on()
        return esme

    result = sweep(again, lambda esme: esme.device.receive(command.build()))
    for devices, is_spent in ((result.before, False), (result.after, True)):
        assert devices
        for esme in devices:
            assert (esme.counter(role) == command.counter) is is_spent
            assert total(esme, reason) == is_spent


def waiting(geometry: Geometry = NRF52840) -> Meter:
    esme = meter(geometry=geometry)
    command = supplier_by_supplier(esme, counter=5_000, execution=DUE, control={"floor": 1})
    assert esme.device.receive(command.build()).refusal is None
    esme.clock.time = DUE
    return esme


def test_storing_a_future_dated_command_is_all_or_nothing() -> None:
    octets = supplier_by_supplier(meter(), execution=DUE).build()
    result = sweep(meter, lambda esme: esme.device.receive(octets))
    for devices, alerts in ((result.before, 0), (result.after, 1)):
        assert devices
        for esme in devices:
            esme.clock.time = DUE
            assert len(esme.device.tick().messages) == alerts


@pytest.mark.parametrize("geometry", [NRF52840, TINY], ids=["nrf52840", "tiny"])
def test_a_cut_execution_runs_once_or_again_but_never_half(geometry: Geometry) -> None:
    result = sweep(lambda: waiting(geometry), lambda esme: esme.device.tick())
    for esme in result.before:
        assert len(esme.device.tick().messages) == 1
        assert durable(esme.device) == result.states[1]
    for esme in result.after:
        assert esme.device.tick().messages == ()


def test_own_counters_never_come_twice_whenever_power_fails() -> None:
    """Alerts of one device over many cuts: no counter is seen twice, none goes back."""
    esme = meter()
    seen: list[int] = []
    thief = supplier_by_supplier(esme, signer=bytes(31) + b"\x07").build()
    replay = query(esme, counter=1).build()
    flavours = cycle((Flavour.BEFORE, Flavour.TORN_PREFIX, Flavour.AFTER))
    cut_short = 0
    for number in range(120):
        chance = key(f"cut {number}")[0]
        never = 10**6
        plan = CutPlan(number % 2 if chance % 2 else never, next(flavours), 9)
        octets = thief if number % 3 else replay
        effects = cut(esme.device, plan, partial(esme.device.receive, octets))
        if effects is None:
            cut_short += 1
            esme.device.power_on()
            effects = esme.device.receive(octets)
        seen += [signed_answer(each, esme.signing_point).counter for each in effects.messages]
    assert cut_short >= 5
    assert len(seen) >= 5
    assert seen == sorted(set(seen))
    assert esme.device.machine.state.own.next_counter > seen[-1]


def test_a_response_is_durable_when_it_is_handed_over() -> None:
    """No tick, no further message: a device that loses power right after has it all."""
    esme = meter()
    command = by_recovery(esme)
    before = durable(esme.device)
    assert esme.device.receive(command.build()).messages
    after = durable(esme.device)
    assert after.cells.keys() == before.cells.keys()
    changed = {cell for cell in after.cells if after.cells[cell] != before.cells[cell]}
    assert len(changed) == 8
    assert max(event.counter for event in after.log.values()) == command.counter
