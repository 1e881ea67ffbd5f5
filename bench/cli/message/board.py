"""One command to the board at the end of a line, and what came back in time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_sim.bench.cli.choices import parse_device_type
from firmware_sim.bench.cli.message.exchange import SendResult
from firmware_sim.bench.dut.board.device import BoardDevice, let_clock_run
from firmware_sim.bench.dut.board.names import EmulatedName, SerialName
from firmware_sim.bench.dut.board.opening import opened_board
from firmware_sim.bench.dut.board.provisioning import write_credentials
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest
from firmware_sim.bench.dut.trouble import board_trouble_as_bench_error
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_port import Patience
from firmware_sim.gbcs.message import Message


def exchange_with_board(
    name: EmulatedName | SerialName,
    pki: Path | None,
    octets: bytes,
    command: Message,
    seconds: float,
) -> SendResult:
    """Send a command and wait for its response, at most so many seconds.

    The board's clock is set to this machine's first, and runs from then on.

    Args:
        pki: folder of a drill PKI; an emulated board becomes the command's device of it.

    Raises:
        UsageError: an emulated board, and no PKI.
        BenchError: no board answers there.
    """
    result = SendResult()
    with (
        board_trouble_as_bench_error("see: firmware-sim board info"),
        _open(name, pki, command, seconds) as board,
    ):
        result.online = board.boot.entity == command.target
        let_clock_run(board, RunningClock().now())
        result.capture(octets)
        try:
            effects = BoardDevice(board).receive(octets)
        except DeviceFaultError as error:
            result.refusal = str(error)
            return result
    result.take(effects)
    return result


@contextmanager
def _open(
    name: EmulatedName | SerialName, pki: Path | None, command: Message, seconds: float
) -> Iterator[Board]:
    """The board at the end of the line; or a new one that is the device of the command."""
    if isinstance(name, SerialName):
        with opened_board(name, patience=Patience(answer=seconds, reconnect=0)) as board:
            yield board
        return
    if pki is None:
        raise UsageError(
            "a new board holds no credentials",
            f"give --pki DIR; or keep one: firmware-sim board run {name.name} --flash FILE "
            "--pki DIR, and use --target serial:PORT",
        )
    order = DeviceRequest(parse_device_type(name.device_type or "esme"), command.target, pki=pki)
    with opened_board(name) as board:
        write_credentials(board, order)
        yield board
