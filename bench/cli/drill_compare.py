"""``firmware-sim drill compare``: what changed since the last periodic test."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.evidence.comparing import OTHER_STORIES, Comparison
from firmware_sim.bench.evidence.comparison_page import write_comparison
from firmware_sim.bench.evidence.run_figures import figures_of
from firmware_sim.bench.evidence.wording import day, several
from firmware_sim.bench.outcome import ExitCode

EPILOG: Final = (
    "Example: firmware-sim drill compare runs/2026 runs/2027 --html compared.html. Exit codes: 0 "
    "compared; 1 a ledger does not verify, or with --fail-if-worse a figure is worse; 4 no run."
)

_TONES: Final = {"passed": "green", "failed": "red", "error": "yellow", "skipped": "dim"}
_WIDE: Final = 80
"""Columns of a terminal on which the table breaks no name into more than two lines."""
_JUDGED: Final = {"better": "green", "worse": "red"}


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The folder of the earlier run.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The folder of the later run.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with both curves.")
    ] = None,
    fail_if_worse: Annotated[
        bool, typer.Option("--fail-if-worse", help="Exit code 1 if a figure is worse.")
    ] = False,
) -> None:
    """Set two runs side by side: times, exposure, devices, verdicts and clauses."""
    comparison = Comparison(figures_of(old), figures_of(new))
    if html is not None:
        write_comparison(comparison, html)
    if as_json:
        print_json(comparison.as_json())
    _tell(comparison, human(json_wanted=as_json))
    if html is not None:
        human(json_wanted=as_json).print(f"Page: {html}", highlight=False, soft_wrap=True)
    is_bad = not comparison.verifies or (fail_if_worse and comparison.worse)
    raise typer.Exit(ExitCode.DEVICE_FAILED if is_bad else ExitCode.PASSED)


def _tell(comparison: Comparison, console: Console) -> None:
    for name, run in (("Old", comparison.old), ("New", comparison.new)):
        text = f"{name}: {run.title}, run on {day(run.started)}, in {run.folder}"
        console.print(text, highlight=False, markup=False, soft_wrap=True)
    for name, run in (("old", comparison.old), ("new", comparison.new)):
        if run.ledger_problem:
            start = (f"The {name} ledger does not verify.", "bold red")
            console.print(Text.assemble(start, f" {run.ledger_problem}."), soft_wrap=True)
    for warning in comparison.warnings:
        start = ("Only partly comparable. ", "bold yellow")
        console.print(Text.assemble(start, warning), soft_wrap=True)
    _tell_stories(comparison, console)
    if console.width >= _WIDE:
        console.print(_table(comparison), highlight=False)
    else:
        _tell_narrow(comparison, console)
    for reason in comparison.reasons:
        console.print(reason, highlight=False, soft_wrap=True)
    for text, clauses in (
        ("Rehearsed now, and not before", comparison.gained),
        ("Rehearsed before, and not now", comparison.lost),
    ):
        if clauses:
            console.print(f"{text}: {several(clauses)}.", highlight=False, soft_wrap=True)


def _tell_stories(comparison: Comparison, console: Console) -> None:
    """Which lines of the story differ, before the figures that may differ by them."""
    if comparison.story_changes:
        console.print("Lines of the story that differ (- old, + new):", highlight=False)
    for line in comparison.story_changes:
        style = {"-": "red", "+": "green"}.get(line[:1], "dim")
        console.print(Text(f"  {line}", style=style), soft_wrap=True)
    if comparison.is_of_two_stories:
        console.print(OTHER_STORIES, highlight=False, soft_wrap=True)


def _tell_narrow(comparison: Comparison, console: Console) -> None:
    """As `_table`, where that has no room: each name in a line of its own, its values below."""
    pairs = zip(comparison.old.verdicts, comparison.new.verdicts, strict=True)
    rows: list[tuple[str, tuple[str, ...], str]]
    rows = [(old.about, (old.word, new.word), "") for old, new in pairs]
    rows += [(each.label, each.words, each.judgement) for each in comparison.changes]
    values = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("Old", "New", "Change"):
        values.add_column(heading, justify="right")
    values.add_column()
    for _, words, judgement in rows:
        style = _JUDGED.get(judgement, "dim")
        values.add_row(*words, *[""] * (3 - len(words)), Text(judgement, style=style))
    head, *lines = console.render_lines(values, pad=False)
    for name, line in zip(("", *(name for name, _, _ in rows)), (head, *lines), strict=True):
        if name:
            console.print(name, style="bold", highlight=False, markup=False, soft_wrap=True)
        told = Text.assemble("  ", *((each.text, each.style or "") for each in line))
        console.print(told, highlight=False, soft_wrap=True)


def _table(comparison: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column()
    for heading in ("Old", "New", "Change"):
        table.add_column(heading, justify="right")
    table.add_column()
    old, new = comparison.old, comparison.new
    for pair in zip(old.verdicts, new.verdicts, strict=True):
        words = [Text(each.word, style=_TONES.get(each.tone, "")) for each in pair]
        table.add_row(pair[0].about, *words)
    for change in comparison.changes:
        style = _JUDGED.get(change.judgement, "dim")
        table.add_row(change.label, *change.words, Text(change.judgement, style=style))
    return table
