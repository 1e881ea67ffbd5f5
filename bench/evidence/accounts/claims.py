"""What is told of money and blame: costs, who may claim what, who is in breach (SEC L10)."""

from dataclasses import dataclass

from firmware_sim.bench.evidence.columns import Entity, Number, Time, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """How many costs fall under each paragraph of SEC L10.17."""

    a: Number
    b_i: Number
    b_ii: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedPrice:
    """What a story assumes that one device of a type costs, in pence; null where it says nothing.

    Attributes:
        visit: to go there and fit a new device.
        replacement: the new device.
        data: to replace the data in a device that stays.
    """

    type: Words
    visit: Number | None = None
    replacement: Number | None = None
    data: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedDevice:
    """What one Relevant Device costs under SEC L10.17(b), at the prices that a story assumes.

    Attributes:
        outcome: what became of it, as `DeviceOutcome` has it.
        pence: null if nothing is assumed for it.
    """

    device: Entity
    responsible_supplier: Words
    outcome: Words
    provision: Words
    pence: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who may claim what: a party, the paragraph of L10.17, how many devices, until when."""

    party: Words
    provision: Words
    devices: Number
    until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A party that is deemed in breach (SEC L10.25 to L10.29), and where that stands."""

    party: Words
    provision: Words
    status: Words
