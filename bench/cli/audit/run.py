"""``firmware-sim audit run``: ask, compare, tell."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.audit.auditing import run_audit
from firmware_sim.bench.audit.columns import read_columns
from firmware_sim.bench.audit.importing import EstateFile
from firmware_sim.bench.audit.result import FILE_NAME, AuditResult, not_asked_words, write_result
from firmware_sim.bench.audit.sorts import Sort, words_of
from firmware_sim.bench.cli.audit.estate import (
    DrillEstate,
    EstateRequest,
    ServedElsewhere,
    estate_of_request,
)
from firmware_sim.bench.cli.audit.plan import planned_estate, tell_plan, write_plan
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json, stderr
from firmware_sim.bench.cli.policy import PolicyFile, load_policy, print_policy
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.files.whole_files import own_folder
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId

EPILOG: Final = (
    "Example: firmware-sim audit run --target memory --story my-story.yaml --inventory estate.csv "
    "--out audits/before. Exit codes: 0 every cell is right; 1 a cell is not, or is unreachable; "
    "3 no device answered, or the bench failed; 4 usage."
)

_LISTED: Final = 50
_STYLES: Final = {Sort.RIGHT: "green", Sort.UNREACHABLE: "yellow"}


def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    inventory: Annotated[
        Path, typer.Option(metavar="FILE", help="CSV, JSON or YAML: what is believed.")
    ],
    target: Annotated[
        str, typer.Option(help="memory | native | mqtt | mqtt://HOST | board:NAME")
    ] = "memory",
    story: Annotated[
        str | None,
        typer.Option(help="The drill whose estate is audited, as it is before its first step."),
    ] = None,
    premises: Annotated[
        int | None, typer.Option(min=1, help="How many homes, if the story does not say it.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="As of the drill.")] = 1,
    pki: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Of devices that others serve at a broker."),
    ] = None,
    keystore: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="As --pki: the key store of who asks, and of devices."),
    ] = None,
    columns: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What the columns of the CSV are (YAML).")
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the story that mends what is found (YAML)."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for audit.json.")] = None,
    wait: Annotated[
        float, typer.Option(min=0.1, max=600, help="Seconds for each answer over a link.")
    ] = 5.0,
    policy: PolicyFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Read every cell by CS02a, and compare it with an inventory."""
    chosen = load_policy(policy)
    mapped = None if columns is None else read_columns(columns)
    file = EstateFile(inventory, mapped)
    request = EstateRequest(target, story, premises, seed, pki, chosen, wait, keystore)
    estate = estate_of_request(request)
    planned = None if plan is None else planned_estate(estate, plan)
    number = file.check(estate.check)
    print_policy(chosen, stderr)
    if out is not None:
        if (out / FILE_NAME).exists():
            raise UsageError(f"{out} holds an audit already", "choose another --out")
        out.parent.mkdir(parents=True, exist_ok=True)
        own_folder(out)
    unlisted = estate.unlisted(file)
    result = asyncio.run(_audited(estate, file, number))
    result.skipped, result.unlisted = file.skipped, unlisted
    taken = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    document = result.as_json(taken=taken, target=target, inventory=inventory.name)
    written = None if out is None else write_result(document, out)
    if as_json:
        print_json(document)
    console = human(json_wanted=as_json)
    if story is not None:
        console.print(f"The estate of {story}, before its first step:", style="dim", markup=False)
    tell(result, console)
    if written is not None:
        console.print(f"Result: {written}", highlight=False, soft_wrap=True)
    if planned is not None and plan is not None and story is not None:
        made = write_plan(plan, story, planned, file, result, chosen)
        tell_plan(made, plan, console)
    raise typer.Exit(result.exit_code)


async def _audited(
    estate: DrillEstate | ServedElsewhere, file: EstateFile, number: int
) -> AuditResult:
    entries = (row.entry for row in file.rows(estate.check))
    with shown("Audit", at_once=False) as progress:
        async with estate.opened(file) as audit:
            return await run_audit(audit, entries, number, progress)


def tell(result: AuditResult, console: Console) -> None:
    """The summary, what is not right, and one last sentence."""
    console.print(_summary(result), highlight=False)
    _tell_findings(result, console)
    silent = result.devices - result.answered
    wrong = len(result.findings)
    words = Text(f"{result.answered:,} of {result.devices:,} devices answered. ")
    if not result.answered:
        words.append("Nothing is known of any cell.", "bold yellow")
    elif not wrong:
        words.append("Every cell is as the inventory says.", "bold green")
    else:
        words.append(f"Not shown to be right: {count(wrong, 'cell')}.", "bold red")
    if silent and result.answered:
        words.append(f" Nothing is known of {count(silent, 'unreachable device')}.", "yellow")
    for each in not_asked_words(result.skipped, result.unlisted):
        words.append(f" {each}", "yellow")
    console.print(words, soft_wrap=True)


def _summary(result: AuditResult) -> Table:
    sorts = [sort for sort in Sort if result.by_sort[sort] or sort is Sort.RIGHT]
    table = Table("Type", box=None, pad_edge=False, header_style="dim")
    longest = max((len(str(cell)) for _, cell, _ in result.counts), default=0)
    table.add_column("Cell", min_width=longest)  # DS and KA at its end tell cells apart
    for sort in sorts:
        table.add_column(sort.value.capitalize(), justify="right", style=_STYLES.get(sort, "red"))
    rows: dict[tuple[DeviceType, TrustAnchorCellId], Counter[Sort]] = {}
    for (kind, cell, sort), number in result.counts.items():
        rows.setdefault((kind, cell), Counter())[sort] += number
    for kind, cell in sorted(rows, key=lambda each: (each[0].name, each[1].role, str(each[1]))):
        counts = rows[kind, cell]
        numbers = (f"{counts[sort]:,}" if counts[sort] else "" for sort in sorts)
        table.add_row(kind.name, str(cell), *numbers)
    return table


def _tell_findings(result: AuditResult, console: Console) -> None:
    lines = [
        f"{each.device_type.name} {each.device} {each.cell}: {each.sort.value}: "
        f"{each.found}, not {words_of(each.believed)}"
        for each in result.findings
        if each.sort is not Sort.UNREACHABLE
    ]
    lines += [f"{entity}: unreachable: {why}" for entity, why in result.unreached.items()]
    for line in lines[:_LISTED]:
        console.print(Text(line), soft_wrap=True)
    if len(lines) > _LISTED:
        rest = len(lines) - _LISTED
        console.print(f"… and {rest:,} more: see --out or --json", highlight=False, soft_wrap=True)
