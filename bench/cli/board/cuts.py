"""``firmware-sim board cuts``: the power fails at every flash operation of one command."""

from typing import Annotated

import typer

from firmware_sim.bench.cli.board.options import Elf, Json, Name
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json, styled
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.sweep.board_case import OPERATION, BoardCutResult
from firmware_sim.bench.experiments.sweep.board_cuts import TORN_MASKS, cut_in_unicorn
from firmware_sim.bench.experiments.sweep.board_kills import cut_in_qemu
from firmware_sim.bench.experiments.sweep.case import Room
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.ready_made import firmware_for
from firmware_sim.hw.emulators.firmware import Firmware

app = typer.Typer()


@app.command(
    epilog="Example: firmware-sim board cuts mps2-an385 --json; firmware-sim board cuts "
    "mps2-an385 --emulator qemu --sample 8. Exit code 1: after some cut the board held a "
    "mixture, no cut left the command done, or without a cut the board does not keep or answer "
    "what it must. 3: the bench or an emulator failed."
)
def cuts(
    name: Name,
    emulator: Annotated[
        str, typer.Option(help="unicorn: every operation | qemu: killed at a sample of them")
    ] = "unicorn",
    operation: Annotated[
        str, typer.Option(help="A command of `sweep list`.", show_default="a new root")
    ] = OPERATION,
    room: Annotated[
        Room, typer.Option(help="Whether the journal has room for it, or must be compacted.")
    ] = Room.ROOMY,
    sample: Annotated[
        int, typer.Option(min=1, max=500, help="How many kills of QEMU; one more at the end.")
    ] = 6,
    torn: Annotated[bool, typer.Option(help="Tear each word too, in two ways (Unicorn).")] = True,
    elf: Elf = None,
    as_json: Json = False,
) -> None:
    """Cut the power under the firmware: it must hold all of a command afterwards, or nothing."""
    if emulator not in ("unicorn", "qemu"):
        raise UsageError(f"{emulator!r} is no emulator", "use qemu or unicorn")
    if emulator == "qemu" and room is Room.FULL:
        raise UsageError("a full journal is cut in Unicorn only", "leave --emulator out")
    with board_trouble_as_bench_error():
        board = board_named(name)
        file = firmware_for(board, elf)
        firmware = Firmware.read(file)
    with shown(f"{operation} on {board.title}") as progress:
        if emulator == "qemu":
            result = cut_in_qemu(board, file, operation, sample=sample, progress=progress)
        else:
            masks = TORN_MASKS if torn else ()
            result = cut_in_unicorn(
                board, firmware, operation, room=room, masks=masks, progress=progress
            )
    if as_json:
        print_json(_document(result))
    console = human(json_wanted=as_json)
    for fault in result.faults:
        line = styled("[bold red]{cut}[/]: {text}", cut=fault.cut, text=fault.text)
        console.print(line, highlight=False, soft_wrap=True)
    if not result.cuts and result.faults:
        console.print("no power was cut: mend that first", highlight=False)
        raise typer.Exit(ExitCode.DEVICE_FAILED)
    done = (
        f"{result.steps} flash operations, {result.cuts} cuts: {result.before} left all as it was, "
        f"{result.after} all done, "
    )
    line = styled("{done}[bold]{others}[/] anything else", done=done, others=len(result.faults))
    console.print(line, highlight=False, soft_wrap=True)
    raise typer.Exit(ExitCode.DEVICE_FAILED if result.faults else ExitCode.PASSED)


def _document(result: BoardCutResult) -> dict[str, object]:
    return {
        "operation": result.operation,
        "emulator": result.emulator,
        "steps": result.steps,
        "cuts": result.cuts,
        "before": result.before,
        "after": result.after,
        "faults": [fault._asdict() for fault in result.faults],
    }
