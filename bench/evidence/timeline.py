"""The timeline as a picture: who acts, step by step, and when; as inline SVG.

A step stands where it was meant to: one of which devices refused a second copy went well.
Steps stand side by side at equal distance, because people take hours where messages take none;
the drill's clock is written above wherever it has moved on.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any, Final

from firmware_sim.bench.evidence.meant import Meant, meant
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import StepRow
from firmware_sim.bench.evidence.themed import INK, LINE, MUTED, PAPER, PEOPLE, TONES, themed_svg
from firmware_sim.bench.outcome import Verdict

_LANES: Final = {
    Meant.PEOPLE: "People act",
    Meant.ANSWER: "To be answered",
    Meant.REFUSE: "To be refused",
}
_MOST_NUMBERS: Final = 36
"""More of them would run together."""
_CLOCK_EVERY = 1 / 16
"""A time is written where so much of the whole has passed since the last one."""


def timeline_svg(record: RunRecord) -> str | None:
    """The SVG element, or None without matplotlib or without steps."""
    if not record.steps:
        return None
    return themed_svg(partial(_draw, record=record), (10, 1.7), f"timeline {record.run.story}")


def _draw(axes: Any, record: RunRecord) -> None:
    lanes = meant(record)
    for place, (step, lane) in enumerate(zip(record.steps, lanes, strict=True), start=1):
        people = step.verdict is Verdict.PASSED and lane is Meant.PEOPLE
        colour = PEOPLE if people else TONES[step.verdict]
        axes.barh(lane, 0.82, left=place - 0.41, height=0.62, color=colour)
        if lane is Meant.REFUSE:
            axes.plot(place, lane, "x", color=PAPER, markersize=4)
    for place, text in _times(record.steps):
        axes.annotate(text, (place - 0.41, -0.62), fontsize=8, color=MUTED, annotation_clip=False,
                      va="bottom")  # fmt: skip
    count = len(record.steps)
    numbered = range(1, count + 1, ceil(count / _MOST_NUMBERS))
    axes.set_xticks(numbered, numbered, fontsize=7.5)
    axes.set_xlim(0.4, count + 0.6)
    axes.set_yticks(list(_LANES), list(_LANES.values()))
    axes.set_ylim(2.5, -0.55)
    axes.set_xlabel("step, as numbered in the table", fontsize=8)
    _plain(axes)


def _times(steps: list[StepRow]) -> Iterator[tuple[int, str]]:
    """Where the drill's clock is written, and what it shows: the day where it is another one."""
    starts = [datetime.fromisoformat(step.started) for step in steps]
    enough = max((starts[-1] - starts[0]) * _CLOCK_EVERY, timedelta(minutes=1))
    apart = len(steps) / 20
    last_place, last, day = -apart, starts[0] - enough, ""
    for place, start in enumerate(starts, start=1):
        if start - last >= enough and place - last_place >= apart:
            shown, time = f"{start.day} {start:%b}", f"{start:%H:%M}"
            yield place, time if shown == day else f"{shown}\n{time}"
            last_place, last, day = place, start, shown


def _plain(axes: Any) -> None:
    axes.tick_params(axis="both", length=0, colors=MUTED)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.xaxis.label.set_color(MUTED)
    for edge in (0.5, 1.5):
        axes.axhline(edge, color=LINE, linewidth=0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)
