"""A fleet that is played device by device, with dice: an independent source."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from firmware_sim.bench.experiments.country.runs import FinishedFleet, FleetCpu

BACK_OFF = 1800.0


def played(
    devices: int,
    seed: int,
    *,
    loss: float = 0.03,
    away: float = 0.04,
    waves: Sequence[float] = (0.01, 0.2, 0.79),
    attempts: int = 4,
) -> FinishedFleet:
    """As a story with waves is played: a wave ends when each device answered or was given up."""
    dice, asked = Random(seed), round(0.6 * devices)
    sizes = [round(share * asked) for share in waves]
    settled: Counter[float] = Counter()
    tried: Counter[int] = Counter()
    start, unreachable, began = 0.0, 0, []
    for size in sizes:
        longest = 1
        began.append(start)
        for _ in range(size):
            is_away = dice.random() < away
            number = 1
            while number < attempts and (is_away or dice.random() < loss):
                number += 1
            tried[number] += 1
            longest = max(longest, number)
            if is_away:
                unreachable += 1
            else:
                settled[start + (number - 1) * BACK_OFF] += 1
        start += (longest - 1) * BACK_OFF
    return FinishedFleet(
        f"{devices}",
        devices,
        tuple(sizes),
        tuple(began),
        0,
        unreachable,
        tried,
        tuple(sorted(settled.items())),
        start,
        FleetCpu(cpu_seconds=devices * 300e-6),
    )
