"""Operations of commands for later: stored, superseded, cancelled, carried out, void."""

from collections.abc import Iterator
from datetime import timedelta

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.sweep.operation import (
    Operation,
    Trigger,
    TriggerKind,
    accepted,
    in_order,
    named,
    own_mode,
    root_mode,
)
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    ReplacementMode,
)
from firmware_sim.gbcs.roles import (
    DeviceType,
)
from firmware_sim.gbcs.times import NEVER

DUE = START + timedelta(days=1)

_BY_CONTINGENCY = REPLACEMENT_RULES[ReplacementMode.ANY_BY_CONTINGENCY]


def future_operations(device_type: DeviceType) -> Iterator[Operation]:
    """Commands for later, by the party that may replace its own cells on this device type."""
    mode, cells = own_mode(device_type)
    code = REPLACEMENT_RULES[mode].code

    def stored(parties: AllParties, device: Device) -> None:
        waiting = parties.update(device, mode, cells, execution=DUE)
        accepted(device, waiting.build())

    def store(parties: AllParties, device: Device) -> Trigger:
        return Trigger(
            TriggerKind.RECEIVE, parties.update(device, mode, cells, execution=DUE).build()
        )

    def supersede(parties: AllParties, device: Device) -> Trigger:
        stored(parties, device)
        return store(parties, device)

    def cancel(parties: AllParties, device: Device) -> Trigger:
        stored(parties, device)
        return Trigger(
            TriggerKind.RECEIVE, parties.update(device, mode, cells, execution=NEVER).build()
        )

    def execute(parties: AllParties, device: Device) -> Trigger:
        stored(parties, device)
        parties.clock.advance(int((DUE - START) / timedelta(minutes=1)))
        return Trigger(TriggerKind.TICK)

    def void(parties: AllParties, device: Device) -> Trigger:
        stored(parties, device)
        return Trigger(TriggerKind.RECEIVE, parties.update(device, mode, cells).build())

    for act in (store, supersede, cancel, execute, void):
        yield named(device_type, f"future/{act.__name__}", act, code)
    if _BY_CONTINGENCY.authorising_cell(device_type) in profile_of(device_type, Policy()).cells:
        code = REPLACEMENT_RULES[root_mode(device_type)].code
        yield named(device_type, "future/contingency-void", _contingency_void, code)


def _contingency_void(parties: AllParties, device: Device) -> Trigger:
    """A contingency command waits, and the contingency key that authorised it is renewed."""
    held = tuple(sorted(device.machine.state.cells, key=in_order))
    accepted(device, parties.update(device, _BY_CONTINGENCY.mode, held, execution=DUE).build())
    renewal = parties.renew_contingency_key(device, root_mode(device.device_type))
    return Trigger(TriggerKind.RECEIVE, renewal.build())
