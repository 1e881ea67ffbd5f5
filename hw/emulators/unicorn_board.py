"""A board run by Unicorn, in this process: every flash operation in sight, any state kept.

The same ELF file as on QEMU and on a real board. There are no interrupts: firmware that sleeps
(WFI) has nothing to do until the line brings something or time has passed.
"""

import ctypes
import importlib
import time
from collections.abc import Callable
from enum import Enum
from mmap import mmap
from typing import Any, Final, NamedTuple

from hw.catalogue import Board
from hw.emulators.firmware import Firmware
from hw.emulators.flash_cut import Cut, FlashOperation, apply_cut
from hw.emulators.peripherals import (
    FlashController,
    Line,
    Memory,
    Model,
    Peripheral,
    Wiring,
)
from hw.errors import HardwareError

_NEVER: Final = 0xFFFFFFF0
_WFI, _WFE = 0xBF30, 0xBF20
_PAGE: Final = 0x1000
_UNKNOWN_OCTET = 0xA5
"""What memory holds at power-on: nothing that firmware may rely on."""

RUN_SECONDS: Final = 30.0


class State(Enum):
    """Why the processor stands still."""

    OFF = "without power"
    ASLEEP = "waiting for something to happen"
    BUSY = "still busy when its time was over"


class FirmwareFault(HardwareError):
    """The processor met something that it cannot execute: on a real board, a hard fault."""


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
        HardwareError: Unicorn is not installed or has no model of this board.
    """

    def __init__(
        self,
        board: Board,
        firmware: Firmware,
        flash: bytearray | mmap | None = None,
        *,
        nanoseconds: Callable[[], int] | None = None,
        watching: bool = False,
    ) -> None:
        self._unicorn = _unicorn()
        self.board = board
        self.firmware = firmware
        self.flash = bytearray(board.flash.erased()) if flash is None else flash
        self.line = Line()
        self.cut: Cut | None = None
        self.operations = self.instructions = self.resets = 0
        self.trace: list[FlashOperation] | None = None
        self.before_operation: Callable[[FlashOperation], None] | None = None
        self.covered: set[tuple[int, int]] | None = None
        self._clock = nanoseconds
        self._passed = 0
        self._watching = watching
        self._blocks: dict[tuple[int, int], int] = {}
        self._powered = self._resetting = False
        self._failure: BaseException | None = None
        self._model = _model(board)
        self._ram: list[bytearray] = []
        self._views: list[Any] = []
        self._uc = self._processor()

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
        for memory in self._ram:
            memory[:] = bytes((_UNKNOWN_OCTET,)) * len(memory)
        self.line.to_board.clear()
        self._start(cold=True)

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
            self._execute(left)
            if self._resetting:
                self._resetting = False
                self.resets += 1
                self._start(cold=False)
            elif self._sleeps() and not self.line.to_board:
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
            self._uc.context_save(),
            tuple(map(bytes, self._ram)),
            bytes(self.flash[:]),
            bytes(self.line.to_board),
            bytes(self.line.from_board),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Be again as at a snapshot of this board."""
        self._uc.context_restore(snapshot.registers)
        for memory, octets in zip(self._ram, snapshot.memories, strict=True):
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
        start = self.firmware.symbols[function]
        constants = self._unicorn.arm_const

        def skip(uc: Any, *_: Any) -> None:
            uc.reg_write(constants.UC_ARM_REG_R0, value)
            uc.reg_write(constants.UC_ARM_REG_PC, uc.reg_read(constants.UC_ARM_REG_LR))

        self._uc.hook_add(self._unicorn.UC_HOOK_CODE, skip, begin=start, end=start)
        self._uc.ctl_flush_tb()  # what was translated before knows no hook

    def _execute(self, seconds: float) -> None:
        uc, register = self._uc, self._unicorn.arm_const.UC_ARM_REG_PC
        start = uc.reg_read(register)
        try:
            uc.emu_start(start | 1, _NEVER, timeout=max(int(seconds * 1e6), 1))
        except self._unicorn.UcError as error:
            where = self.firmware.where(uc.reg_read(register))
            raise FirmwareFault(f"the firmware cannot go on at {where}: {error}") from error
        finally:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure

    def _sleeps(self) -> bool:
        last = self._uc.reg_read(self._unicorn.arm_const.UC_ARM_REG_PC) - 2
        return int.from_bytes(self._uc.mem_read(last, 2), "little") in (_WFI, _WFE)

    def _start(self, *, cold: bool) -> None:
        for peripheral in self._peripherals:
            peripheral.start(cold=cold)
        uc, constants = self._uc, self._unicorn.arm_const
        vectors = bytes(uc.mem_read(self._model.vectors, 8))
        uc.reg_write(constants.UC_ARM_REG_SP, int.from_bytes(vectors[:4], "little"))
        uc.reg_write(constants.UC_ARM_REG_PC, int.from_bytes(vectors[4:], "little"))
        uc.reg_write(constants.UC_ARM_REG_LR, _NEVER | 0xF)
        self._powered = True

    def _processor(self) -> Any:
        unicorn = self._unicorn
        uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        uc.ctl_set_cpu_model(getattr(unicorn.arm_const, f"UC_CPU_ARM_{self._model.cpu}"))
        for memory in self._model.memories:
            self._map_memory(uc, memory)
        self._map_flash(uc)
        for address, octets in self.firmware.loads:
            uc.mem_write(address, octets)
        wiring = Wiring(self.line, lambda: self.nanoseconds, self._reset, memoryview(self.flash))
        self._peripherals = self._model.peripherals(wiring)
        for peripheral in self._peripherals:
            self._connect(uc, peripheral)
            if isinstance(peripheral, FlashController):
                self._watch_flash(uc, peripheral)
        program, erase = self.firmware.flash_functions()
        uc.hook_add(unicorn.UC_HOOK_CODE, self._on_program, begin=program, end=program)
        uc.hook_add(unicorn.UC_HOOK_CODE, self._on_erase, begin=erase, end=erase)
        if self._watching:
            uc.hook_add(unicorn.UC_HOOK_BLOCK, self._on_block)
        return uc

    def _map_memory(self, uc: Any, memory: Memory) -> None:
        if not memory.writable:
            permissions = self._unicorn.UC_PROT_READ | self._unicorn.UC_PROT_EXEC
            uc.mem_map(memory.address, memory.size, permissions)
            return
        ram = bytearray(memory.size)
        self._ram.append(ram)
        self._share(uc, memory.address, ram)

    def _map_flash(self, uc: Any) -> None:
        flash = self.board.flash
        if len(self.flash) != flash.size:
            raise HardwareError(f"a flash of {len(self.flash)} octets; {self.board.name} has "
                                f"{flash.size}")  # fmt: skip
        self._share(uc, flash.address, self.flash)

    def _share(self, uc: Any, address: int, memory: bytearray | mmap) -> None:
        """The emulator works on our memory itself; the view keeps it in its place."""
        view = (ctypes.c_char * len(memory)).from_buffer(memory)
        self._views.append(view)
        permissions = self._unicorn.UC_PROT_READ | self._unicorn.UC_PROT_WRITE
        uc.mem_map_ptr(address, len(memory), permissions, ctypes.addressof(view))

    def _connect(self, uc: Any, peripheral: Peripheral) -> None:
        def read(_uc: Any, offset: int, _size: int, _data: Any) -> int:
            return self._guarded(peripheral.read, offset) or 0

        def write(_uc: Any, offset: int, _size: int, value: int, _data: Any) -> None:
            self._guarded(peripheral.write, offset, value)

        uc.mmio_map(peripheral.base, peripheral.size, read, None, write, None)

    def _watch_flash(self, uc: Any, controller: FlashController) -> None:
        start, size = self.board.flash.address, self.board.flash.size

        def written(
            _uc: Any, _access: int, address: int, _size: int, value: int, _data: Any
        ) -> None:
            self._guarded(controller.flash_written, address - start, value & 0xFFFFFFFF)

        uc.hook_add(self._unicorn.UC_HOOK_MEM_WRITE, written, begin=start, end=start + size - 1)

    def _guarded(self, action: Callable[..., Any], *arguments: int) -> Any:
        """An exception cannot pass through Unicorn: it is raised when the processor stands."""
        try:
            return action(*arguments)
        except BaseException as error:  # noqa: BLE001 - raised again in _execute
            self._failure = self._failure or error
            self._uc.emu_stop()
            return None

    def _reset(self) -> None:
        self._resetting = True
        self._uc.emu_stop()

    def _on_program(self, uc: Any, *_: Any) -> None:
        constants = self._unicorn.arm_const
        offset = uc.reg_read(constants.UC_ARM_REG_R0)
        self._on_operation(FlashOperation(offset, uc.reg_read(constants.UC_ARM_REG_R1)))

    def _on_erase(self, uc: Any, *_: Any) -> None:
        block = uc.reg_read(self._unicorn.arm_const.UC_ARM_REG_R0)
        self._on_operation(FlashOperation(block, None))

    def _on_operation(self, operation: FlashOperation) -> None:
        number, self.operations = self.operations, self.operations + 1
        if self.trace is not None:
            self.trace.append(operation)
        if self.before_operation is not None:
            self.before_operation(operation)
        if self.cut is not None and self.cut.operation == number:
            apply_cut(self.flash, self.board.flash, operation, self.cut)
            self.cut = None
            self._powered = False
            self._uc.emu_stop()

    def _on_block(self, uc: Any, address: int, octets: int, _data: Any) -> None:
        if self.covered is not None:
            self.covered.add((address, octets))
        count = self._blocks.get((address, octets))
        if count is None:
            count = _instructions(bytes(uc.mem_read(address, octets)))
            self._blocks[address, octets] = count
        self.instructions += count


def _instructions(block: bytes) -> int:
    """How many there are: of 16 bits, or of 32 if the first five say so (Armv7-M, A5.1)."""
    count = at = 0
    while at < len(block):
        at += 4 if block[at + 1] >> 3 in (0b11101, 0b11110, 0b11111) else 2
        count += 1
    return count


def _model(board: Board) -> Model:
    if board.unicorn is None:
        raise HardwareError(f"there is no model of {board.name} for Unicorn", "use QEMU")
    model: Model = importlib.import_module(f"hw.emulators.{board.unicorn}").MODEL
    return model


def _unicorn() -> Any:
    try:
        return importlib.import_module("unicorn")
    except ImportError as error:
        raise HardwareError("Unicorn is not installed", "pip install unicorn") from error
