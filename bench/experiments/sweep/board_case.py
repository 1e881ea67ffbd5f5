"""One command that is cut on a board: what it holds before and after, and what a cut shows."""

from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.blueprint import Blueprint, blueprint_of, records_of
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.sweep.case import Room
from firmware_sim.bench.experiments.sweep.device_cuts import without_boots
from firmware_sim.bench.experiments.sweep.filling import fill
from firmware_sim.bench.experiments.sweep.operation import Operation, TriggerKind
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.devices.device import Device
from firmware_sim.devices.links.board import CUT_AFTER, CUT_BEFORE
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.records import RecordKey
from firmware_sim.machine.store import Store, StoreError
from firmware_sim.machine.store.store import open_image

OPERATION = "esme/update/rootBySupplier"
"""A Root replacement: the one that must never be half done."""

OWN_CUT = 1
"""The operation at which the request CUT is tried: the second one of the command."""

OWN_FLAVOURS = {"before": CUT_BEFORE, "after": CUT_AFTER}
"""How it is tried: each is the business of another function of link/cut.h."""

NOTHING_CUT = "CUT is announced, but nothing was cut: the command was answered"
"""What is wrong with a board whose flash functions do not call those of link/cut.h."""

NEVER_DONE = (
    "no cut left the command done, not even one after its last operation: what was kept is not "
    "read back, so compare [flash] of board.toml with the driver (board test shows more)"
)
"""What is wrong where every cut seems to leave all as it was."""

State = dict[RecordKey, bytes]


class BoardCutFailure(NamedTuple):
    """A cut after which the board is not as it must be."""

    cut: str
    text: str


@dataclass(slots=True)
class BoardCutResult:
    """What the cuts of one operation showed.

    Attributes:
        steps: flash operations of the command.
        before, after: how many cuts left all as it was, and all done.
    """

    operation: str
    emulator: str
    steps: int = 0
    cuts: int = 0
    before: int = 0
    after: int = 0
    faults: list[BoardCutFailure] = field(default_factory=list)

    def check_done(self) -> None:
        """Add a failure if no cut left all done: one of them comes after the last operation."""
        if self.after == 0:
            self.faults.append(BoardCutFailure("all", NEVER_DONE))


class BoardCase:
    """A device and the command that is cut, with what it holds before and after.

    Args:
        room: whether the journal has room for the command, or must be compacted for it.

    Attributes:
        crowded: the flash to start from, if the journal is full; None to provision a new one.
    """

    def __init__(self, name: str, room: Room = Room.ROOMY) -> None:
        operation = operations().get(name)
        if operation is None:
            raise UsageError(f"there is no operation {name!r}", "see: firmware-sim sweep list")
        if operation.policy != Policy():
            raise UsageError(f"{name} is of another policy than a board's", "choose another")
        parties = AllParties()
        device = parties.device(
            parties.flash(operation.device_type, operation.policy), operation.policy
        )
        trigger = operation.arrange(parties, device)
        if trigger.kind is not TriggerKind.RECEIVE:
            raise UsageError(f"{name} is not brought about by a message", "choose another")
        self.crowded = _crowded(operation, device) if room is Room.FULL else None
        if self.crowded is not None:
            flash = NorFlash.load(self.crowded, device.flash.geometry)
            device = parties.device(flash, operation.policy)
        self.octets = trigger.octets
        self.time = parties.clock.now()
        self.image = device.image()
        self.geometry = device.flash.geometry
        self.blueprint: Blueprint = blueprint_of(self.image)
        self.before = state_of(self.image)
        self.messages = device.receive(trigger.octets).messages
        self.after = state_of(device.image())

    def judge(self, result: BoardCutResult, cut: str, image: bytes) -> None:
        """Count what a board holds after a cut and a start."""
        result.cuts += 1
        try:
            state = state_of(image)
        except StoreError as error:
            result.faults.append(BoardCutFailure(cut, str(error)))
            return
        if state == self.before:
            result.before += 1
        elif state == self.after:
            result.after += 1
        else:
            result.faults.append(BoardCutFailure(cut, "a mixture: neither as before nor as after"))


def no_operations() -> BenchError:
    """What is wrong with a board that seems to keep a command without writing it."""
    return BenchError(
        "no flash operation of the command was seen",
        "the board must program and erase in flash_program_word and flash_erase_block alone, and "
        "these must call the functions of link/cut.h",
    )


def _crowded(operation: Operation, device: Device) -> bytes:
    """What the device holds, in a journal that has no room for the operation."""
    store, flash = Store.open(device.flash), NorFlash(device.flash.geometry)
    state = records_of(store)
    formatted = Store.format(flash, store.superblock, state.items())
    fill(formatted, state, record(operation).transactions[0])
    return flash.image()


def state_of(image: bytes) -> State:
    """What a flash holds, but for the number of starts.

    Raises:
        StoreError: no device starts from it.
    """
    return without_boots(records_of(open_image(image)[1]))
