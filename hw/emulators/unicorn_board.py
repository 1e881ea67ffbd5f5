"""A board run by Unicorn, in this process: every flash operation in sight, any state kept.

The same ELF file as on QEMU and on a real board. There are no interrupts: firmware that sleeps
(WFI) has nothing to do until the line brings something or time has passed.
"""

import importlib
import time
from collections.abc import Callable
from enum import Enum
from mmap import mmap
from typing import Any, Final, NamedTuple

from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.emulators.choice import check_emulated
from firmware_sim.hw.emulators.described_flash import check_flash
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.flash_cut import Cut, FlashCall, apply_cut
from firmware_sim.hw.emulators.peripherals import Model, SerialLine, Wiring
from firmware_sim.hw.emulators.unicorn_processor import FirmwareFault as FirmwareFault
from firmware_sim.hw.emulators.unicorn_processor import UnicornProcessor
from firmware_sim.hw.errors import HardwareError

RUN_SECONDS: Final = 30.0


class State(Enum):
    """Why the processor stands still."""

    OFF = "without power"
    ASLEEP = "waiting for something to happen"
    BUSY = "still busy when its time was over"


class Snapshot(NamedTuple):
    """Everything that a board is at one moment."""

    registers: Any
    memories: tuple[bytes, ...]
    flash: bytes
    to_board: bytes
    from_board: bytes


