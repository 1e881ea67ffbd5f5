"""``firmware-sim sweep``: cut the power everywhere, and see that nothing is half done."""

import os
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.choices import JUnitFile
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json, stderr, stdout, styled
from firmware_sim.bench.cli.sweep_replay import replay_token
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.campaign.result_log import ResultLog
from firmware_sim.bench.experiments.sweep.case import FlashPart, Room, prepare_case
from firmware_sim.bench.experiments.sweep.documents import as_json, write_junit, write_picture
from firmware_sim.bench.experiments.sweep.effort import SweepEffort, SweepScope
from firmware_sim.bench.experiments.sweep.engines import chosen_engine
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.bench.experiments.sweep.replaying import (
    REPLAY_FORM,
    REPLAY_WORDS,
    check_part,
    no_such,
)
from firmware_sim.bench.experiments.sweep.result import CaseResult, SweepEngine, SweepResult
from firmware_sim.bench.experiments.sweep.running import open_log, run_sweep
from firmware_sim.bench.experiments.sweep.tokens import tokens_of
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.machine.flash.geometry import NAMED

app = typer.Typer(no_args_is_help=True)

Engine = Annotated[
    SweepEngine | None,
    typer.Option(
        metavar="ENGINE",
        help="native: the firmware itself | python: the reference | both. Default: native, if it "
        "is there.",
    ),
]
_PARTS_HELP = f"Flash part, repeatable; default all: {', '.join(NAMED)}."


@app.callback()
def _group() -> None:
    """Cut the power everywhere."""


@app.command(
    epilog="Example: firmware-sim sweep run --operation 'esme/update/*' --part tiny. Exit code 1: "
    "a state that is neither before nor after, or another check failed; each comes with a token "
    "for sweep replay."
)
def run(
    operation: Annotated[
        list[str] | None,
        typer.Option(help="Operations, repeatable; * stands for any text. Default: all."),
    ] = None,
    part: Annotated[list[str] | None, typer.Option(help=_PARTS_HELP)] = None,
    effort: Annotated[
        SweepEffort,
        typer.Option(metavar="EFFORT", help="How much to cut: quick | default | full | pairs"),
    ] = SweepEffort.DEFAULT,
    engine: Engine = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep results here; go on from those that it holds."),
    ] = None,
    junit: JUnitFile = None,
    as_document: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> int:
    """Cut durable operations in every way and compare what comes back with the model."""
    names = _chosen(operation or ["*"])
    scope = SweepScope(
        names, effort.parts(_parts(part or list(NAMED))), effort, _engine(engine, effort)
    )
    log = None if resume is None else open_log(scope, resume)
    try:
        with shown("Power-cut sweep") as progress:
            result = run_sweep(scope, workers, progress, log)
    except KeyboardInterrupt:
        if log is not None:
            _tell_remaining(log, names)
        raise
    if junit is not None:
        write_junit(result, junit)
    if as_document:
        print_json(as_json(result))
    _tell(result, json_wanted=as_document)
    if not result.counts["cuts"]:
        return ExitCode.NOTHING_RAN
    return ExitCode.DEVICE_FAILED if result.counts["faults"] else ExitCode.PASSED


@app.command(
    epilog="Example: firmware-sim sweep replay 'esme/boot@tiny:4:ff:full#3:prefix:1c'. A token: "
    f"{REPLAY_FORM}. {REPLAY_WORDS} All tokens of an operation: firmware-sim sweep list --tokens "
    "esme/boot@tiny"
)
def replay(
    token: Annotated[str, typer.Argument(help="As a sweep or sweep list --tokens printed it.")],
    engine: Engine = None,
) -> int:
    """Make the cuts of one replay token again and say what comes back."""
    faults = replay_token(token, stdout, _engine(engine))
    for violation in faults:
        stdout.print(_fault(violation.check, violation.text))
    if not faults:
        stdout.print("All checks pass.", style="green")
    return ExitCode.DEVICE_FAILED if faults else ExitCode.PASSED


