"""Whether a device answers only for what a loss of power can no longer undo."""

from collections.abc import Callable, Iterator

from firmware_sim.bench.experiments.board_check.checked_device import (
    CheckedDevice,
    identifiers,
    response_in,
)
from firmware_sim.devices.links.board_errors import BoardResetError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import TrustAnchorCellId
from firmware_sim.hw.engine.errors import PowerLostError
from firmware_sim.machine.machine import Effects


def commit(
    device: CheckedDevice, cell: TrustAnchorCellId, update: Callable[[], Message]
) -> Iterator[str]:
    """Update a cell, and take the power away at the first write to flash, then after the answer.

    Args:
        update: makes the command, with a new counter.
    """
    if device.cut is not None:
        device.cut(0)
        answered = _is_answered(device, update())
        device.reset()
        if answered and not _is_done(device, cell):
            yield "it answered an update that a loss of power undid"
    answered = _is_answered(device, update())
    device.reset()
    if not (answered and _is_done(device, cell)):
        yield "an update is not there any more when the power comes back"


def _is_answered(device: CheckedDevice, command: Message) -> bool:
    try:
        effects = device.send(command)
    except (BoardResetError, PowerLostError):
        effects = Effects()
    return response_in(effects) is not None


def _is_done(device: CheckedDevice, cell: TrustAnchorCellId) -> bool:
    return device.held().cells[cell] == identifiers(cell)
