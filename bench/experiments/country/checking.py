"""Is the simulation right? Parameters from one fleet run, predictions for larger ones.

Everything that the model has is taken from the first run alone, and stays as it is for the others.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.country.runs import FinishedFleet
from firmware_sim.bench.experiments.country.simulation import (
    Away,
    RecoveryCourse,
    RecoveryModel,
    Simulation,
)

TOLERANCE: Final = 0.10
FEWEST: Final = 100
"""Fewer devices than this, in the first run or in the other, are not judged: chance moves them by a
tenth, and a story that says a number and no share has as few of them in any fleet."""

_SHARES: Final = (0.5, 0.95, 0.99)
_HOUR: Final = 3600.0
_UNLIMITED: Final = 1e12
_LONGEST: Final = 400 * 86_400.0
_A_MINUTE: Final = 60.0


class FittedModel(NamedTuple):
    """What the first run gave; shares are of the devices that were asked.

    Attributes:
        devices: of that run.
        asked: share of the fleet's devices.
        waves: share of each wave.
        lost: of the commands to devices that could be reached.
        back_off: seconds.
        cpu: CPU time.
    """

    devices: int
    asked: float
    waves: tuple[float, ...]
    away: float
    lost: float
    fails: float
    attempts: int
    back_off: float
    cpu: "FittedCpu"


class FittedCpu(NamedTuple):
    """Seconds of CPU time.

    Attributes:
        start: of a process.
        device: to make one and to look at it, without its orders.
        order: of one.
        orders: of a device, in the first run.
    """

    start: float
    device: float
    order: float
    orders: float

    @classmethod
    def of(cls, run: FinishedFleet) -> "FittedCpu":
        """What a run took; one of an earlier version tells of no starts and no orders."""
        cpu = run.cpu
        return cls(
            cpu.starting_seconds / max(1, cpu.processes),
            (cpu.cpu_seconds - cpu.orders_seconds) / run.devices,
            cpu.orders_seconds / max(1, cpu.orders),
            cpu.orders / run.devices,
        )

    def predicted(self, run: FinishedFleet) -> float:
        """Of another run, by what is known before its first shard begins."""
        orders = run.cpu.orders or run.devices * self.orders
        return run.cpu.processes * self.start + run.devices * self.device + orders * self.order


class Prediction(NamedTuple):
    """One number of one run.

    Attributes:
        is_judged: False where it counts too few devices.
    """

    run: str
    what: str
    predicted: float
    found: float
    is_judged: bool

    @property
    def deviation(self) -> float:
        """Of the prediction, as a share of what was found."""
        if not self.found:
            return 0.0 if not self.predicted else float("inf")
        return self.predicted / self.found - 1

    @property
    def is_within(self) -> bool:
        """Whether it is near enough, or not judged."""
        return not self.is_judged or abs(self.deviation) <= TOLERANCE


def fitted(run: FinishedFleet) -> FittedModel:
    """The parameters of a run.

    Raises:
        UsageError: nobody answered in it.
    """
    if not run.answered or not run.asked:
        raise UsageError(f"in the run {run.name} no device answered", "take another run")
    most = max(run.attempts)
    answered = dict(run.attempts)
    answered[most] -= min(run.unreachable, answered[most])
    sent = sum(number * count for number, count in answered.items())
    lost = sum((number - 1) * count for number, count in answered.items())
    return FittedModel(
        run.devices,
        run.asked / run.devices,
        tuple(count / run.asked for count in run.waves),
        run.unreachable / run.asked,
        lost / sent if sent else 0.0,
        run.failed / run.asked,
        most,
        _back_off(run),
        FittedCpu.of(run),
    )


def compared(by: FittedModel, run: FinishedFleet) -> Iterator[Prediction]:
    """Prediction and finding of a run, number by number."""
    devices = run.devices * by.asked
    course = _predicted(by, devices)
    counts = (
        ("devices that were asked", devices, run.asked),
        ("devices that answered", course.recovered[-1], run.answered),
        ("devices without an answer", course.unanswered, run.unreachable),
        ("devices that failed", devices * by.fails, run.failed),
        ("commands", course.commands, run.commands),
        ("commands sent again", course.sent_again, run.commands - run.asked),
    )
    for what, predicted, found in counts:
        in_first = predicted * by.devices / run.devices
        is_judged = in_first >= FEWEST and max(predicted, found) >= FEWEST
        yield Prediction(run.name, what, predicted, found, is_judged)
    for share in _SHARES:
        predicted = course.asked_until(share) or 0.0
        what = f"hours until {100 * share:g}% of them answered"
        yield Prediction(run.name, what, predicted / _HOUR, run.answered_after(share) / _HOUR, True)
    for number, (wave, size, began) in enumerate(
        zip(course.waves, run.waves, run.began, strict=False), 1
    ):
        is_judged = max(wave.devices, size) >= FEWEST
        yield Prediction(run.name, f"devices of wave {number}", wave.devices, size, is_judged)
        what = f"hours until wave {number} begins"
        yield Prediction(run.name, what, wave.began / _HOUR, began / _HOUR, is_judged)
    found_cpu = run.cpu.starting_seconds + run.cpu.cpu_seconds
    yield Prediction(run.name, "CPU seconds", by.cpu.predicted(run), found_cpu, True)


def _predicted(by: FittedModel, devices: float) -> RecoveryCourse:
    """What the simulation makes of so many devices that are asked; nothing limits their number."""
    return Simulation(
        RecoveryModel(
            waves=tuple(devices * share for share in by.waves),
            watches=tuple(0.0 for _ in by.waves),
            regions={"all": (1.0, _UNLIMITED)},
            away=(Away(by.away, None),),
            lost=by.lost,
            fails=0.0,  # devices of a fleet that fail have answered
            signing=_UNLIMITED,
            signing_day=86_400.0,
            attempts=by.attempts,
            back_off=by.back_off,
            step=by.back_off,
            longest=_LONGEST,
            is_patient=True,
        )
    ).run()


def check(runs: Sequence[FinishedFleet]) -> list[Prediction]:
    """Fix the parameters by the first run, and predict every other.

    Raises:
        UsageError: nobody answered in the first, or another is not larger.
    """
    first, *others = runs
    by = fitted(first)
    for run in others:
        if run.devices <= first.devices:
            raise UsageError(
                f"{run.name} has {run.devices:,} devices, and {first.name} {first.devices:,}",
                "give the smallest run first",
            )
    return [each for run in others for each in compared(by, run)]


def _back_off(run: FinishedFleet) -> float:
    """Between one answer and the next there is at least the wait before a command is repeated."""
    times = [seconds for seconds, _ in run.settled]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return max(_A_MINUTE, min(gaps, default=_HOUR))
