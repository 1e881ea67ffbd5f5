"""From an estate file to what a plan says: days, exposure, devices to replace, cores."""

from fractions import Fraction
from typing import Any, Final, NamedTuple

from firmware_sim.bench.drills.wave_terms import sizes
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.country.estate_file import CountryEstate, values
from firmware_sim.bench.experiments.country.simulation import (
    Away,
    RecoveryCourse,
    RecoveryModel,
    Simulation,
)

SHARES: Final = (0.5, 0.95, 0.99, 0.999)
DAY: Final = 86_400.0

_HOUR: Final = 3_600.0
_LONGEST: Final = 3 * 365 * DAY
_MICRO: Final = 1e6


class RehearsalCost(NamedTuple):
    """What a rehearsal of the whole takes.

    Attributes:
        cpu_microseconds: a device.
        source: where that is from.
        hours: in which it is to be done.
    """

    cpu_microseconds: float
    source: str
    hours: float


class CountryPlan(NamedTuple):
    """The result.

    Attributes:
        cost: None if the file does not ask for a rehearsal.
    """

    estate: CountryEstate
    course: RecoveryCourse
    cost: RehearsalCost | None

    @property
    def replaced(self) -> float:
        """Devices that must be replaced, or at least visited."""
        return self.course.failed + self.course.unanswered + self.course.left

    @property
    def cores(self) -> float:
        """That a rehearsal needs."""
        if self.cost is None:
            return 0.0
        cpu = self.estate.total * self.cost.cpu_microseconds / _MICRO
        return cpu / (self.cost.hours * _HOUR)


def plan_of(estate: CountryEstate, measured: tuple[float, str] | None = None) -> CountryPlan:
    """Simulate it.

    Args:
        measured: microseconds of CPU time a device, and in which run they were measured.

    Raises:
        UsageError: a rehearsal is asked for, and nothing says what a device costs.
    """
    return CountryPlan(estate, Simulation(model_of(estate)).run(), _cost(estate, measured))


def model_of(estate: CountryEstate) -> RecoveryModel:
    """What the simulation needs of it."""
    back_off = estate.retry.back_off.total_seconds()
    away = tuple(
        Away(float(each.share), None if isinstance(each.back, str) else each.back.total_seconds())
        for each in estate.away.values()
    )
    return RecoveryModel(
        waves=tuple(map(float, sizes(estate.waves, estate.total))),
        watches=tuple(w.watch.total_seconds() if w.watch else 0.0 for w in estate.waves),
        regions={
            name: (float(each.share), each.messages_a_second / estate.messages_a_command)
            for name, each in estate.regions.items()
        },
        away=away,
        lost=float(estate.lost or Fraction(0)),
        fails=float(estate.fails or Fraction(0)),
        signing=estate.signing.commands_a_second,
        signing_day=estate.signing.hours_a_day * _HOUR,
        attempts=estate.retry.attempts,
        back_off=back_off,
        step=min(_HOUR, back_off),
        longest=_LONGEST,
    )


def _cost(estate: CountryEstate, measured: tuple[float, str] | None) -> RehearsalCost | None:
    rehearsal = estate.rehearsal
    if rehearsal is None:
        return None
    if measured is not None:
        return RehearsalCost(*measured, rehearsal.hours)
    if rehearsal.cpu_microseconds is None:
        raise UsageError(
            "nothing says what a device costs to rehearse",
            "give --measured RUN of a finished fleet run, or rehearsal.cpu microseconds",
        )
    return RehearsalCost(rehearsal.cpu_microseconds, "the estate file", rehearsal.hours)


def document(plan: CountryPlan) -> dict[str, Any]:
    """As JSON; times in days of 24 hours."""
    course, estate = plan.course, plan.estate
    return {
        "title": estate.title,
        "devices": estate.total,
        "by_type": {kind.name: count for kind, count in estate.by_type.items()},
        "days_to": {f"{100 * share:g}%": _days(course.reached(share)) for share in SHARES},
        "exposure": {
            "device_days": course.exposure() / DAY,
            "days_a_device": course.exposure() / DAY / course.devices,
        },
        "recovered": course.recovered[-1],
        "to_replace": {
            "refused": course.failed,
            "no_answer": course.unanswered,
            "not_asked": course.left,
            "all": plan.replaced,
        },
        "commands": course.commands,
        "sent_again": course.sent_again,
        "waves": [
            {
                "wave": term.title(number),
                "devices": wave.devices,
                "begins_day": wave.began / DAY,
                "all_asked_day": wave.asked / DAY,
            }
            for number, (term, wave) in enumerate(zip(estate.waves, course.waves, strict=False), 1)
        ],
        "days": course.times[-1] / DAY,
        "rehearsal": None
        if plan.cost is None
        else {
            **plan.cost._asdict(),
            "cores": plan.cores,
            "cpu_hours": plan.cores * plan.cost.hours,
        },
        "assumptions": {key: value for key, value in values(estate) if key not in estate.known},
        "known": {
            key: {"value": value, "source": estate.known[key]}
            for key, value in values(estate)
            if key in estate.known
        },
        "curve": [
            {"day": time / DAY, "recovered": count}
            for time, count in zip(course.times, course.recovered, strict=True)
        ],
    }


def _days(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / DAY


def _rehearsal(plan: CountryPlan, cost: RehearsalCost) -> dict[str, Any]:
    return {**cost._asdict(), "cores": plan.cores, "cpu_hours": plan.cores * cost.hours}
