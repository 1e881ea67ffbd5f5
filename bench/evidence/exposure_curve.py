"""Exposure as a picture: which share of the devices was recovered how long after the Compromise."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from firmware_sim.bench.evidence.findings import Recovery
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.themed import INK, LINE, MUTED, PEOPLE, themed_svg
from firmware_sim.bench.evidence.wording import count

_HOUR = 3600
_MOST_POINTS = 500
"""The picture is some 600 pixels wide."""


def exposure_svg(record: RunRecord) -> str | None:
    """The SVG element, or None without matplotlib or without a recovered device."""
    if not record.recoveries:
        return None
    # Where nothing tells how many had to be recovered, the share is of those that were.
    whole, of = record.to_recover or len(record.recoveries), of_words(record)
    draw = partial(_draw, recoveries=record.recoveries, whole=whole, of=of)
    return themed_svg(draw, (7, 2.2), f"exposure {record.run.story}")


def of_words(record: RunRecord) -> str:
    """Which devices make 100 % of a run, for an axis: ``180 Relevant Devices``."""
    if record.to_recover:
        return count(record.to_recover, *record.to_recover_words)
    recovered = count(len(record.recoveries or ()), "device")
    return f"the {recovered} that this record knows to be recovered"


def _draw(axes: Any, recoveries: list[Recovery], whole: int, of: str) -> None:
    hours, shares = curve_points([each.seconds / _HOUR for each in recoveries], whole)
    end = max(hours[-1] * 1.08, 0.1)
    steps = ([0, *hours, end], [0, *shares, shares[-1]])
    axes.step(*steps, where="post", color=PEOPLE, linewidth=1.8)
    axes.fill_between(*steps, step="post", color=PEOPLE, alpha=0.15, linewidth=0)
    finish_axes(axes, end, of)


def curve_points(hours: Sequence[float], whole: int) -> tuple[list[float], list[float]]:
    """When so many per cent were recovered; of thousands of devices, as much as can be seen.

    Args:
        hours: of each device, in order.
        whole: devices that make 100 %.
    """
    shares = [100 * count / whole for count in range(1, len(hours) + 1)]
    if len(hours) <= _MOST_POINTS or not hours[-1]:
        return list(hours), shares
    # Of those in one place of the picture the last one: there the curve ends up.
    places = [int(hour / hours[-1] * _MOST_POINTS) for hour in hours]
    last = {place: number for number, place in enumerate(places)}
    return [hours[number] for number in last.values()], [shares[n] for n in last.values()]


def finish_axes(axes: Any, end: float, of: str) -> None:
    """Hours to the right until `end`, per cent recovered upwards, and nothing else.

    Args:
        of: which devices make 100 %; empty if the legend says it.
    """
    axes.set_xlim(0, end)
    axes.set_ylim(0, 104)
    axes.set_yticks((0, 50, 100), ("0 %", "50 %", "100 %"))
    axes.set_xlabel("hours since the Compromise, by the drill's clock", fontsize=8)
    axes.set_ylabel("recovered", fontsize=8)
    if of:
        axes.set_title(f"100 % are {of}", loc="left", fontsize=8, color=MUTED)
    axes.grid(visible=True, color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=0, colors=MUTED, labelcolor=INK, labelsize=8)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(MUTED)
    for spine in axes.spines.values():
        spine.set_visible(False)
