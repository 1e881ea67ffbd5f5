"""A failing cut made simpler, as long as the same check still finds it."""

from collections.abc import Iterator

from firmware_sim.bench.experiments.sweep.replaying import replay
from firmware_sim.bench.experiments.sweep.scene import Scene
from firmware_sim.machine.flash.cut import CutPlan, Flavour

_MOST_ROUNDS = 60


def shrunk(scene: Scene, cuts: tuple[CutPlan, ...], check: str) -> tuple[CutPlan, ...]:
    """The simplest cuts found that the check still fails on.

    Whole operations are simpler than torn ones, short prefixes than long ones, few torn bits
    than many.
    """
    for _ in range(_MOST_ROUNDS):
        simpler = next(
            (candidate for candidate in _candidates(cuts) if _fails(scene, candidate, check)), None
        )
        if simpler is None:
            break
        cuts = simpler
    return cuts


def _fails(scene: Scene, cuts: tuple[CutPlan, ...], check: str) -> bool:
    try:
        fault = replay(scene, cuts).fault
    except IndexError:  # with that first cut, recovery has no such operation
        return False
    return fault is not None and fault.check == check


def _candidates(cuts: tuple[CutPlan, ...]) -> Iterator[tuple[CutPlan, ...]]:
    for place, plan in enumerate(cuts):
        for simpler in _simpler(plan):
            yield (*cuts[:place], simpler, *cuts[place + 1 :])


def _simpler(plan: CutPlan) -> Iterator[CutPlan]:
    if plan.flavour in (Flavour.BEFORE, Flavour.AFTER):
        return
    yield plan._replace(flavour=Flavour.BEFORE, amount=0)
    yield plan._replace(flavour=Flavour.AFTER, amount=0)
    if plan.flavour is Flavour.TORN_PREFIX:
        yield from (
            plan._replace(amount=amount)
            for amount in (plan.amount // 2, plan.amount - 16, plan.amount - 1)
            if 0 < amount < plan.amount
        )
    elif plan.flavour is Flavour.TORN_BITS:
        yield from (plan._replace(amount=amount) for amount in _fewer(plan.amount))


def _fewer(mask: int) -> Iterator[int]:
    """The lower and the upper half of the set bits, then all of them but one end."""
    places = [place for place, bit in enumerate(reversed(f"{mask:b}")) if bit == "1"]
    if len(places) < 2:
        return
    lower = mask % (1 << places[len(places) // 2])
    yield lower
    yield mask ^ lower
    yield mask ^ 1 << places[0]
    yield mask ^ 1 << places[-1]
