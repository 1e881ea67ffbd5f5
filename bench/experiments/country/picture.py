"""The curve of a plan: the share of the devices that is recovered, by day."""

from pathlib import Path
from typing import Final

from firmware_sim.bench.evidence.drawing import drawing
from firmware_sim.bench.experiments.country.plan import DAY, SHARES, CountryPlan

_SIZE: Final = (8.0, 3.5)
_BLUE, _GREY = "#1f77b4", "#999999"
_PER_CENT: Final = 100


def write_picture(plan: CountryPlan, path: Path) -> None:
    """Days to the right, per cent recovered upwards; lines where waves begin.

    Raises:
        BenchError: matplotlib is not installed, or the file cannot be written.
    """
    course = plan.course
    days = [time / DAY for time in course.times]
    shares = [_PER_CENT * count / course.devices for count in course.recovered]
    with drawing(path, plan.estate.title, _SIZE) as axes:
        axes.plot(days, shares, color=_BLUE, linewidth=1.8)
        axes.fill_between(days, shares, color=_BLUE, alpha=0.15, linewidth=0)
        for wave in course.waves:
            axes.axvline(wave.began / DAY, color=_GREY, linewidth=0.6, linestyle="--")
        for share in SHARES:
            reached = course.reached(share)
            if reached is not None:
                axes.plot([reached / DAY], [_PER_CENT * share], "o", color=_BLUE, markersize=4)
        axes.set_xlim(left=0)
        axes.set_ylim(0, _PER_CENT * 1.04)
        axes.set_xlabel("days; dashed: a wave begins")
        axes.set_ylabel("% recovered")
