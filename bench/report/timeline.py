"""The timeline as a picture: every step of the story on the drill's clock, as inline SVG.

A step lasts until the next begins: what people wait for takes time, messages take next to none.

matplotlib draws it, if it is installed (extra ``report``). Colours are the page's own, so the
picture follows its light or dark scheme.
"""

import io
import re
import warnings
from datetime import datetime
from importlib import import_module, util
from textwrap import shorten
from typing import Any

from bench.outcome import Verdict
from bench.report.record import Record

HOW_TO_GET = "pip install 'firmware-sim[report]'"

# Stand-ins that the page's variables replace: matplotlib knows no CSS.
_INK, _MUTED, _LINE = "#010101", "#020202", "#030303"
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
    "#040404": "var(--passed)",
    "#050505": "var(--failed)",
    "#060606": "var(--error)",
    "#070707": "var(--skipped)",
    _PEOPLE: "var(--people)",
}
_LONGEST_TITLE = 58


def timeline_svg(record: Record) -> str | None:
    """The SVG element, or None without matplotlib or without steps."""
    if util.find_spec("matplotlib") is None or not record.steps:
        return None
    matplotlib = import_module("matplotlib")
    figure_module = import_module("matplotlib.figure")
    settings = {"svg.fonttype": "none", "svg.hashsalt": record.run.story, "font.size": 9}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # The reader's browser has the glyphs that the layout's font lacks.
        warnings.filterwarnings("ignore", message="Glyph")
        figure = figure_module.Figure(figsize=(10, 0.9 + 0.27 * len(record.steps)))
        _draw(figure.add_subplot(), record)
        out = io.StringIO()
        figure.savefig(
            out, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    return _themed(out.getvalue())


def _draw(axes: Any, record: Record) -> None:
    starts = [_seconds(step.started) for step in record.steps]
    ends = [*starts[1:], _seconds(record.steps[-1].finished or record.steps[-1].started)]
    begin, unit, name = starts[0], *_unit(ends[-1] - starts[0])
    span = max((ends[-1] - begin) / unit, 1e-9)
    rows = {step.id: row for row, step in enumerate(record.steps)}
    talking = {message.step for message in record.messages}
    for step, start, end in zip(record.steps, starts, ends, strict=True):
        length = max((end - start) / unit, span / 150)
        people = step.verdict is Verdict.PASSED and step.id not in talking
        colour = _PEOPLE if people else _TONES[step.verdict]
        left = (start - begin) / unit
        axes.barh(rows[step.id], length, left=left, height=0.5, color=colour)
    # One cross where many would cover each other.
    places = ((rows[item.step], (_seconds(item.at) - begin) / unit) for item in record.refusals)
    for row, place in sorted({(row, round(at / span, 2)) for row, at in places}):
        axes.plot(place * span, row, "x", color=_INK, markersize=5)
    titles = [
        shorten(_printable(step.title), _LONGEST_TITLE, placeholder="…") for step in record.steps
    ]
    axes.set_yticks(list(rows.values()), titles)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(-span / 100, span * 1.02)
    axes.set_xlabel(f"{name} since the first step, on the drill's clock")
    _plain(axes)


def _plain(axes: Any) -> None:
    axes.tick_params(axis="both", length=0, colors=_MUTED)
    axes.tick_params(axis="y", labelcolor=_INK)
    axes.xaxis.label.set_color(_MUTED)
    axes.grid(axis="x", color=_LINE, linewidth=0.6)
    axes.set_axisbelow(True)
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


def _unit(seconds: float) -> tuple[float, str]:
    for unit, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 3 * unit:
            return unit, name
    return (1.0, "seconds") if seconds >= 3 else (0.001, "milliseconds")


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
