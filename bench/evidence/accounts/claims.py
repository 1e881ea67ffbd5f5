"""What is told of money and blame: costs, who may claim what, who is in breach (SEC L10)."""

from dataclasses import dataclass

from firmware_sim.bench.evidence.columns import Number, Time, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """How many costs fall under each paragraph of SEC L10.17."""

    a: Number
    b_i: Number
    b_ii: Number


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
