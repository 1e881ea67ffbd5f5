"""``firmware-sim board build``: the firmware of a board as a file, compiled or ready-made."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from firmware_sim.bench.cli.board.options import Json, Name
from firmware_sim.bench.cli.output import print_json, stderr, stdout, styled, tell_replaced
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.files.whole_files import named_in_errors
from firmware_sim.hw.build.budget import budget_of
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.firmware import build as build_firmware
from firmware_sim.hw.build.intel_hex import intel_hex
from firmware_sim.hw.build.ready_made import ready_made
from firmware_sim.hw.build.toolchain import cross_toolchain
from firmware_sim.hw.emulators.firmware import Firmware

app = typer.Typer()


@app.command(
    epilog="Example: firmware-sim board build mps2-an385 --out firmware.elf; firmware-sim board "
    "build nrf52840-dk --ready-made --out nrf.elf. Without a compiler, --ready-made gives what the "
    "wheel brings."
)
def build(
    name: Name,
    toolchain: Annotated[
        str | None, typer.Option(help="gcc | zig", show_default="the first that is installed")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Copy the ELF there; Intel HEX if it ends with .hex."),
    ] = None,
    closed: Annotated[
        bool,
        typer.Option(
            "--closed",
            help="Leave out reading the flash, setting the clock, cutting the power and erasing.",
        ),
    ] = False,
    prebuilt: Annotated[
        bool, typer.Option("--ready-made", help="Compile nothing: the file that the wheel brings.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compile the firmware for a board, or give the ready-made one."""
    if prebuilt:
        if closed or toolchain is not None:
            raise UsageError("what is ready-made is not compiled", "leave out the other options")
        elf, facts = _prebuilt(name)
    else:
        elf, facts = _compiled(name, toolchain, closed=closed)
    if out is not None:
        _copy(elf, out)
    path = str(out or elf)
    if as_json:
        told = {key: value for key, value in facts.items() if key != "budget"}
        print_json({"board": told.pop("board"), "elf": path, **told})
        return
    stdout.print(path, soft_wrap=True, highlight=False)
    for heading, key in {"budget": "budget", "build": "build_id", "by": "compiler"}.items():
        if key in facts:
            line = styled("[dim]{heading}[/] {fact}", heading=heading, fact=facts[key])
            stdout.print(line, soft_wrap=True, highlight=False)


def _copy(elf: Path, out: Path) -> None:
    as_hex = out.suffix == ".hex"
    tell_replaced(out)
    octets = intel_hex(Firmware.read(elf).loads).encode() if as_hex else elf.read_bytes()
    with named_in_errors(out):
        out.write_bytes(octets)


def _prebuilt(name: str) -> tuple[Path, dict[str, object]]:
    with board_trouble_as_bench_error():
        board = board_named(name)
        elf = ready_made(board)
        if elf is None:
            raise BenchError(
                f"there is no ready-made firmware of {board.name} here",
                "an installed wheel has it; a clone builds it: leave --ready-made out",
            )
        firmware = Firmware.read(elf)
    return elf, {
        "board": board.name,
        "octets": firmware.octets,
        "build_id": firmware.build_id.hex(),
        "compiler": "ready-made, with the wheel",
    }


def _compiled(name: str, toolchain: str | None, *, closed: bool) -> tuple[Path, dict[str, object]]:
    with board_trouble_as_bench_error():
        board, compiler = board_named(name), cross_toolchain(toolchain)
        with stderr.status(Text(f"Building {name}")):
            elf = build_firmware(board, compiler, closed=closed)
        firmware, budget = Firmware.read(elf), budget_of(elf)
    return elf, {
        "board": board.name,
        "octets": firmware.octets,
        "stack": budget.stack,
        "budget": str(budget),
        "budget_kept": budget.is_kept,
        "build_id": firmware.build_id.hex(),
        "compiler": compiler.version,
        "closed": closed,
    }
