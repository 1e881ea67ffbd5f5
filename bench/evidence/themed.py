"""Drawings inside the page: SVG by matplotlib in the page's own type and colours, light or dark.

matplotlib knows no CSS: it draws in stand-ins, which the page's variables then replace.
"""

import io
import re
import warnings
from collections.abc import Callable
from importlib import import_module, util
from typing import Any, Final

from firmware_sim.bench.files.extras import how_to_get
from firmware_sim.bench.outcome import Verdict

HOW_TO_GET: Final = how_to_get("report")

INK, MUTED, LINE, PAPER, PEOPLE = "#010101", "#020202", "#030303", "#090909", "#080808"
TONES: Final = {
    Verdict.PASSED: "#040404",
    Verdict.FAILED: "#050505",
    Verdict.ERROR: "#060606",
    Verdict.SKIPPED: "#070707",
    None: "#070707",
}
_VARIABLES: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    PAPER: "var(--paper)",
    "#040404": "var(--passed)",
    "#050505": "var(--failed)",
    "#060606": "var(--error)",
    "#070707": "var(--skipped)",
    PEOPLE: "var(--people)",
}


def themed_svg(draw: Callable[[Any], None], size: tuple[float, float], salt: str) -> str | None:
    """What `draw` puts on matplotlib's axes, as an SVG element; None without matplotlib.

    Args:
        size: width and height in inches.
        salt: the same gives the same identifiers, and so the same octets.
    """
    if util.find_spec("matplotlib") is None:
        return None
    matplotlib = import_module("matplotlib")
    figure_module = import_module("matplotlib.figure")
    settings = {"svg.fonttype": "none", "svg.hashsalt": salt, "font.size": 9}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # The reader's browser has the glyphs that the layout's font lacks.
        warnings.filterwarnings("ignore", message="Glyph")
        figure = figure_module.Figure(figsize=size)
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(
            out, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None}
        )
    return _themed(out.getvalue(), salt)


def _themed(svg: str, salt: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    # Two drawings on one page share no identifier.
    prefix = re.sub(r"[^a-z]+", "-", salt.lower())[:40]
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    # The page's own type, and a size that follows its column.
    svg = re.sub(r"font: ([\d.]+)px [^;\"]+", r"font: \1px var(--sans)", svg)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'width="100%"', svg, count=1)
    return svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)
