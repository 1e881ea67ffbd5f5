"""What a story assumes that it costs to put a device right where the key did not (SEC L10.17(b)).

All sums are whole pence. What a story gives no price for has none: it is not free.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from firmware_sim.bench.governance.costs import CostHead
from firmware_sim.gbcs.roles import DeviceType


class DevicePrice(NamedTuple):
    """Of one device type, in pence; None where nothing is assumed.

    Attributes:
        visit: somebody goes there to fit a new device.
        replacement: the new device itself.
        data: the device stays, and the data in it are replaced.
    """

    visit: int | None = None
    replacement: int | None = None
    data: int | None = None

    def under(self, head: CostHead) -> int | None:
        """What one device costs under a paragraph; None if nothing is assumed for it."""
        if head is CostHead.DATA:
            return self.data
        known = [each for each in (self.visit, self.replacement) if each is not None]
        return sum(known) if head is CostHead.DEVICE and known else None


Prices = Mapping[DeviceType, DevicePrice]

NO_PRICES: Final[Prices] = MappingProxyType({})


def price_of(prices: Prices, device_type: DeviceType, head: CostHead) -> int | None:
    """Pence for one device under a paragraph; None if nothing is assumed for it."""
    return prices.get(device_type, DevicePrice()).under(head)


def pounds(pence: int) -> str:
    """``£1,250.05``."""
    return f"£{pence // 100:,}.{pence % 100:02}"


def tell_prices(prices: Prices) -> Iterator[str]:
    """What is assumed, in sentences for a record."""
    for device_type, price in sorted(prices.items()):
        whole = price.under(CostHead.DEVICE)
        if whole is not None:
            parts = ((price.visit, "the visit"), (price.replacement, "the new device"))
            named = [f"{pounds(pence)} for {what}" for pence, what in parts if pence is not None]
            yield f"to replace one {device_type.name} costs {pounds(whole)}: {' and '.join(named)}"
        if price.data is not None:
            cost = pounds(price.data)
            yield f"to replace the data in one {device_type.name}, which stays, costs {cost}"