class UnicornBoard:
    """One emulated board, off until `power_on`.

    Args:
        flash: holds the image, and is changed in place; None for an erased one.
        nanoseconds: the board's time; None for one that stands still but for `pass_time`.
        watching: see every block of instructions, for `instructions` and `covered`; one
            instruction is one nanosecond of the board's time then. Seven times slower.

    Attributes:
        line: the serial line.
        cut: the power cut that waits for its operation; None for none.
        operations: flash operations since it was last set to 0.
        trace: takes every flash operation if it is a list.
        before_operation: called before each flash operation is carried out.
        covered: takes (address, octets) of every block of instructions if it is a set.
        instructions: executed, if they are watched.
        resets: system resets that the firmware asked for.

    Raises:
        HardwareError: Unicorn is not installed, has no model of this board, or the firmware has
            another flash than the board.
    """

    def __init__(
        self,
        board: BoardDescription,
        firmware: Firmware,
        flash: bytearray | mmap | None = None,
        *,
        nanoseconds: Callable[[], int] | None = None,
        watching: bool = False,
    ) -> None:
        check_flash(board, firmware)
        self.board = board
        self.firmware = firmware
        self.flash = bytearray(board.flash.erased()) if flash is None else flash
        self.line = SerialLine()
        self.cut: Cut | None = None
        self.operations = self.instructions = self.resets = 0
        self.trace: list[FlashCall] | None = None
        self.before_operation: Callable[[FlashCall], None] | None = None
        self.covered: set[tuple[int, int]] | None = None
        self._clock = nanoseconds
        self._passed = 0
        self._watching = watching
        self._blocks: dict[tuple[int, int], int] = {}
        self._powered = self._resetting = False
        self._processor = self._assembled(_model(board))

    @property
    def powered(self) -> bool:
        """Whether it has power."""
        return self._powered

    @property
    def nanoseconds(self) -> int:
        """The board's time since it was made."""
        if self._watching:
            return self.instructions + self._passed
        return self._passed if self._clock is None else self._clock()

    def pass_time(self, nanoseconds: int) -> None:
        """Put a clock forward that stands still otherwise."""
        self._passed += nanoseconds

    def power_on(self) -> None:
        """Start from the reset vector, as after a power cut; memory holds nothing of before."""
        self.line.to_board.clear()
        self._processor.start(cold=True)
        self._powered, self._resetting = True, False

    def cut_power(self) -> None:
        """Off. The flash stays as it is."""
        self._powered = False

    def run(self, seconds: float = RUN_SECONDS) -> State:
        """Execute until the firmware sleeps, the power is cut, or the time is over.

        Raises:
            FirmwareFault: the processor cannot go on.
        """
        deadline = time.monotonic() + seconds
        while self._powered:
            left = deadline - time.monotonic()
            if left <= 0:
                return State.BUSY
            self._processor.execute(left)
            if self._resetting:
                self._resetting = False
                self.resets += 1
                self._processor.start(cold=False)
            elif self._waits():
                return State.ASLEEP
        return State.OFF

    def exchange(self, octets: bytes, seconds: float = RUN_SECONDS) -> bytes:
        """Give octets to the board, run it, and return what it sent."""
        self.line.to_board += octets
        self.run(seconds)
        return self.line.take()

    def snapshot(self) -> Snapshot:
        """The state of a board that sleeps; peripherals' settings are not part of it."""
        return Snapshot(
            self._processor.registers(),
            tuple(map(bytes, self._processor.ram)),
            bytes(self.flash[:]),
            bytes(self.line.to_board),
            bytes(self.line.from_board),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Be again as at a snapshot of this board."""
        self._processor.set_registers(snapshot.registers)
        for memory, octets in zip(self._processor.ram, snapshot.memories, strict=True):
            memory[:] = octets
        self.flash[:] = snapshot.flash
        self.line.to_board[:] = snapshot.to_board
        self.line.from_board[:] = snapshot.from_board
        self._powered, self._resetting = True, False

    def answer_for(self, function: str, value: int) -> None:
        """From now on a function of the firmware does nothing and returns a value.

        E.g. a self-test that has passed once need not run at every one of a thousand starts.

        Raises:
            HardwareError: the firmware has no such function.
        """
        if function not in self.firmware.symbols:
            raise HardwareError(f"{self.firmware.path} has no function {function!r}")
        processor = self._processor
        processor.on_entry(self.firmware.symbols[function], lambda: processor.return_with(value))

    def _assembled(self, model: Model) -> UnicornProcessor:
        place = self.board.flash
        if len(self.flash) != place.size:
            raise HardwareError(
                f"a flash of {len(self.flash)} octets; {self.board.name} has {place.size}"
            )
        processor = UnicornProcessor(model, self.firmware, self.flash, place)
        wiring = Wiring(self.line, lambda: self.nanoseconds, self._reset, memoryview(self.flash))
        processor.connect(model.peripherals(wiring))
        program, erase = self.firmware.flash_functions()
        processor.on_entry(program, self._on_program)
        processor.on_entry(erase, self._on_erase)
        if self._watching:
            processor.on_block(self._on_block)
        return processor

    def _waits(self) -> bool:
        return self._powered and self._processor.sleeps and not self.line.to_board

    def _reset(self) -> None:
        self._resetting = True
        self._processor.stop()

    def _on_program(self) -> None:
        self._on_operation(FlashCall(*self._processor.arguments()))

    def _on_erase(self) -> None:
        self._on_operation(FlashCall(self._processor.arguments()[0], None))

    def _on_operation(self, operation: FlashCall) -> None:
        number, self.operations = self.operations, self.operations + 1
        if self.trace is not None:
            self.trace.append(operation)
        if self.before_operation is not None:
            self.before_operation(operation)
        if self.cut is not None and self.cut.operation == number:
            apply_cut(self.flash, self.board.flash, operation, self.cut)
            self.cut = None
            self._powered = False
            self._processor.stop()

    def _on_block(self, address: int, octets: int) -> None:
        if self.covered is not None:
            self.covered.add((address, octets))
        count = self._blocks.get((address, octets))
        if count is None:
            count = _instructions(self._processor.read(address, octets))
            self._blocks[address, octets] = count
        self.instructions += count


def _instructions(block: bytes) -> int:
    """How many there are: of 16 bits, or of 32 if the first five say so (Armv7-M, A5.1)."""
    count = at = 0
    while at < len(block):
        at += 4 if block[at + 1] >> 3 in (0b11101, 0b11110, 0b11111) else 2
        count += 1
    return count


def _model(board: BoardDescription) -> Model:
    check_emulated(board, "unicorn")
    model: Model = importlib.import_module(f"firmware_sim.hw.emulators.{board.unicorn}").MODEL
    return model
