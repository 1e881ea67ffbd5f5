"""``firmware-sim twin``: one stream to simulator, engine and board; every octet compared."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Annotated, Final

import typer

from firmware_sim.bench.cli.choices import JUnitFile
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import human, print_json, stdout, styled
from firmware_sim.bench.cli.twin_words import all_of, tell, tell_difference, tell_interrupted
from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.kind import SerialBoard
from firmware_sim.bench.dut.device_under_test import DeviceUnderTest, require
from firmware_sim.bench.dut.native.device import geometry_name
from firmware_sim.bench.dut.opening import named_firmware
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.twin.comparing import NEEDED, compare
from firmware_sim.bench.experiments.twin.documents import write_failure, write_junit
from firmware_sim.bench.experiments.twin.running import TwinResult, as_json, run_twins
from firmware_sim.bench.experiments.twin.token import TwinToken
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_protocol import StoreResult
from firmware_sim.machine.flash.geometry import NRF52840, Geometry

app = typer.Typer(no_args_is_help=True)

_BOARD: Final = "board:mps2-an385"
_TARGET_HELP: Final = (
    "native for the firmware in this computer (native:FLASH on another part), board:NAME for an "
    "emulated board (behind it ?emulator=unicorn if need be), serial:URL for a real one; with "
    "?trace=FILE every frame is kept. Repeatable: all are compared with the simulator. Without "
    "it, the emulated board mps2-an385."
)

Where = Annotated[list[str] | None, typer.Option("--target", help=_TARGET_HELP, show_default=False)]
Erase = Annotated[
    bool, typer.Option("--erase", help="Erase a real board that holds credentials already.")
]


@app.callback()
def _group() -> None:
    """Set the firmware beside the simulator."""


@app.command(
    epilog="Example: firmware-sim twin run --commands 2000 --target native --target "
    "board:mps2-an385 compares three. Exit code 1: two differ, and a token for twin replay says "
    "where; 3: a crash, say, or no engine."
)
def run(
    commands: Annotated[
        int,
        typer.Option(
            min=1, help="At least so many messages to each; a trial is played to its end."
        ),
    ] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same stream on every run.")] = 1,
    target: Where = None,
    erase: Erase = False,
    junit: JUnitFile = None,
    as_document: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> int:
    """Give valid, invalid and hostile commands to all; compare answers and trust stores."""
    targets = target or [_BOARD]
    title = f"The same commands for the simulator and {', '.join(targets)}"
    result = TwinResult(seed)
    with shown(title, stages=False) as progress, _twins(targets, erase=erase) as twins:
        try:
            run_twins(seed, commands, twins, progress, result)
        except KeyboardInterrupt:
            tell_interrupted(result, targets)
            raise
        except DeviceFaultError as error:
            if junit is not None:
                write_failure(targets, str(error), junit)
            stdout.print(
                styled("[bold red]The board failed[/]: {error}", error=error), soft_wrap=True
            )
            return ExitCode.DEVICE_FAILED
        about = _about(twins)
    fresh = partial(_twins, targets, erase=erase)
    result.differences = [found.tried_again(fresh) for found in result.differences]
    if junit is not None:
        write_junit(result, targets, junit)
    if as_document:
        print_json(as_json(result, targets, about))
    tell(result, targets, human(json_wanted=as_document))
    return ExitCode.DEVICE_FAILED if result.differences else ExitCode.PASSED


@app.command(epilog="Example: firmware-sim twin replay '7/3/40#0,4-9' --target board:mps2-an385")
def replay(
    token: Annotated[str, typer.Argument(help="As a run printed it.")],
    target: Where = None,
    erase: Erase = False,
) -> int:
    """Let the trial of one replay token happen again, and say step by step what happens."""
    targets = target or [_BOARD]
    trial = TwinToken.parse(token).trial()
    stdout.print(f"{trial.device_type.name} {trial.entity}", highlight=False)
    with _twins(targets, erase=erase) as twins:
        for number, step in enumerate(trial.steps):
            octets = f" {len(step.octets)} octets" if step.octets else ""
            stdout.print(f"  {number:3} {step.kind}{octets} {step.about}", highlight=False)
        difference = compare(trial, twins)
    if difference is None:
        stdout.print(f"{all_of(targets)} do the same.", style="green")
        return ExitCode.PASSED
    tell_difference(difference, targets, stdout)
    return ExitCode.DEVICE_FAILED


@contextmanager
def _twins(targets: Sequence[str], *, erase: bool) -> Iterator[list[DeviceUnderTest]]:
    """The simulator, and what the targets name, on flash of the same geometry."""
    with ExitStack() as stack:
        stack.enter_context(board_trouble_as_bench_error())
        devices = [stack.enter_context(_twin(target, erase=erase)) for target in targets]
        first = devices[0].geometry
        for target, device in zip(targets, devices, strict=True):
            if device.geometry != first:
                raise UsageError(
                    f"{targets[0]} and {target} have different flash", _same_flash(device, first)
                )
        yield [SimulatedDevice(first), *devices]


def _same_flash(device: DeviceUnderTest, first: Geometry) -> str:
    name = geometry_name(device.geometry if first == NRF52840 else first)
    return f"write native:{name} for native"


@contextmanager
def _twin(target: str, *, erase: bool) -> Iterator[DeviceUnderTest]:
    named = named_firmware(target)
    with named.device() as device:
        mend = "a twin run needs all of hw/PROTOCOL.md; conformance run needs less"
        require(device, NEEDED, mend)
        at_line = device if isinstance(named, SerialBoard) else None
        if isinstance(at_line, BoardDevice) and not erase:
            _check_is_erased(at_line.board)
        yield device
        if isinstance(at_line, BoardDevice):
            at_line.erase()


def _check_is_erased(board: Board) -> None:
    if board.boot.store is not StoreResult.NO_AREA:
        raise BenchError(
            f"the board at {board.port.name} holds credentials, and a twin run erases them",
            "add --erase",
        )


def _about(twins: Sequence[DeviceUnderTest]) -> Mapping[str, str]:
    """What the first board among them says of itself."""
    boots = (twin.board.boot for twin in twins if isinstance(twin, BoardDevice))
    for boot in boots:
        return {"name": boot.board, "firmware": boot.firmware, "build_id": boot.build_id.hex()}
    return {}
