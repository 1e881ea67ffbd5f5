"""A board that becomes the device that is asked for."""

from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board.device import provision_board
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_protocol import StoreResult


def write_credentials(board: Board, request: DeviceRequest) -> None:
    """Manufacture the device that is asked for, and put its records onto an erased board.

    Raises:
        LinkError: no answer.
        BenchError: the PKI cannot provision such a device.
    """
    with brought_up(request) as running:
        blueprint = blueprint_of(running.device.image())
    provision_board(board, blueprint)


def provision_erased(board: Board, request: DeviceRequest, mend: str) -> None:
    """As `write_credentials`, if the board is erased; else it must be the device already.

    Args:
        mend: what to do about a board that is another.

    Raises:
        UsageError: it holds another device.
    """
    if board.boot.store is StoreResult.NO_AREA:
        write_credentials(board, request)
    elif request.entity not in (None, board.boot.entity):
        raise UsageError(f"the board is {board.boot.entity}", mend)
