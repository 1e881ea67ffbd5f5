"""A board that becomes the device that is asked for."""

from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.board.device import provision_board
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.errors import UsageError
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_protocol import BootRecord, StoreResult
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType


def write_credentials(board: Board, request: DeviceRequest) -> None:
    """Manufacture the device that is asked for, and put its records onto an erased board.

    Raises:
        LinkError: no answer.
        BenchError: the PKI cannot provision such a device.
    """
    with brought_up(request) as running:
        blueprint = blueprint_of(running.device.image())
    provision_board(board, blueprint)


def provision_erased(
    board: Board, request: DeviceRequest, device_type: DeviceType | None, mend: str
) -> None:
    """As `write_credentials`, if the board is erased; else it must be the device already.

    Args:
        device_type: what the board must be; None for any, where nobody said a type.
        mend: what to do about a board that is another.

    Raises:
        UsageError: it holds another device.
    """
    if board.boot.store is StoreResult.NO_AREA:
        write_credentials(board, request)
    else:
        check_is(board.boot, device_type, request.entity, mend)


def check_is(
    boot: BootRecord, device_type: DeviceType | None, entity: EntityId | None, mend: str
) -> None:
    """Refuse a board that holds another device than the one that is asked for.

    Args:
        device_type: None for any.
        entity: None for any.
        mend: what to do about a board that is another.

    Raises:
        UsageError: it does.
    """
    if entity not in (None, boot.entity):
        raise UsageError(f"the board is {boot.entity}", mend)
    if None not in (device_type, boot.device_type) and device_type != boot.device_type:
        held = {kind.value: kind.name for kind in DeviceType}.get(boot.device_type or 0)
        raise UsageError(f"the board is {held or boot.device_type} {boot.entity}", mend)
