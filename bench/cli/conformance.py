"""``firmware-sim conformance``: check a folder of reference messages."""

from pathlib import Path
from typing import Annotated, Self

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from firmware_sim.bench.cli.output import human, print_json, stderr
from firmware_sim.bench.cli.policy_file import PolicyFile, load_policy, tell_policy
from firmware_sim.bench.dut.opening import MEMORY
from firmware_sim.bench.experiments.conformance.expected import read_expected
from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.experiments.conformance.summary import print_summary

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Check a folder of reference messages."""


@app.command()
def run(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            envvar="GBCS_RTDS",
            help="The reference set, or its folder of messages.",
            show_default=False,
        ),
    ],
    target: Annotated[
        str, typer.Option(help="Where pairs are replayed: memory | board:NAME | serial:URL")
    ] = MEMORY,
    keystore: Annotated[
        Path | None,
        typer.Option(
            help="Published keys: a reference set's, or DCC Boxed's.",
            show_default="keystore.json in the set",
        ),
    ] = None,
    issuers: Annotated[
        Path | None,
        typer.Option(help="Published issuers.", show_default="issuers.json in the set"),
    ] = None,
    policy: PolicyFile = None,
    expected_failures: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML, pair: reason. An entry that passes fails."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on standard output.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Fail too for what is not DER, could not be checked, or was not executed.",
        ),
    ] = False,
) -> None:
    """Parse, verify, encode again and replay every message of a reference set.

    Exit code 1 if anything is bad or differs, 5 if there was no message.
    """
    chosen = load_policy(policy)
    tell_policy(chosen, stderr)
    locations, expected = locate(folder, keystore, issuers), read_expected(expected_failures)
    with _Bars() as bars:
        result = run_conformance(
            locations,
            strict=strict,
            policy=chosen,
            progress=bars.show,
            target=target,
            expected=expected,
        )
    print_summary(result, human(json_wanted=as_json))
    if as_json:
        print_json(result.as_json())
    raise typer.Exit(result.exit_code)


class _Bars(Progress):
    """One bar for each stage, on standard error, gone when the run ends.

    It starts with the first stage: a run that cannot begin leaves no empty line behind.
    """

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        super().__init__(*columns, console=stderr, transient=True)
        self._stages: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stages:
            self.stop()

    def show(self, stage: str, done: int, total: int) -> None:
        """Report progress of a stage."""
        if not self._stages:
            self.start()
        if stage not in self._stages:
            self._stages[stage] = self.add_task(stage, total=total)
        self.update(self._stages[stage], completed=done)
