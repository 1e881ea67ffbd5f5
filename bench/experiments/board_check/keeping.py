"""Whether the flash keeps what it is given: if not, no other check says anything of the firmware.

The board and the simulator become the same device and are given the same commands, until blocks
were erased that had been full. Then both images must be the same, octet for octet.
"""

from collections.abc import Iterator
from typing import Final

from firmware_sim.bench.dut.board.device import BoardDevice
from firmware_sim.bench.dut.board.kept_flash import NOT_KEPT, LostWord, first_lost
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.device_under_test import Ability
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.experiments.board_check.checked_device import CheckedDevice, replacement
from firmware_sim.bench.experiments.board_check.one_check import NEEDED
from firmware_sim.bench.outcome import Verdict
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeclinedError, DeviceFaultError
from firmware_sim.devices.links.board_protocol import Capability
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.machine.flash.trace import OperationKind

_BY_RECOVERY: Final = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
_MOST_COMMANDS: Final = 40
"""Each writes some 340 words: enough for an area of 64 KiB."""

DRIVER: Final = "see flash_program_word, flash_erase_block and [flash] of board.toml"
SKIPPED: Final = f"{NOT_KEPT}: mend that first"


def keeps(board: Board) -> tuple[Verdict, str]:
    """Write a device and update it; every word must read as the simulator's."""
    device = BoardDevice(board)
    if NEEDED not in device.abilities:
        return Verdict.SKIPPED, "the board cannot be provisioned, so nothing is known to write"
    if Capability.READ not in board.boot.capabilities:
        return Verdict.SKIPPED, "the board has no READ"
    simulated = SimulatedDevice(device.geometry, traced=True)
    fault = ""
    try:
        lost = next(filter(None, _losses(device, simulated)), None)
    except (DeclinedError, DeviceFaultError) as error:
        lost, fault = _compared(device, simulated), str(error)
    if lost is None:
        return (Verdict.FAILED, fault) if fault else (Verdict.PASSED, _counted(simulated))
    if lost.is_loss:
        return Verdict.FAILED, "; ".join(filter(None, (str(lost), fault, DRIVER)))
    if fault:
        return Verdict.FAILED, fault
    return Verdict.SKIPPED, (
        f"at {lost.offset:#06x} the firmware programs other than the simulator's, which is no loss "
        "of the flash: see the checks below, and twin run"
    )


def _losses(device: BoardDevice, simulated: SimulatedDevice) -> Iterator[LostWord | None]:
    """Give both the same, and compare their images: of a new device, after an update, at the end.

    Firmware that writes other records than the simulator is told by the update: at the end it may
    look like a loss, for it has come less far.
    """
    checked = CheckedDevice(simulated)
    device.begin(checked.blueprint)
    if Ability.CLOCK in device.abilities:
        device.set_clock(StillClock().now())
    formatted = _erasures(simulated)
    for number, command in enumerate(_commands(checked)):
        if number < 2:
            yield _compared(device, simulated)
        octets = command.build()
        told = simulated.receive(octets).messages
        if device.receive(octets).messages != told or _erasures(simulated) > formatted:
            break
    yield _compared(device, simulated)


def _compared(device: BoardDevice, simulated: SimulatedDevice) -> LostWord | None:
    erased_value = device.geometry.erased_value
    return first_lost(simulated.trace(), simulated.image(), device.image(), erased_value)


def _commands(checked: CheckedDevice) -> Iterator[Message]:
    """Updates of all cells but the one that authorises them, there and back."""
    may_replace = REPLACEMENT_RULES[_BY_RECOVERY].may_replace
    cells = [
        cell
        for cell in sorted(checked.contact.cells, key=str)
        if may_replace(cell) and cell.role not in (RemotePartyRole.RECOVERY, RemotePartyRole.ROOT)
    ]
    for number in range(_MOST_COMMANDS):
        generation = 1 if number % 2 else 2
        replacements = tuple(replacement(cell, generation) for cell in cells)
        yield checked.update(_BY_RECOVERY, replacements)


def _erasures(simulated: SimulatedDevice) -> int:
    return sum(each.kind is OperationKind.ERASE for each in simulated.trace())


def _counted(simulated: SimulatedDevice) -> str:
    erasures = _erasures(simulated)
    words = simulated.flash_operations() - erasures
    return f"{words:,} words programmed and {erasures} blocks erased read as they should"
