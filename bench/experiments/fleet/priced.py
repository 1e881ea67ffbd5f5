"""What a fleet's recovery leaves, in money: the price of each representative, times its course.

The prices are those that the story assumes; the governance drill says what each representative
would cost.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from firmware_sim.bench.evidence.accounts.claims import PricedDevice
from firmware_sim.bench.evidence.price_sums import PriceSum, priced_run
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.experiments.fleet.summary import Tally

_NOTHING = PriceSum(0, 0, 0, 0)


def prices_at(drill: RunRecord) -> Mapping[str, PricedDevice]:
    """What each representative would cost; empty if nothing has to be paid, or nothing is assumed.

    Args:
        drill: the record of the governance drill.
    """
    prices = priced_run(drill.accounts)
    return {} if prices is None else {each.device: each for each in prices.devices}


def price_summary(tally: Tally, drill: RunRecord) -> dict[str, Any] | None:
    """The sums by Responsible Supplier and of all; None if the story assumes no prices.

    A device that did otherwise than its representative is `different`, and in no sum.
    """
    prices = priced_run(drill.accounts)
    if prices is None:
        return None
    at, wrong = prices_at(drill), Counter(each.course for each in tally.different)
    found: dict[str, PriceSum] = {}
    for number, count in sorted(tally.devices.items()):
        if (told := at.get(tally.courses[number]["representative"])) is not None:
            supplier = told.responsible_supplier
            times = count - wrong[number]
            one = (times * each for each in PriceSum.of([told]))
            found[supplier] = _sum(found.get(supplier, _NOTHING), PriceSum(*one))
    total = _NOTHING
    for each in found.values():
        total = _sum(total, each)
    return {
        "recovery_event": prices.has_event,
        "assumed": [asdict(each) for each in prices.assumed],
        "suppliers": {name: found[name]._asdict() for name in sorted(found)},
        "total": total._asdict(),
        "different": len(tally.different),
    }


def price_lines(prices: Mapping[str, Any] | None) -> list[tuple[str, PriceSum]]:
    """The rows of the page's table, the sum of all last."""
    if prices is None:
        return []
    lines = {**prices["suppliers"], "All": prices["total"]}
    return [(name, PriceSum(**found)) for name, found in lines.items()]


def _sum(one: PriceSum, other: PriceSum) -> PriceSum:
    return PriceSum(*map(sum, zip(one, other, strict=True)))
