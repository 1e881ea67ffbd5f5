"""``firmware-sim board check-link``: whether a board speaks the protocol, before it is blamed."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from firmware_sim.bench.cli.board.options import Baud, Json, Port
from firmware_sim.bench.cli.choices import JUnitFile
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.dut.board.names import BAUD, EmulatedName, SerialName, board_target
from firmware_sim.bench.dut.board.opening import opened_line
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.link_check.check import check_link
from firmware_sim.bench.experiments.link_check.documents import (
    as_json,
    details,
    outcome_of,
    write_junit,
)
from firmware_sim.bench.experiments.link_check.finding import LinkFinding
from firmware_sim.bench.outcome import Verdict

app = typer.Typer()

_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.ERROR: "bold yellow"}


@app.command(
    "check-link",
    epilog="Example: firmware-sim board check-link --port socket://127.0.0.1:5333 --junit "
    "link.xml. No message, credential or record is sent; a board that can is started anew, and an "
    "empty one is erased while its power is cut. "
    "Exit codes: 1 the board breaks a rule; 3 it breaks none, and nothing answers, or the line "
    "spoils what does.",
)
def check(
    port: Port = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="TARGET", help="board:NAME or serial:URL, in place of --port."),
    ] = None,
    baud: Baud = BAUD,
    start_within: Annotated[
        float,
        typer.Option(min=0, max=600, metavar="SECONDS", help="Wait for a start by hand (BOOT)."),
    ] = 0,
    junit: JUnitFile = None,
    as_json_: Json = False,
) -> None:
    """Check the link protocol rule by rule, within a minute."""
    name = _named(port, target, baud)
    console, findings = human(json_wanted=as_json_), []
    with board_trouble_as_bench_error("see: firmware-sim board list"), opened_line(name) as line:
        where = line.name
        for finding in check_link(line, start_seconds=start_within):
            findings.append(finding)
            _show(console, finding)
    if junit is not None:
        write_junit(findings, junit)
    if as_json_:
        print_json(as_json(findings, where))
    raise typer.Exit(outcome_of(findings).exit_code)


def _named(port: str | None, target: str | None, baud: int) -> EmulatedName | SerialName:
    if target is None:
        return SerialName(port, baud)
    if port is not None:
        raise UsageError("one line is checked at a time", "give --port or --target")
    name = board_target(target)
    if name is None:
        raise UsageError(f"{target!r} speaks no board protocol", "use board:NAME or serial:URL")
    return name


def _show(console: Console, finding: LinkFinding) -> None:
    line = Text(f"{finding.verdict.value:>7} ", style=_STYLES.get(finding.verdict, ""))
    line.append(f"{finding.name}: {finding.text}", style="default")
    console.print(line.append(f" (section {finding.section})", style="dim"), soft_wrap=True)
    if finding.verdict in (Verdict.FAILED, Verdict.ERROR):
        for words in details(finding):
            console.print(Text(f"        {words}"), soft_wrap=True)
