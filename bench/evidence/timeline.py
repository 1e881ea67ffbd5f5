"""The timeline as a picture: who acts, step by step, and when; as inline SVG.

Steps stand side by side at equal distance, because people take hours where messages take none;
the drill's clock is written above wherever it has moved on.

matplotlib draws it, if it is installed (extra ``report``). Colours are the page's own, so the
picture follows its light or dark scheme.
"""

import io
import re
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module, util
from typing import Any

from firmware_sim.bench.evidence.record import (
    RunRecord,
)
from firmware_sim.bench.evidence.record_rows import (
    StepRow,
)
from firmware_sim.bench.outcome import Verdict

HOW_TO_GET = "pip install 'firmware-sim[report]'"

# Stand-ins that the page's variables replace: matplotlib knows no CSS.
_INK, _MUTED, _LINE, _PAPER = "#010101", "#020202", "#030303", "#090909"
_PEOPLE = "#080808"
_TONES = {
    Verdict.PASSED: "#040404",
    Verdict.FAILED: "#050505",
    Verdict.ERROR: "#060606",
    Verdict.SKIPPED: "#070707",
    None: "#070707",
}
_VARIABLES = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _LINE: "var(--line)",
    _PAPER: "var(--paper)",
    "#040404": "var(--passed)",
    "#050505": "var(--failed)",
    "#060606": "var(--error)",
    "#070707": "var(--skipped)",
    _PEOPLE: "var(--people)",
}
_LANES = ("People act", "Devices answer", "Devices refuse")
_CLOCK_EVERY = 1 / 16
"""A time is written where so much of the whole has passed since the last one."""


def timeline_svg(record: RunRecord) -> str | None:
    """The SVG element, or None without matplotlib or without steps."""
    if util.find_spec("matplotlib") is None or not record.steps:
        return None
    matplotlib = import_module("matplotlib")
    figure_module = import_module("matplotlib.figure")
    settings = {"svg.fonttype": "none", "svg.hashsalt": record.run.story, "font.size": 9}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # The reader's browser has the glyphs that the layout's font lacks.
        warnings.filterwarnings("ignore", message="Glyph")
        figure = figure_module.Figure(figsize=(10, 1.7))
        _draw(figure.add_subplot(), record)
        out = io.StringIO()
        figure.savefig(
            out, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    return _themed(out.getvalue())


def _draw(axes: Any, record: RunRecord) -> None:
    refusing = {refusal.step for refusal in record.refusals}
    talking = {message.step for message in record.messages}
    for place, step in enumerate(record.steps, start=1):
        lane = 2 if step.id in refusing else 1 if step.id in talking else 0
        people = step.verdict is Verdict.PASSED and lane == 0
        colour = _PEOPLE if people else _TONES[step.verdict]
        axes.barh(lane, 0.82, left=place - 0.41, height=0.62, color=colour)
        if lane == 2:
            axes.plot(place, lane, "x", color=_PAPER, markersize=4)
    for place, text in _times(record.steps):
        axes.annotate(text, (place - 0.41, -0.62), fontsize=8, color=_MUTED, annotation_clip=False)
    count = len(record.steps)
    axes.set_xticks(range(1, count + 1), range(1, count + 1), fontsize=7.5)
    axes.set_xlim(0.4, count + 0.6)
    axes.set_yticks(range(len(_LANES)), _LANES)
    axes.set_ylim(2.5, -0.55)
    axes.set_xlabel("step, as numbered in the table", fontsize=8)
    _plain(axes)


def _times(steps: list[StepRow]) -> Iterator[tuple[int, str]]:
    """Where the drill's clock is written, and what it shows."""
    starts = [datetime.fromisoformat(step.started) for step in steps]
    enough = max((starts[-1] - starts[0]) * _CLOCK_EVERY, timedelta(minutes=1))
    apart = len(steps) / 20
    last_place, last = -apart, starts[0] - enough
    for place, start in enumerate(starts, start=1):
        if start - last >= enough and place - last_place >= apart:
            yield place, start.strftime("%H:%M")
            last_place, last = place, start


def _plain(axes: Any) -> None:
    axes.tick_params(axis="both", length=0, colors=_MUTED)
    axes.tick_params(axis="y", labelcolor=_INK)
    axes.xaxis.label.set_color(_MUTED)
    for edge in (0.5, 1.5):
        axes.axhline(edge, color=_LINE, linewidth=0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _themed(svg: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    # The page's own type, and a size that follows its column.
    svg = re.sub(r"font: ([\d.]+)px [^;\"]+", r"font: \1px var(--sans)", svg)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'width="100%"', svg, count=1)
    return svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)
