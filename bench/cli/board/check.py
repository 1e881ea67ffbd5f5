"""``firmware-sim board test``: hardware in the loop, in half a minute."""

from typing import Annotated

import typer
from rich.text import Text

from firmware_sim.bench.cli.board.options import Baud, Elf, Emulator, Json
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.dut.board.names import BAUD
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.board_check.check import (
    ONE_BOARD_STORIES,
    STORIES,
    BoardCheck,
    BoardCheckScope,
    check_board,
)
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
    "tested: what it holds is erased if a drill wrote it. Exit codes: 1 the board did wrong, 3 the "
    "bench or an emulator failed.",
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
        list[str] | None, typer.Option(help="Drills to play.", show_default=", ".join(STORIES))
    ] = None,
    as_json: Json = False,
) -> None:
    """Start a board, try each of its protections, and rehearse the drills on it."""
    if port is not None and emulator is not None:
        raise UsageError("a real board is not emulated", "give --port or --emulator")
    with board_trouble_as_bench_error():
        board = board_named(name)
        file = firmware_for(board, elf) if port is None or elf is not None else None
        firmware = None if file is None else Firmware.read(file)
        chosen = emulator or default_emulator(board)
    emulated, real = f"board:{name}?emulator={chosen}&elf={file}", f"serial:{port}?baud={baud}"
    target = emulated if port is None else real
    playable = STORIES if port is None else ONE_BOARD_STORIES
    order = BoardCheckScope(target, board, firmware, tuple(story or playable))
    checks = []
    console = human(json_wanted=as_json)
    with shown(f"{board.title}: {chosen if port is None else port}") as progress:
        for done in check_board(order, progress):
            checks.append(done)
            console.print(_line(done), soft_wrap=True)
    outcome = Outcome.of(each.verdict for each in checks)
    if as_json:
        print_json(
            {
                "board": name,
                "target": target,
                "outcome": outcome.value,
                "checks": [
                    {**each._asdict(), "seconds": round(each.seconds, 3)} for each in checks
                ],
            }
        )
    raise typer.Exit(outcome.exit_code)


def _line(check: BoardCheck) -> Text:
    line = Text(f"{check.verdict.value:>7} ", style=_STYLES.get(check.verdict, ""))
    line.append(f"{check.name}: {check.text}", style="default")
    return line.append(f" ({check.seconds:.1f} s)", style="dim")
