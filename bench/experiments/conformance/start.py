"""A device in the state that a pair implies, fresh for each replay."""

from dataclasses import replace
from typing import NamedTuple

from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.experiments.conformance.stand_in import (
    StandInSuite,
    device_keys,
    device_seed,
    waiting_keys,
)
from firmware_sim.bench.experiments.conformance.state import ImpliedState
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES, Provenance
from firmware_sim.devices.provision import Credentials, provision
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL


class StartedDevice(NamedTuple):
    """A device that has power, and the clock that it looks at."""

    device: Device
    clock: StillClock
    suite: StandInSuite


def start_device(state: ImpliedState, keys: PublishedKeys, policy: Policy) -> StartedDevice:
    """Provision and power on; the device has exactly the cells that the state names.

    Raises:
        LocalError, RemoteError: a certificate of the state fits no cell.
        UsageError: the root's name is not written as ``OU=00, CN=ZA``.
    """
    suite = StandInSuite(keys, state.own.generated)
    cells = dict.fromkeys((ROOT_CELL, *state.cells), Provenance.REFERENCE)
    profile = replace(PROFILES[state.device_type], cells=cells)
    flash = provision(
        profile,
        state.entity,
        Credentials(
            root=state.root.anchor(),
            cells=state.cells,
            own=device_keys(state.entity, keys, suite, state.own.certificates),
            waiting=waiting_keys(state.entity, state.own.waiting),
            seed=device_seed(state.entity),
            counters=state.counters,
            next_counter=state.own_counter + 1,
            values=state.use.values if state.use else None,
        ),
    )
    clock = StillClock()
    clock.put(state.clock)
    device = Surroundings(clock, policy, suite).powered(flash, state.faults)
    return StartedDevice(device, clock, suite)
