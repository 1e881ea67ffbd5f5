"""A device in the state that a pair implies, fresh for each replay."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from bench.conformance.published_keys import Issuer, PublishedKeys
from bench.conformance.stand_in import StandInSuite, device_keys, device_seed
from bench.conformance.state import ImpliedState
from bench.errors import UsageError
from devices.device import Device
from devices.profiles import PROFILES, Evidence
from devices.provision import Credentials, provision
from firmware_sim.ports import ClockReading
from gbcs.distinguished_name import (
    COMMON_NAME,
    ORGANISATIONAL_UNIT,
    PRINTABLE_STRING,
    Attribute,
    Name,
)
from gbcs.path import Anchor
from gbcs.policy import Policy
from gbcs.roles import ROOT_CELL

_ATTRIBUTES = {"CN": COMMON_NAME, "OU": ORGANISATIONAL_UNIT}


@dataclass(slots=True)
class SetClock:
    """A clock that shows what it was set to."""

    reading: ClockReading

    def now(self) -> ClockReading:
        """What it was set to."""
        return self.reading


class StartedDevice(NamedTuple):
    """A device that has power, and the clock that it looks at."""

    device: Device
    clock: SetClock


def start_device(state: ImpliedState, keys: PublishedKeys, policy: Policy) -> StartedDevice:
    """Provision and power on; the device has exactly the cells that the state names.

    Raises:
        LocalError, RemoteError: a certificate of the state fits no cell.
        UsageError: the root's name is not written as ``OU=00, CN=ZA``.
    """
    suite = StandInSuite(keys)
    cells = dict.fromkeys((ROOT_CELL, *state.cells), Evidence.REFERENCE)
    profile = replace(PROFILES[state.device_type], cells=cells)
    flash = provision(
        profile,
        state.entity,
        Credentials(
            root=anchor_of(state.root),
            cells=state.cells,
            own=device_keys(state.entity, keys, suite),
            seed=device_seed(state.entity),
            counters=state.counters,
            next_counter=state.own_counter + 1,
        ),
    )
    clock = SetClock(state.clock)
    return StartedDevice(Device(flash, clock=clock, suite=suite, policy=policy), clock)


def anchor_of(issuer: Issuer) -> Anchor:
    """The trust anchor that an issuer known by its public key makes.

    Raises:
        UsageError: its name has another form than ``OU=00, CN=ZA``.
    """
    try:
        attributes = [
            Attribute(_ATTRIBUTES[label], PRINTABLE_STRING, value.encode())
            for label, value in (part.split("=", 1) for part in issuer.name.split(", "))
        ]
    except (KeyError, ValueError):
        problem = f"the issuer's name {issuer.name!r} has another form than 'OU=00, CN=ZA'"
        raise UsageError(problem, "correct the issuers file") from None
    return Anchor(Name.build(attributes), issuer.public_point, issuer.key_identifier)
