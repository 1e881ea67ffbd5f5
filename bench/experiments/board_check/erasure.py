"""Whether an erased flash reads as the board says: else the store takes unused octets for used."""

from contextlib import suppress
from typing import Final

from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.experiments.board_check.checked_device import CheckedDevice
from firmware_sim.bench.experiments.board_check.one_check import NEEDED
from firmware_sim.bench.outcome import Verdict
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_protocol import Capability

_MOST_OCTETS: Final = 64 * 1024  # six seconds on a serial line


def erases(board: Board) -> tuple[Verdict, str]:
    """Write a device, erase it, and read the flash: every octet must be `erased_value`."""
    device = BoardDevice(board)
    missing = [
        str(each.name)
        for each in (Capability.ERASE, Capability.READ)
        if each not in board.boot.capabilities
    ]
    if missing:
        return Verdict.SKIPPED, f"the board has no {' and no '.join(missing)}"
    if NEEDED not in device.abilities:
        return Verdict.SKIPPED, "the board cannot be provisioned, so nothing of it is erased"
    # Else an erasure that does nothing would pass on a new board. Whether the flash keeps what is
    # written then is another check's question.
    with suppress(DeviceFaultError):
        CheckedDevice(device)
    boot = board.erase()
    read = board.read_flash(0, min(boot.flash_octets, _MOST_OCTETS))
    wrong = next((at for at, octet in enumerate(read) if octet != boot.erased_value), None)
    if wrong is None:
        return Verdict.PASSED, f"{len(read):,} octets read {boot.erased_value:#04x} after it"
    return Verdict.FAILED, (
        f"octet {wrong:,} of the erased flash reads {read[wrong]:#04x}, and erased_value is "
        f"{boot.erased_value:#04x}: the wrong value in [flash], or a block that was not erased"
    )
