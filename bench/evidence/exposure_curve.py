"""Exposure as a picture: which share of the devices was recovered how long after the Compromise."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from firmware_sim.bench.evidence.accounts.recovery_event import RelevantDevices
from firmware_sim.bench.evidence.findings import Recovery
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.themed import INK, LINE, MUTED, PEOPLE, themed_svg

_HOUR = 3600
_MOST_POINTS = 500
"""The picture is some 600 pixels wide."""


def exposure_svg(record: RunRecord) -> str | None:
    """The SVG element, or None without matplotlib or without a recovered device."""
    if not record.recoveries:
        return None
    relevant = record.accounts.last(RelevantDevices)
    # Without Relevant Devices known, the share is that of the devices that were recovered.
    whole = len(record.recoveries) if relevant is None else max(1, relevant.total)
    draw = partial(_draw, recoveries=record.recoveries, whole=whole)
    return themed_svg(draw, (7, 2.2), f"exposure {record.run.story}")


def _draw(axes: Any, recoveries: list[Recovery], whole: int) -> None:
    hours, shares = curve_points([each.seconds / _HOUR for each in recoveries], whole)
    end = max(hours[-1] * 1.08, 0.1)
    steps = ([0, *hours, end], [0, *shares, shares[-1]])
    axes.step(*steps, where="post", color=PEOPLE, linewidth=1.8)
    axes.fill_between(*steps, step="post", color=PEOPLE, alpha=0.15, linewidth=0)
    finish_axes(axes, end)


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


def finish_axes(axes: Any, end: float) -> None:
    """Hours to the right until `end`, per cent recovered upwards, and nothing else."""
    axes.set_xlim(0, end)
    axes.set_ylim(0, 104)
    axes.set_yticks((0, 50, 100), ("0 %", "50 %", "100 %"))
    axes.set_xlabel("hours since the Compromise, by the drill's clock", fontsize=8)
    axes.set_ylabel("recovered", fontsize=8)
    axes.grid(visible=True, color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=0, colors=MUTED, labelcolor=INK, labelsize=8)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(MUTED)
    for spine in axes.spines.values():
        spine.set_visible(False)
