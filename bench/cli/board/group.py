"""``firmware-sim board``: firmware on an emulated or a real processor."""

import sys
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.board import (
    bridge,
    build,
    check,
    check_link,
    cuts,
    flash,
    keys,
    new,
    provision,
    run,
)
from firmware_sim.bench.cli.board.options import Baud, Elf, Json, Port, opened
from firmware_sim.bench.cli.board.view import boot_document, boot_table, gives_away
from firmware_sim.bench.cli.output import human, print_json, stderr, stdout, styled
from firmware_sim.bench.dut.board.names import BAUD
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.devices.links.board_protocol import Capability
from firmware_sim.devices.links.ports import usb_ports
from firmware_sim.hw.build.catalogue import boards
from firmware_sim.hw.build.ready_made import where_from
from firmware_sim.hw.emulators.availability import why_not
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.power import default_emulator

app = typer.Typer(no_args_is_help=True)
for verb in (new, keys, build, run, flash, provision, check, check_link, cuts, bridge):
    app.add_typer(verb.app)


@app.callback()
def _group() -> None:
    """Build firmware, run it on an emulated board, look after a real one."""


@app.command("list", epilog="Example: firmware-sim board list --json")
def list_boards(as_json: Json = False) -> None:
    """List the boards, what emulates them here, and the serial ports that are plugged in."""
    with board_trouble_as_bench_error():
        known = boards().values()
    missing = {name: why_not(name) for name in ("qemu", "unicorn")}
    ports = usb_ports()
    if as_json:
        print_json(
            {
                "boards": [
                    {
                        "name": board.name,
                        "title": board.title,
                        "cpu": board.cpu,
                        "flash_octets": board.flash.size,
                        "emulators": list(board.emulators),
                        "emulator": default_emulator(board),
                        "flashable": board.real is not None,
                        "firmware": where_from(board),
                    }
                    for board in known
                ],
                "emulators": {name: reason or "installed" for name, reason in missing.items()},
                "ports": [port._asdict() for port in ports],
            }
        )
        return
    table = Table("Board", "What it is", "Emulated by", box=None, pad_edge=False)
    for board in known:
        runs = [name if not missing[name] else f"({name})" for name in board.emulators]
        table.add_row(Text(board.name, style="bold"), board.title, ", ".join(runs))
    stdout.print(table)
    for board in known:
        line = styled(
            "[dim]firmware of {name}[/] {where}", name=board.name, where=where_from(board)
        )
        stdout.print(line, soft_wrap=True, highlight=False)
    for name, reason in missing.items():
        if reason:
            line = styled("[yellow]{name}[/]: {reason}", name=name, reason=reason)
            stdout.print(line, soft_wrap=True, highlight=False)
    plugged = ", ".join(map(str, ports)) or "none"
    stdout.print(f"USB serial ports: {plugged}", soft_wrap=True, highlight=False)


@app.command(
    epilog="Example: firmware-sim board info --port /dev/ttyACM0 --elf firmware.elf. With --elf, "
    "exit code 1 if the board runs another build."
)
def info(port: Port = None, baud: Baud = BAUD, elf: Elf = None, as_json: Json = False) -> None:
    """Ask a board who it is and how it fares."""
    wanted = None
    if elf is not None:
        with board_trouble_as_bench_error():
            wanted = Firmware.read(elf).build_id
    with opened(port, baud) as board:
        boot = board.boot
        has_statistics = Capability.STATISTICS in boot.capabilities
        statistics = board.statistics() if has_statistics else None
    if as_json:
        counts = None if statistics is None else statistics._asdict()
        print_json(
            {**boot_document(boot), "statistics": counts, "open_to_anyone": gives_away(boot)}
        )
    else:
        human(json_wanted=False).print(boot_table(boot, statistics), highlight=False)
    if given := gives_away(boot):
        stderr.print(
            styled(
                "[yellow]open line[/]: without a password it will {given}. That is for a bench; "
                "board build --closed leaves it out",
                given=", ".join(given),
            ),
            soft_wrap=True,
        )
    if wanted is not None and wanted != boot.build_id:
        line = styled("[bold red]another build[/]: {elf} is {build}", elf=elf, build=wanted.hex())
        stderr.print(line, soft_wrap=True)
        raise typer.Exit(ExitCode.DEVICE_FAILED)


@app.command(epilog="Example: firmware-sim board reset --port /dev/ttyACM0")
def reset(port: Port = None, baud: Baud = BAUD, as_json: Json = False) -> None:
    """Let a board start anew; its clock is invalid then."""
    with opened(port, baud) as board:
        boot = board.reset()
    if as_json:
        print_json(boot_document(boot))
    else:
        stdout.print(boot_table(boot, None), highlight=False)


@app.command(epilog="Example: firmware-sim board erase --port /dev/ttyACM0 --yes")
def erase(
    port: Port = None,
    baud: Baud = BAUD,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: everything is lost.")] = False,
) -> None:
    """Erase the flash image of a board: credentials, keys, counters, log."""
    with opened(port, baud) as board:
        held = board.boot.entity or "no device"
        if not yes and not _agreed(f"Erase {held} at {board.port.name}?"):
            raise UsageError("nothing was erased", "say yes, or give --yes")
        boot = board.erase()
    stdout.print(f"Erased. Store: {boot.store.name.lower().replace('_', ' ')}", highlight=False)


def _agreed(question: str) -> bool:
    return sys.stdin.isatty() and typer.confirm(question, err=True)
