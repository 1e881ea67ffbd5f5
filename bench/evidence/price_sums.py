"""What devices that were not recovered would cost: each, by Responsible Supplier, and together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from firmware_sim.bench.evidence.accounts.claims import AssumedPrice, PricedDevice
from firmware_sim.bench.evidence.accounts.recovery_event import RecoveryEvent
from firmware_sim.bench.evidence.accounts.told import Accounts
from firmware_sim.bench.governance.costs import CostHead
from firmware_sim.bench.governance.prices import pounds


class PriceSum(NamedTuple):
    """A sum over devices.

    Attributes:
        replace: how many have to be replaced (L10.17(b)(i), or without a Recovery Event none).
        renew: in how many only the data are replaced (L10.17(b)(ii)).
        unpriced: for how many of them all nothing is assumed; they are not in the sum.
        pence: of the others.
    """

    replace: int
    renew: int
    unpriced: int
    pence: int

    @classmethod
    def of(cls, devices: Iterable[PricedDevice]) -> "PriceSum":
        """The sum over some."""
        every = list(devices)
        renew = sum(each.provision == CostHead.DATA for each in every)
        known = [each.pence for each in every if each.pence is not None]
        return cls(len(every) - renew, renew, len(every) - len(known), sum(known))

    @property
    def amount(self) -> str:
        """In pounds; that nothing is assumed where that is so of every device."""
        devices = self.replace + self.renew
        return "none assumed" if devices and devices == self.unpriced else pounds(self.pence)


@dataclass(frozen=True, slots=True)
class PricedRun:
    """The prices of a story, and what its run would cost at them.

    Attributes:
        has_event: a Recovery Event occurred. Without one nothing is a Recovery Cost (SEC L10.17).
    """

    assumed: list[AssumedPrice]
    devices: list[PricedDevice]
    has_event: bool = True

    @property
    def total(self) -> PriceSum:
        """Of all suppliers."""
        return PriceSum.of(self.devices)

    @property
    def suppliers(self) -> dict[str, PriceSum]:
        """Of each Responsible Supplier, by name."""
        found: defaultdict[str, list[PricedDevice]] = defaultdict(list)
        for each in self.devices:
            found[each.responsible_supplier].append(each)
        return {name: PriceSum.of(theirs) for name, theirs in sorted(found.items())}

    def as_json(self) -> dict[str, Any]:
        """For ``record.json``."""
        return {
            "recovery_event": self.has_event,
            "assumed": [asdict(each) for each in self.assumed],
            "devices": [asdict(each) for each in self.devices],
            "suppliers": {name: found._asdict() for name, found in self.suppliers.items()},
            "total": self.total._asdict(),
        }


def priced_run(accounts: Accounts) -> PricedRun | None:
    """What was told of prices; None if the story assumes none, or there was nothing to pay for."""
    assumed = accounts.all(AssumedPrice)
    if not assumed:
        return None
    has_event = accounts.last(RecoveryEvent) is not None
    return PricedRun(assumed, accounts.all(PricedDevice), has_event)


def price_words(pence: int | None) -> str:
    """A price for a table."""
    return "none assumed" if pence is None else pounds(pence)
