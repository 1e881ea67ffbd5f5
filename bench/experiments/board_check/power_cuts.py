"""Whether a board that announces CUT cuts: without that, no check with a cut shows anything."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.experiments.board_check.checked_device import CheckedDevice, replacement
from firmware_sim.bench.experiments.board_check.one_check import NEEDED
from firmware_sim.bench.outcome import Verdict
from firmware_sim.devices.links.board import CUT_AFTER, CUT_BEFORE, CUT_TORN, Board
from firmware_sim.devices.links.board_errors import BoardResetError
from firmware_sim.devices.links.board_protocol import Capability

_OPERATION: Final = 1
"""The second one: an update programs many words, an erasure many blocks."""

_TORN_MASK: Final = 0x0000FFFF
_FLAVOURS: Final = {"before": CUT_BEFORE, "after": CUT_AFTER, "torn": CUT_TORN}

NOTHING_CUT: Final = "CUT is announced, but nothing was cut"
"""What is wrong where the flash functions of board.c do not call those of link/cut.h."""


def cuts_power(board: Board) -> tuple[Verdict, str]:
    """Arm a cut in an update, and in an erasure, in each way: a BOOT must come, and no answer."""
    device = BoardDevice(board)
    if Capability.CUT not in board.boot.capabilities:
        return Verdict.SKIPPED, "the board has no CUT"
    if NEEDED not in device.abilities:
        return Verdict.SKIPPED, "the board cannot be provisioned, so nothing is known to write"
    wrong = list(_not_cut(board, device))
    board.erase()  # whatever a cut erasure has left
    if wrong:
        return Verdict.FAILED, f"{NOTHING_CUT}: {', '.join(wrong)} came to its answer"
    return Verdict.PASSED, "an armed cut starts it anew, in an update and in an erasure"


def _not_cut(board: Board, device: BoardDevice) -> Iterator[str]:
    """What was answered in spite of a cut that fell due in it."""
    checked = CheckedDevice(device)
    for name, flavour in _FLAVOURS.items():
        board.cut(_OPERATION, flavour, _TORN_MASK)
        if not _starts_anew(partial(_update, checked)):
            yield f"an update with a cut {name} operation {_OPERATION}"
        checked.reset()
    for name, flavour in _FLAVOURS.items():
        board.cut(_OPERATION, flavour, _TORN_MASK)
        if not _starts_anew(board.erase):
            yield f"an erasure with a cut {name} operation {_OPERATION}"


def _update(device: CheckedDevice) -> None:
    commanding = device.commanding
    device.send(device.update(commanding.steady_mode, (replacement(commanding.steady),)))


def _starts_anew(request: Callable[[], object]) -> bool:
    try:
        request()
    except BoardResetError:
        return True
    return False
