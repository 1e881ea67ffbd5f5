"""``firmware-sim board test``: hardware in the loop, in a minute or two."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.text import Text

from firmware_sim.bench.cli.board.options import Baud, Elf, Emulator, Json
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.dut.board.names import BAUD
from firmware_sim.bench.dut.native.kind import NATIVE
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.board_check.check import (
    ONE_BOARD_STORIES,
    STORIES,
    BoardCheckScope,
    check_board,
)
from firmware_sim.bench.experiments.board_check.one_check import BoardCheck
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.ready_made import firmware_for
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.power import default_emulator

app = typer.Typer()

DEFAULT_BOARD = "mps2-an385"

_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.ERROR: "bold yellow"}


@app.command(
    "test",
    epilog="Example: firmware-sim board test mps2-an385 --json. With --port a real board is "
    "tested: what it holds is erased if a drill wrote it. NAME native is the firmware in this "
    "computer, without a board. Exit codes: 1 the board did wrong, whatever else could not be "
    "checked; 3 the bench or an emulator failed, and no check did.",
)
def check(
    name: Annotated[str, typer.Argument(metavar="NAME")] = DEFAULT_BOARD,
    emulator: Emulator = None,
    elf: Elf = None,
    port: Annotated[
        str | None, typer.Option(metavar="URL", help="A real board's port, in place of emulators.")
    ] = None,
    baud: Baud = BAUD,
    story: Annotated[
        list[str] | None,
        typer.Option(help="Drills to play, repeatable.", show_default=f"{len(STORIES)} of them"),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Say only what did not pass, and how many did.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start a board, try each of its protections, and rehearse the drills on it."""
    if port is not None and emulator is not None:
        raise UsageError("a real board is not emulated", "give --port or --emulator")
    playable = STORIES if port is None else ONE_BOARD_STORIES
    stories = tuple(story or playable)
    if name == NATIVE:
        if (port, emulator, elf) != (None, None, None):
            raise UsageError("the engine is no board", "leave out --port, --emulator and --elf")
        order, title = BoardCheckScope(NATIVE, stories=stories), "native engine"
    else:
        order, title = _on_board(name, _Where(emulator, elf, port, baud), stories)
    checks = []
    console = human(json_wanted=as_json)
    with shown(title, stages=False) as progress:
        for done in check_board(order, progress):
            checks.append(done)
            if not quiet or done.verdict is not Verdict.PASSED:
                console.print(_line(done), soft_wrap=True)
    if quiet:
        console.print(_counted(checks), highlight=False)
    outcome = Outcome.of_checks(each.verdict for each in checks)
    if as_json:
        print_json(
            {
                "board": name,
                "target": order.target,
                "outcome": outcome.value,
                "checks": [
                    {**each._asdict(), "seconds": round(each.seconds, 3)} for each in checks
                ],
            }
        )
    raise typer.Exit(outcome.exit_code)


class _Where(NamedTuple):
    emulator: str | None
    elf: Path | None
    port: str | None
    baud: int


def _on_board(name: str, where: _Where, stories: tuple[str, ...]) -> tuple[BoardCheckScope, str]:
    """What to check on a board, and what to call it."""
    emulator, elf, port, baud = where
    with board_trouble_as_bench_error():
        board = board_named(name)
        file = firmware_for(board, elf) if port is None or elf is not None else None
        firmware = None if file is None else Firmware.read(file)
        chosen = emulator or default_emulator(board)
    emulated, real = f"board:{name}?emulator={chosen}&elf={file}", f"serial:{port}?baud={baud}"
    order = BoardCheckScope(emulated if port is None else real, board, firmware, stories)
    return order, f"{board.title}: {chosen if port is None else port}"


def _counted(checks: Sequence[BoardCheck]) -> str:
    counts = Counter(check.verdict.value for check in checks)
    return f"{len(checks)} checks: " + ", ".join(f"{n} {what}" for what, n in counts.items())


def _line(check: BoardCheck) -> Text:
    line = Text(f"{check.verdict.value:>7} ", style=_STYLES.get(check.verdict, ""))
    line.append(f"{check.name}: {check.text}", style="default")
    return line.append(f" ({check.seconds:.1f} s)", style="dim")
