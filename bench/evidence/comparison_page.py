"""The page of a comparison: both verdicts twice, every figure, and both curves in one picture."""

from functools import partial
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from firmware_sim.bench.evidence import wording
from firmware_sim.bench.evidence.comparing import OTHER_STORIES, Comparison
from firmware_sim.bench.evidence.exposure_curve import curve_points, finish_axes
from firmware_sim.bench.evidence.html import page_templates
from firmware_sim.bench.evidence.run_figures import RunFigures
from firmware_sim.bench.evidence.themed import HOW_TO_GET, INK, MUTED, PEOPLE, themed_svg
from firmware_sim.bench.files.whole_files import new_file

_HOUR: Final = 3600


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the page: one file without a script, which fetches nothing.

    Raises:
        BenchError: it cannot be written.
    """
    with new_file(path) as file:
        file.write(render_comparison(comparison).encode("utf-8"))


def render_comparison(comparison: Comparison) -> str:
    """The whole page."""
    templates = page_templates()
    templates.filters.update(
        clock=wording.clock, count=wording.count, day=wording.day, sentence=wording.sentence
    )
    svg = curves_svg(comparison.old, comparison.new)
    sides = [("Old", comparison.old), ("New", comparison.new)]
    return templates.get_template("compare.html.j2").render(
        comparison=comparison,
        sides=sides,
        other_stories=OTHER_STORIES,
        words={name: run.verdicts for name, run in sides},
        curves=None if svg is None else Markup(svg),  # noqa: S704 - drawn by matplotlib
        how_to_get_curves=HOW_TO_GET,
    )  # fmt: skip


def curves_svg(old: RunFigures, new: RunFigures) -> str | None:
    """The SVG element, or None without matplotlib or without a recovered device in either run."""
    if not old.curve and not new.curve:
        return None
    return themed_svg(partial(_draw, old=old, new=new), (8, 2.8), f"compare {new.story}")


def _draw(axes: Any, old: RunFigures, new: RunFigures) -> None:
    end = max(0.1, *(run.curve[-1] / _HOUR * 1.08 for run in (old, new) if run.curve))
    names = [f"{name}: 100 % are {run.of}" for name, run in (("old", old), ("new", new))]
    dashed = {"linestyle": (0, (4, 2)), "linewidth": 1.6}
    _curve(axes, old, end, label=names[0], color=MUTED, **dashed)
    _curve(axes, new, end, label=names[1], color=PEOPLE, linewidth=2)
    # Above the picture: inside it would lie on the curves, which begin high or end high.
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=1, borderaxespad=0, frameon=False,
        fontsize=8, labelcolor=INK,
    )  # fmt: skip
    finish_axes(axes, end, "")


def _curve(axes: Any, run: RunFigures, end: float, **style: Any) -> None:
    """Share recovered; where nothing tells how many had to be, of those that were recovered."""
    if not run.curve:
        return
    whole = run.to_recover or len(run.curve)
    hours, shares = curve_points([seconds / _HOUR for seconds in run.curve], whole)
    axes.step([0, *hours, end], [0, *shares, shares[-1]], where="post", **style)
