"""The native engine beside the device in Python, on the same commands, in one run.

Everything is interleaved, so that a busy machine slows all of it alike. Times are CPU time of one
thread, medians over the rounds. A ratio to the run's own raw cryptography says more than a time.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final, NamedTuple

from firmware_sim.bench.experiments.benchmarks.counting import floor_of
from firmware_sim.bench.experiments.benchmarks.device import (
    MODES,
    handling,
    life_costs,
    medians,
    operations,
    raw_costs,
)
from firmware_sim.bench.experiments.benchmarks.engine_fleet import EngineFleet, Sharing
from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.hw.engine.library import EngineLibrary

PYTHON: Final = "Python"
NATIVE: Final = "native"

SHARINGS: Final = (
    Sharing("nothing shared", facts=False, tables=False),
    Sharing("shared facts", facts=True, tables=False),
    Sharing("shared facts and tables", facts=True, tables=True),
)

AIMS: Final[Mapping[tuple[str, str], tuple[float, float]]] = {
    (NATIVE, "nothing shared"): (1.0, 1.0),
    (NATIVE, "shared facts"): (1.35, 1.5),
    (NATIVE, "shared facts and tables"): (1.1, 1.25),
    (PYTHON, "shared facts"): (2.5, 2.5),
}
"""For mode 8 and for mode 9: multiples of the cryptography that a handling should not exceed."""

PROVISIONING_AIMS: Final = {NATIVE: 120.0, PYTHON: 400.0}
"""Microseconds a device, on a processor that verifies a signature in some 70."""


class Row(NamedTuple):
    """One way to handle one mode, in microseconds a device.

    Attributes:
        floor: the cryptography that it cannot do without.
        aim: of the ratio; None if there is none.
    """

    engine: str
    sharing: str
    mode: ReplacementMode
    microseconds: float
    floor: float
    aim: float | None

    @property
    def ratio(self) -> float:
        """As a multiple of the floor."""
        return self.microseconds / self.floor


@dataclass(frozen=True, slots=True)
class EngineMeasured:
    """Result of a run; all times in microseconds.

    Attributes:
        raw: of each cryptographic operation.
        provisioning: a device, keys and certificates included, by engine.
    """

    devices: int
    rounds: int
    cryptography: str
    raw: dict[str, float]
    rows: tuple[Row, ...]
    provisioning: dict[str, float]


def measure_engine(
    library: EngineLibrary,
    devices: int,
    rounds: int,
    on_round: Callable[[int], None] = lambda _: None,
) -> EngineMeasured:
    """Measure; what the engine answers and leaves must be what Python does.

    Args:
        devices: distinct devices, each with a command of its own.
        rounds: how often everything is measured; the medians count.
        on_round: called before each round with its number, for a progress display.

    Raises:
        AssertionError: the engine did something else than Python.
    """
    workload = Workload.prepare(devices)
    raw: dict[str, list[float]] = {}
    made: dict[str, list[float]] = {PYTHON: [], NATIVE: []}
    handled: dict[tuple[str, Sharing, ReplacementMode], list[float]] = {}
    with closing(EngineFleet(library, workload)) as fleet:
        fleet.check_equal()
        for number in range(rounds):
            on_round(number)
            for name, cost in raw_costs(workload):
                raw.setdefault(name, []).append(cost)
            made[PYTHON].append(dict(life_costs(workload))["provision"])
            made[NATIVE].append(fleet.provisioning())
            for what, cost in _handlings(workload, fleet):
                handled.setdefault(what, []).append(cost)
    costs = medians(raw)
    rows = _rows(workload, medians(handled), costs)
    about = library.info.cryptography
    return EngineMeasured(devices, rounds, about, costs, tuple(rows), medians(made))


def _handlings(
    workload: Workload, fleet: EngineFleet
) -> Iterator[tuple[tuple[str, Sharing, ReplacementMode], float]]:
    for mode in MODES:
        for sharing in SHARINGS:
            yield (NATIVE, sharing, mode), fleet.handling(mode, sharing)
            if not sharing.tables:
                cost = handling(workload, mode, shared=sharing.facts)
                yield (PYTHON, sharing, mode), cost


def _rows(
    workload: Workload,
    costs: Mapping[tuple[str, Sharing, ReplacementMode], float],
    raw: dict[str, float],
) -> Iterator[Row]:
    for (engine, sharing, mode), cost in costs.items():
        floor = floor_of(operations(workload, mode, shared=sharing.facts), raw)
        aims = AIMS.get((engine, sharing.name))
        aim = None if aims is None else aims[MODES.index(mode)]
        yield Row(engine, sharing.name, mode, cost, floor, aim)
