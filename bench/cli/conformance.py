"""``firmware-sim conformance``: check a folder of reference messages."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from firmware_sim.bench.cli.choices import JUnitFile
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json, stderr
from firmware_sim.bench.cli.policy import PolicyFile, load_policy, print_policy
from firmware_sim.bench.dut.simulated.kind import MEMORY
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.documents import write_junit
from firmware_sim.bench.experiments.conformance.expected import read_expected
from firmware_sim.bench.experiments.conformance.on_device import LIMIT
from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.experiments.conformance.summary import print_summary

_NO_SET: Final = "no reference set is named"
_WHERE: Final = (
    "give its folder, or set GBCS_RTDS to it. The set that this was written against is DCC's "
    "Reference Test Data Set (RTDS), which DCC publishes; it is no part of firmware-sim"
)

_EMPTY: Final = "Give the folder of a reference set, or the one in it that has the messages."

app = typer.Typer(no_args_is_help=True)


def _tell(line: str) -> None:
    stderr.print(Text(line), soft_wrap=True)


def _quiet(_: str) -> None:
    """Simulated devices are done before a line could be read."""


@app.callback()
def _group() -> None:
    """Check a folder of reference messages."""


def _in_an_hour(seconds: float) -> float:
    if not 1 <= seconds <= 3600:
        raise typer.BadParameter(f"{seconds:g} is not in the range 1<=x<=3600.")
    return seconds


@app.command(
    epilog="Example: firmware-sim conformance run reference-set --target native --junit rtds.xml. "
    "Exit code "
    "1: anything is bad or differs; 3: a pair broke off; 5: there was no message."
)
def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            envvar="GBCS_RTDS",
            help="The reference set, or its folder of messages. Required.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str,
        typer.Option(help="Where pairs are replayed: memory | native | board:NAME | serial:URL"),
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
    timeout: Annotated[
        float,
        typer.Option(
            callback=_in_an_hour, metavar="SECONDS", help="For one pair on a board; 1 to 3600."
        ),
    ] = LIMIT,
    junit: JUnitFile = None,
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
    """Parse, verify, encode again and replay every message of a reference set."""
    if folder is None:
        raise UsageError(_NO_SET, _WHERE)
    chosen = load_policy(policy)
    print_policy(chosen, stderr)
    locations, expected = locate(folder, keystore, issuers), read_expected(expected_failures)
    with shown("Reference messages", at_once=False) as progress:
        result = run_conformance(
            locations,
            strict=strict,
            policy=chosen,
            progress=progress,
            target=target,
            expected=expected,
            limit=timeout,
            tell=_quiet if target == MEMORY else _tell,
        )
    print_summary(result, human(json_wanted=as_json))
    if not result.messages.total():
        _tell(f"{locations.messages} holds no message: no file's name ends with .HEX. {_EMPTY}")
    if junit is not None:
        write_junit(result, junit)
    if as_json:
        print_json(result.as_json())
    raise typer.Exit(result.exit_code)