@app.command(epilog="Example: firmware-sim sweep picture esme/update/anyByContingency --out a.svg")
def picture(
    operation: Annotated[str, typer.Argument(help="As sweep list names it.")],
    out: Annotated[Path, typer.Option(help="SVG file to write.")],
    part: Annotated[str, typer.Option(help="Flash part.")] = "tiny",
    room: Annotated[Room, typer.Option(help="Whether the journal has room for it.")] = Room.FULL,
) -> None:
    """Draw what an operation does to the flash, and how that wears it."""
    [part] = _parts([part])
    if operation not in operations():
        raise no_such("operation", operation, operations(), "see: sweep list")
    write_picture(prepare_case(record(operations()[operation]), FlashPart.native(part), room), out)


@app.command(
    "list",
    epilog="Example: firmware-sim sweep list --json; firmware-sim sweep list --tokens "
    "esme/boot@tiny",
)
def list_operations(
    tokens: Annotated[
        str | None,
        typer.Option(
            metavar="OPERATION@PART",
            help="Tokens for sweep replay: each flash operation of it, cut before, within and "
            "after.",
        ),
    ] = None,
    as_document: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """List the operations that a sweep cuts, or the replay tokens of one."""
    if tokens is not None:
        _list_tokens(tokens, as_document=as_document)
        return
    if as_document:
        print_json(
            [
                {"operation": name, "codes": [f"{code:04x}" for code in sorted(each.codes)]}
                for name, each in operations().items()
            ]
        )
        return
    table = Table("Operation", "Message codes", box=None, pad_edge=False, header_style="dim")
    for name, each in operations().items():
        table.add_row(name, " ".join(f"{code:04X}" for code in sorted(each.codes)))
    stdout.print(table)


def _list_tokens(place: str, *, as_document: bool) -> None:
    found = tokens_of(place)
    if as_document:
        print_json([{"token": str(token), "what": what} for token, what in found])
        return
    for token, what in found:
        stdout.print(Text(f"{token}  {what}"), soft_wrap=True)


def _tell_remaining(log: ResultLog[list[CaseResult]], names: Sequence[str]) -> None:
    left = sum(name not in log.results for name in names)
    text = f"{left} of {len(names)} operations remain; the same command goes on with them"
    stderr.print(text, highlight=False, soft_wrap=True)


def _engine(wanted: SweepEngine | None, effort: SweepEffort | None = None) -> SweepEngine:
    engine, why = chosen_engine(wanted)
    if effort is SweepEffort.PAIRS and engine is not SweepEngine.NATIVE:
        problem = f"every pair of cuts would take the {engine} engine days"
        raise UsageError(problem if wanted else f"{problem}; {why}", "use --engine native")
    if why:
        stderr.print(why, highlight=False, soft_wrap=True)
    return engine


def _chosen(patterns: Sequence[str]) -> tuple[str, ...]:
    chosen = dict.fromkeys(
        name for pattern in patterns for name in operations() if fnmatch(name, pattern)
    )
    if not chosen:
        raise UsageError(f"no operation is like {' or '.join(patterns)}", "see: sweep list")
    return tuple(chosen)


def _parts(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        check_part(name)
    return names


def _tell(result: SweepResult, *, json_wanted: bool) -> None:
    console, counts = human(json_wanted=json_wanted), result.counts
    for failure in result.failures:
        console.print(_fault(failure.check, failure.text), highlight=False)
        console.print(
            f"  firmware-sim sweep replay '{failure.token}' --engine {failure.engine}",
            markup=False,
            soft_wrap=True,
        )
    done = (
        f"{counts['operations']} operations, {counts['cuts']:,} cuts, "
        f"{counts['states']:,} distinct states, {counts['second_cuts']:,} second cuts, "
        f"{counts['device_cuts'] + counts['word_cuts']:,} under whole devices, "
        f"{counts['flips']:,} flipped bits: "
    )
    line = styled(
        "{done}[bold]{mixtures} mixtures[/], {faults} faults",
        done=done,
        mixtures=counts["mixtures"],
        faults=counts["faults"],
    )
    console.print(line, highlight=False, soft_wrap=True)


def _fault(check: object, text: str) -> Text:
    return styled("[bold red]{check}[/]: {text}", check=check, text=text)
