"""``firmware-sim twin``: one stream of commands to simulator and board; every octet compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer
from rich.console import Console

from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json, stdout, styled
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.kind import SerialBoard
from firmware_sim.bench.dut.device_under_test import DeviceUnderTest, require
from firmware_sim.bench.dut.opening import named_target
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.dut.simulated.kind import SimulatedDevices
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.twin.comparing import NEEDED, TwinDifference, compare
from firmware_sim.bench.experiments.twin.running import TwinResult, as_json, run_twins
from firmware_sim.bench.experiments.twin.token import TwinToken
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_protocol import StoreResult

app = typer.Typer(no_args_is_help=True)

_TARGET_HELP: Final = (
    "board:NAME for an emulated board (board:NAME?emulator=unicorn), serial:URL for a real one; "
    "with ?trace=FILE every frame is kept."
)

Where = Annotated[str, typer.Option("--target", help=_TARGET_HELP)]
Erase = Annotated[
    bool, typer.Option("--erase", help="Erase a real board that holds credentials already.")
]


@app.callback()
def _group() -> None:
    """Set a board beside the simulator."""


@app.command(
    epilog="Example: firmware-sim twin run --commands 200 --seed 7 --target board:mps2-an385. "
    "Exit code 1: the two differ; a token for twin replay says where."
)
def run(
    commands: Annotated[int, typer.Option(min=1, help="Messages to give to both.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same stream on every run.")] = 1,
    target: Where = "board:mps2-an385",
    erase: Erase = False,
    as_document: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> int:
    """Give valid, invalid and hostile commands to both; compare answers and trust stores."""
    with shown("Twins") as progress, _twins(target, erase=erase) as (one, other):
        try:
            result = run_twins(seed, commands, one, other, progress)
        except DeviceFaultError as error:
            stdout.print(
                styled("[bold red]The board failed[/]: {error}", error=error), soft_wrap=True
            )
            return ExitCode.DEVICE_FAILED
        about = _about(other)
    if as_document:
        print_json(as_json(result, about))
    _tell(result, human(json_wanted=as_document))
    return ExitCode.DEVICE_FAILED if result.differences else ExitCode.PASSED


@app.command(epilog="Example: firmware-sim twin replay '7/3/40#0,4-9' --target board:mps2-an385")
def replay(
    token: Annotated[str, typer.Argument(help="As a run printed it.")],
    target: Where = "board:mps2-an385",
    erase: Erase = False,
) -> int:
    """Let the trial of one replay token happen again, and say step by step what happens."""
    trial = TwinToken.parse(token).trial()
    stdout.print(f"{trial.device_type.name} {trial.entity}", highlight=False)
    with _twins(target, erase=erase) as (one, other):
        for number, step in enumerate(trial.steps):
            octets = f" {len(step.octets)} octets" if step.octets else ""
            stdout.print(f"  {number:3} {step.kind}{octets} {step.about}", highlight=False)
        difference = compare(trial, one, other)
    if difference is None:
        stdout.print("Both do the same.", style="green")
        return ExitCode.PASSED
    _tell_difference(difference, stdout)
    return ExitCode.DEVICE_FAILED


@contextmanager
def _twins(target: str, *, erase: bool) -> Iterator[tuple[SimulatedDevice, DeviceUnderTest]]:
    named = named_target(target)
    if isinstance(named, SimulatedDevices) or not named.is_one_device:
        raise UsageError(f"{target!r} is no board", "use board:NAME or serial:URL")
    with board_trouble_as_bench_error(), named.device() as device:
        mend = "a twin run needs all of hw/PROTOCOL.md; conformance run needs less"
        require(device, NEEDED, mend)
        at_line = device if isinstance(named, SerialBoard) else None
        if isinstance(at_line, BoardDevice) and not erase:
            _check_is_erased(at_line.board)
        yield SimulatedDevice(device.geometry), device
        if isinstance(at_line, BoardDevice):
            at_line.erase()


def _check_is_erased(board: Board) -> None:
    if board.boot.store is not StoreResult.NO_AREA:
        raise BenchError(
            f"the board at {board.port.name} holds credentials, and a twin run erases them",
            "add --erase",
        )


def _about(device: DeviceUnderTest) -> dict[str, str]:
    """What a board says of itself."""
    if not isinstance(device, BoardDevice):
        return {}
    boot = device.board.boot
    return {"name": boot.board, "firmware": boot.firmware, "build_id": boot.build_id.hex()}


def _tell(result: TwinResult, console: Console) -> None:
    for difference, token in result.differences:
        _tell_difference(difference, console)
        console.print(f"  firmware-sim twin replay '{token}'", markup=False, soft_wrap=True)
    refused = sum(result.refusals.values())
    done = (
        f"{result.commands} commands to {result.trials} devices: {result.executed} executed, "
        f"{refused} refused for {len(result.refusals)} reasons, {result.alerts} alerts on time, "
        f"{result.power_cycles} power cycles: "
    )
    line = styled("{done}[bold]{number} differences[/]", done=done, number=len(result.differences))
    console.print(line, highlight=False, soft_wrap=True)


def _tell_difference(difference: TwinDifference, console: Console) -> None:
    step = "at the end" if difference.step is None else f"at step {difference.step}"
    line = styled(
        "[bold red]{what} differs[/] {step} of trial {trial}",
        what=difference.what,
        step=step,
        trial=difference.trial,
    )
    console.print(line)
    for name, text in (("simulator", difference.one), ("board", difference.other)):
        console.print(f"  {name}: {text}", markup=False, highlight=False, soft_wrap=True)
