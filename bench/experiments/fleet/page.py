"""The report of a fleet: one page, whose size does not grow with the fleet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from firmware_sim.bench.evidence import wording
from firmware_sim.bench.evidence.exposure_curve import finish_axes
from firmware_sim.bench.evidence.html import page_templates
from firmware_sim.bench.evidence.paper import paper_of
from firmware_sim.bench.evidence.price_sums import price_words
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.themed import HOW_TO_GET, INK, MUTED, PEOPLE, themed_svg
from firmware_sim.bench.evidence.verdict_words import VerdictWords, devices_words, procedure_words
from firmware_sim.bench.experiments.fleet.priced import price_lines
from firmware_sim.bench.experiments.fleet.stuck import COLUMNS
from firmware_sim.bench.files.whole_files import new_file
from firmware_sim.bench.outcome import DevicesVerdict, ProcedureVerdict

PAGE_NAME: Final = "fleet.html"

LISTED: Final = 200
"""Stuck devices on the page; the file has all."""

_HOUR: Final = 3600
_WAVE_WORDS: Final = (
    "devices",
    "recovered",
    "failed",
    "unreachable",
    "sent_again",
    "not_asked",
)
_STYLES: Final = ("-", (0, (4, 2)), (0, (1, 1.5)), (0, (6, 1.5, 1, 1.5)))


def write_page(
    summary: Mapping[str, Any],
    stuck: Sequence[tuple[str, ...]],
    start: datetime,
    path: Path,
    drill: RunRecord,
) -> None:
    """Write the page: one file without a script, which fetches nothing.

    Args:
        start: of the curve: the Compromise, or the beginning of the story.
        drill: the record of the governance drill.

    Raises:
        BenchError: it cannot be written.
    """
    templates = page_templates()
    templates.filters.update(
        clock=wording.clock,
        count=wording.count,
        day=wording.day,
        price=price_words,
        sentence=wording.sentence,
    )
    svg = _curve_svg(summary, start)
    text = templates.get_template(
        "fleet.html.j2"
    ).render(
        summary=summary,
        run=drill.run,
        head=drill.head,
        results=summary["results"],
        paper=paper_of(drill.run, drill.head),
        verdicts=verdicts_of(summary),
        picture=None if svg is None else Markup(svg),  # noqa: S704 - drawn by matplotlib
        how_to_get_pictures=HOW_TO_GET,
        wave_words=_WAVE_WORDS,
        fates=sorted(summary["outcomes"]),
        tables=(
            ("Outcomes by device type", summary["by_type"]),
            ("Outcomes by supplier", summary["by_supplier"]),
            ("Outcomes by region (network operator)", summary["by_network_operator"]),
        ),
        price_lines=price_lines(summary["prices"]),
        stuck=stuck[:LISTED],
        stuck_columns=COLUMNS,
    )
    with new_file(path) as file:
        file.write(text.encode("utf-8"))


def verdicts_of(summary: Mapping[str, Any]) -> tuple[VerdictWords, VerdictWords]:
    """Both verdicts in words."""
    procedure, devices = summary["verdicts"]["procedure"], summary["verdicts"]["devices"]
    return (
        procedure_words(None if procedure is None else ProcedureVerdict(procedure)),
        devices_words(DevicesVerdict(devices)),
    )


def _curve_svg(summary: Mapping[str, Any], start: datetime) -> str | None:
    if not summary["recovered"]:
        return None
    return themed_svg(partial(_draw, summary=summary, start=start), (8, 2.8), "fleet recovery")


def _draw(axes: Any, *, summary: Mapping[str, Any], start: datetime) -> None:
    zero, ends = int(start.timestamp()), [0.1]
    whole = summary["to_recover"] or 1
    for number, (step, found) in enumerate(_lines(summary)):
        hours = [(at - zero) / _HOUR for at, _ in found]
        shares = [100 * sums / whole for sums in accumulate(n for _, n in found)]
        ends.append(hours[-1] * 1.08)
        style = _STYLES[number % len(_STYLES)]
        color = PEOPLE if not number else MUTED
        axes.step(
            [0, *hours, ends[-1]],
            [0, *shares, shares[-1]],
            where="post",
            label=step,
            color=color,
            linestyle=style,
            linewidth=2,
        )
    for wave in summary["waves"]:
        hour = (int(datetime.fromisoformat(wave["started"]).timestamp()) - zero) / _HOUR
        axes.axvline(hour, color=MUTED, linewidth=0.6)
    where = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "ncols": 4}
    axes.legend(**where, frameon=False, fontsize=8, labelcolor=INK)
    finish_axes(axes, max(ends), f"{whole:,} {summary['to_recover_words']}")


def _lines(summary: Mapping[str, Any]) -> list[tuple[str, list[tuple[int, int]]]]:
    """Of several steps their sum first, so that one line ends where the tables do."""
    steps = list(summary["recovered"].items())
    if len(steps) < 2:
        return steps
    every: Counter[int] = Counter()
    for _, found in steps:
        every.update(dict(found))
    return [("all steps", sorted(every.items())), *steps]
