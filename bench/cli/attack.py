"""``firmware-sim attack``: what can an attacker change with a stolen key, or on the link?"""

import os
from collections.abc import Collection, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from firmware_sim.bench.cli.choices import JUnitFile
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json, stdout, styled
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.attack.documents import (
    as_json,
    departures,
    read_powers,
    write_junit,
)
from firmware_sim.bench.experiments.attack.link.actions import LinkToken
from firmware_sim.bench.experiments.attack.link.running import LinkResult, run_link
from firmware_sim.bench.experiments.attack.link.trial import LinkTrial
from firmware_sim.bench.experiments.attack.observing import BALANCE
from firmware_sim.bench.experiments.attack.powers import Powers
from firmware_sim.bench.experiments.attack.running import Exploration, run_exploration
from firmware_sim.bench.experiments.attack.setup import TARGETS
from firmware_sim.bench.experiments.attack.stolen_keys import STOLEN_KEYS
from firmware_sim.bench.experiments.attack.updates import Effort
from firmware_sim.bench.outcome import ExitCode

app = typer.Typer(no_args_is_help=True)

_RUNS = {Effort.QUICK: 4, Effort.DEFAULT: 40, Effort.FULL: 400}

_Targets = Annotated[
    list[str] | None,
    typer.Option("--target", help="Kinds of device, repeatable; * stands for any text."),
]


@app.callback()
def _group() -> None:
    """Attack devices with stolen keys, and with none."""


@app.command(
    epilog="Example: firmware-sim attack explore --target CHF --key 'recovery*' --effort quick. "
    "Exit code 1: the attacker on the link broke a rule, or an attacker can do other things than "
    "--against says."
)
def explore(  # noqa: PLR0913, PLR0917 - one parameter an option
    target: _Targets = None,
    key: Annotated[
        list[str] | None, typer.Option(help="Attackers, repeatable; * stands for any text.")
    ] = None,
    effort: Annotated[
        Effort, typer.Option(metavar="EFFORT", help="How much to try: quick | default | full")
    ] = Effort.DEFAULT,
    seed: Annotated[int, typer.Option(min=0, help="Of the attacker on the link.")] = 0,
    runs: Annotated[
        int | None,
        typer.Option(min=0, help="On the link, before each kind of device; default by effort."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Compare with what --json wrote earlier.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    junit: JUnitFile = None,
    as_document: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> int:
    """Try everything that each stolen key may be good for, then everything without a key."""
    targets = _chosen(target, TARGETS, "target")
    loots = _chosen(key, STOLEN_KEYS, "attacker")
    written = None if against is None else read_powers(against)
    with shown("Attacks with stolen keys, and with none") as progress:
        found = run_exploration(targets, loots, effort, workers, progress)
        number = _RUNS[effort] if runs is None else runs
        link = run_link(targets, number, seed, workers, progress)
    departed = [] if written is None else departures(found, written)
    if junit is not None:
        write_junit(found, link, departed, junit)
    if as_document:
        print_json(as_json(found, link))
    _tell(human(json_wanted=as_document), found, link, departed)
    return ExitCode.DEVICE_FAILED if departed or link.failures else ExitCode.PASSED


@app.command(epilog="Example: firmware-sim attack replay 'ESME#s65-64.d1-1.d1-1'")
def replay(token: Annotated[str, typer.Argument(help="As attack explore printed it.")]) -> int:
    """Let the attacker on the link do the same again and say what comes of it."""
    trial = LinkTrial(LinkToken.parse(token))
    text = trial.run()
    for name, number in trial.counts.items():
        stdout.print(f"{name.replace('_', ' ')}: {number}", highlight=False)
    if text:
        stdout.print(styled("[bold red]{text}[/]", text=text))
        return ExitCode.DEVICE_FAILED
    stdout.print("Every rule held.", style="green")
    return ExitCode.PASSED


@app.command("list", epilog="Example: firmware-sim attack list --json")
def list_attackers(
    as_document: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """List the attackers and the kinds of device."""
    if as_document:
        print_json({"targets": list(TARGETS), "keys": list(STOLEN_KEYS)})
        return
    table = Table("Key held", box=None, pad_edge=False, header_style="dim")
    for name in STOLEN_KEYS:
        table.add_row(name)
    stdout.print(table)
    stdout.print(f"Kinds of device: {', '.join(TARGETS)}", highlight=False)


def _chosen(patterns: Sequence[str] | None, names: Collection[str], what: str) -> list[str]:
    wanted = patterns or ["*"]
    found = [name for name in names if any(fnmatch(name, each) for each in wanted)]
    if not found:
        raise UsageError(f"no {what} is like {' or '.join(wanted)}", "see: attack list")
    return found


def _tell(console: Console, found: Exploration, link: LinkResult, departed: list[str]) -> None:
    table = Table("Device", "Key held", "Changes", box=None, pad_edge=False, header_style="dim")
    for target, stolen, powers in found.explored:
        if powers.changes:
            table.add_row(target, stolen, _summary(powers))
    console.print(table)
    for line in (*departed, *map(str, link.failures)):
        console.print(line, style="bold red", markup=False, soft_wrap=True)
    counts, others = found.counts, link.counts
    done = (
        f"{counts['attempts']:,} attempts by {counts['attackers']} attackers before "
        f"{counts['targets']} kinds of device: {counts['changes']:,} changed something. Without a "
        f"key: {others['runs']:,} runs, {others['deliveries']:,} deliveries, "
        f"{others['altered']:,} altered, "
    )
    summary = styled("{done}[bold]{faults} faults[/]", done=done, faults=len(link.failures))
    console.print(summary, highlight=False, soft_wrap=True)


def _summary(powers: Powers) -> str:
    cells = len(powers.replaced)
    later = len(powers.reached.keys() - powers.replaced.keys() - {BALANCE})
    words = [f"{cells} cells" if cells else "", f"{later} more later" if later else ""]
    words.append("counters back" if powers.lowered else "")
    words.append("" if cells or later else "counters only")
    words.append("tops up for nothing" if powers.credited else "")
    return ", ".join(filter(None, words))
