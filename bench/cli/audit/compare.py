"""``firmware-sim audit compare``: an audit before and one after."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.audit.difference import AuditComparison
from firmware_sim.bench.audit.page import write_audit_comparison
from firmware_sim.bench.audit.result import not_asked_words, read_result
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.evidence.wording import count, sentence

EPILOG: Final = (
    "Example: firmware-sim audit compare audits/before audits/after --html audits.html. Exit "
    "codes: 0 compared; 4 no audit. Better or worse changes no exit code."
)


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the earlier audit.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the later audit.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with a picture.")
    ] = None,
) -> None:
    """Set two audits side by side: what was mended, what is still wrong, what is new."""
    comparison = AuditComparison(read_result(old), read_result(new))
    if html is not None:
        write_audit_comparison(comparison, html)
    if as_json:
        print_json(comparison.as_json())
    console = human(json_wanted=as_json)
    _tell(comparison, console)
    if html is not None:
        console.print(f"Page: {html}", markup=False, highlight=False, soft_wrap=True)


def _tell(comparison: AuditComparison, console: Console) -> None:
    for warning in comparison.warnings:
        start = ("Only partly comparable. ", "bold yellow")
        text = Text.assemble(start, f"{sentence(warning)}.")
        console.print(text, soft_wrap=True)
    table = Table("Cells", box=None, pad_edge=False, header_style="dim")
    for heading in ("Before", "After", "Change"):
        table.add_column(heading, justify="right")
    for sort, before, after in comparison.sorts:
        change = f"{after - before:+,}" if after != before else ""
        table.add_row(sort.value, f"{before:,}", f"{after:,}", change)
    console.print(table, highlight=False)
    for when, audit in (("before", comparison.old), ("after", comparison.new)):
        for each in not_asked_words(audit.skipped, audit.unlisted):
            console.print(f"{sentence(when)}: {each}", highlight=False, soft_wrap=True)
    gone, still, come = (len(each) for each in (comparison.gone, comparison.still, comparison.come))
    console.print(
        f"{count(gone, 'cell')} no more among the wrong ones, {still:,} still, {come:,} new.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
