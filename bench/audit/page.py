"""The page of two audits: a table, a picture of the cells by sort, and the cells themselves."""

from functools import partial
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from firmware_sim.bench.audit.difference import AuditComparison, cells_of
from firmware_sim.bench.audit.result import KeptAudit, not_asked_words
from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.evidence import wording
from firmware_sim.bench.evidence.html import page_templates
from firmware_sim.bench.evidence.themed import (
    HOW_TO_GET,
    INK,
    MUTED,
    PAPER,
    PEOPLE,
    TONES,
    themed_svg,
)
from firmware_sim.bench.files.whole_files import new_file
from firmware_sim.bench.outcome import Verdict

LISTED: Final = 200
"""Cells of each list on the page; the files have all."""

_LOOKS: Final = {
    Sort.RIGHT: (TONES[Verdict.PASSED], ""),
    Sort.WRONG_PARTY: (TONES[Verdict.FAILED], ""),
    Sort.WRONG_GENERATION: (TONES[Verdict.FAILED], "////"),
    Sort.STALE_ISSUER: (PEOPLE, ""),
    Sort.ROLE_MISMATCH: (TONES[Verdict.ERROR], ""),
    Sort.UNREACHABLE: (TONES[Verdict.SKIPPED], "\\\\\\\\"),
}
"""Colour and hatching: no two sorts are told by colour alone."""


def write_audit_comparison(comparison: AuditComparison, path: Path) -> None:
    """Write the page: one file without a script, which fetches nothing.

    Raises:
        BenchError: it cannot be written.
    """
    with new_file(path) as file:
        file.write(render_audit_comparison(comparison).encode("utf-8"))


def render_audit_comparison(comparison: AuditComparison) -> str:
    """The whole page."""
    templates = page_templates()
    templates.filters.update(count=wording.count, sentence=wording.sentence)
    svg = sorts_svg(comparison)
    lists = (
        ("Not right before, and not among the wrong ones now", comparison.gone),
        ("Still not right", comparison.still),
        ("Not right now, and not among the wrong ones before", comparison.come),
    )
    return templates.get_template("audit.html.j2").render(
        comparison=comparison,
        sides=(("Before", comparison.old), ("After", comparison.new)),
        not_asked=not_asked_words,
        lists=lists,
        limit=LISTED,
        picture=None if svg is None else Markup(svg),  # noqa: S704 - drawn by matplotlib
        how_to_get_pictures=HOW_TO_GET,
    )


def sorts_svg(comparison: AuditComparison) -> str | None:
    """The SVG element; None without matplotlib or without a cell."""
    if not comparison.types:
        return None
    height = 0.9 + 0.62 * len(comparison.types)
    return themed_svg(partial(_draw, comparison=comparison), (8, height), "audits compared")


def _draw(axes: Any, comparison: AuditComparison) -> None:
    rows = [
        (f"{kind} {when}", kind, audit)
        for kind in comparison.types
        for when, audit in (("before", comparison.old), ("after", comparison.new))
    ]
    left = [0.0] * len(rows)
    for sort in Sort:
        shares = [_share(audit, kind, sort) for _, kind, audit in rows]
        if not any(shares):
            continue
        colour, hatch = _LOOKS[sort]
        axes.barh(
            range(len(rows)), shares, left=left, height=0.7, color=colour, hatch=hatch,
            edgecolor=PAPER, linewidth=0.8, label=sort.value,
        )  # fmt: skip
        left = [start + share for start, share in zip(left, shares, strict=True)]
    _finish(axes, [name for name, _, _ in rows])


def _share(audit: KeptAudit, kind: str, sort: Sort) -> float:
    whole = sum(cells_of(audit, kind, each) for each in Sort)
    return 100 * cells_of(audit, kind, sort) / whole if whole else 0.0


def _finish(axes: Any, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xticks((0, 50, 100), ("0 %", "50 %", "100 %"))
    axes.tick_params(axis="both", length=0, colors=MUTED, labelcolor=INK, labelsize=8)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=6, frameon=False, fontsize=8,
        labelcolor=INK,
    )  # fmt: skip
    for spine in axes.spines.values():
        spine.set_visible(False)
