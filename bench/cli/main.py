"""The command line ``firmware-sim``: names the verb groups, turns endings into exit codes."""

import logging
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer
from rich.logging import RichHandler
from rich.text import Text

from firmware_sim.bench.cli.later import later
from firmware_sim.bench.cli.output import stderr, styled
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.gbcs.errors import GbcsError

PROGRAM = "firmware-sim"

_TYPER_INTERRUPTED = 130
_DEBUG_VERBOSITY = 2

_verbosity = 0

app = typer.Typer(
    name=PROGRAM,
    help="Device firmware emulator and credential-update simulator for GB smart metering.",
    epilog="Exit codes: 0 passed, 1 a device did wrong, or the run is not as its story declares, 2 "
    "interrupted, 3 the bench itself failed, 4 usage, 5 nothing ran, or devices are outstanding, 6 "
    "the devices did right, but the procedure was not followed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _add(name: str, purpose: str, module: str, verb: str | None = None) -> None:
    app.add_typer(typer.Typer(), name=name, help=purpose, cls=later(module, verb))


_add("live", "Show a run in a browser, while it goes or when it is over.", "live_page", "live")
_add("drill", "Rehearse a story from the recovery procedures.", "drill")
_add("fleet", "Play a story on up to millions of devices.", "fleet.group")
_add("audit", "Compare what devices hold with an inventory.", "audit.group")
_add("evidence", "Sign and verify the record of a run.", "evidence")
_add("image", "Look into flash images.", "image.group")
_add("pki", "Make, show or import the keys of a drill.", "pki")
_add("device", "Run a simulated device that others talk to.", "device")
_add("utrn", "Make, show and check top-up tokens.", "utrn")
_add("message", "Build, sign, send, decode and verify messages.", "message.group")
_add("policy", "What public sources leave open, as choices.", "policy")
_add("conformance", "Check a folder of reference messages.", "conformance")
_add("sweep", "Cut the power everywhere; nothing is half done.", "sweep")
_add("twin", "Set a board beside the simulator, octet for octet.", "twin")
_add("board", "Firmware on an emulated or a real board.", "board.group")
_add("engine", "The firmware in this computer: see it, build it.", "engine")
_add("attack", "See what a stolen key is good for.", "attack")
_add("bench", "Measure what things cost.", "benchmark")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, help="Say more; -vv adds tracebacks.")
    ] = 0,
) -> None:
    global _verbosity  # noqa: PLW0603 - one process, one command line
    _verbosity = verbose
    del show_version
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    handler = RichHandler(console=stderr, show_path=False, log_time_format="[%Y-%m-%d %H:%M:%S]")
    logging.basicConfig(level=level, format="%(message)s", handlers=[handler], force=True)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's own) and return its exit code."""
    global _verbosity  # noqa: PLW0603
    _verbosity = 0
    command = typer.main.get_command(app)
    try:
        result = command.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        return _complain(_usage(error), ExitCode.USAGE)
    except SystemExit:  # rich, over the help's reader that has gone (| head -1)
        result = ExitCode.PASSED
    except (KeyboardInterrupt, typer.Abort):
        result = _TYPER_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: nothing may leave as a traceback
        return _broken(error)
    if result == _TYPER_INTERRUPTED:
        return _complain("interrupted", ExitCode.INTERRUPTED)
    return result if isinstance(result, int) else ExitCode.PASSED


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = PROGRAM if context is None else context.command_path
    # The words of the library that typer reads values with are no words of ours.
    text = error.format_message().rstrip(".").replace(": Value error, ", ": ")
    return f"{text}; see {path} --help" if text else f"see {path} --help"


def _broken(error: Exception) -> int:
    if _verbosity >= _DEBUG_VERBOSITY:
        stderr.print_exception()
    if isinstance(error, BenchError):
        for line in error.told:
            _complain(line, error.exit_code)
        for line in error.details:
            stderr.print(Text(line), soft_wrap=True)
        return error.exit_code
    if isinstance(error, DeviceFaultError):
        text = f"the device failed: {error}; see hw/PROTOCOL.md, and firmware-sim board info"
        return _complain(text, ExitCode.DEVICE_FAILED)
    if isinstance(error, GbcsError):
        return _complain(str(error), ExitCode.BENCH_FAILED)
    if isinstance(error, OSError) and error.filename is not None:
        text = f"{error.filename}: {error.strerror}; check the path and its permissions"
        return _complain(text, ExitCode.BENCH_FAILED)
    text = f"the bench failed: {type(error).__name__}: {error}; -vv shows where"
    return _complain(text, ExitCode.BENCH_FAILED)


def _complain(text: str, code: ExitCode) -> int:
    line = " ".join(text.split())
    stderr.print(
        styled("[bold red]{program}:[/] {line}", program=PROGRAM, line=line),
        highlight=False,
        soft_wrap=True,
    )
    return code
