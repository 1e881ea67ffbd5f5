"""A processor in Unicorn with its memories, its peripherals, and functions that are looked into."""

import ctypes
import importlib
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from mmap import mmap
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, Final

from firmware_sim.hw.build.catalogue import FlashDescription
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.peripherals import FlashController, MemoryRange, Model, Peripheral
from firmware_sim.hw.errors import HardwareError

_NEVER: Final = 0xFFFFFFF0
_WFI, _WFE = 0xBF30, 0xBF20
_UNKNOWN_OCTET: Final = 0xA5
"""What memory holds at power-on: nothing that firmware may rely on."""

Octets = bytearray | mmap
"""Memory of ours that the processor works on directly."""


class FirmwareFault(HardwareError):
    """The processor met something that it cannot execute: on a real board, a hard fault."""


class UnicornProcessor:
    """A Cortex-M with firmware in its memory, at rest.

    Args:
        flash: holds the image.

    Attributes:
        ram: the writable memories but for the flash, in the model's order.

    Raises:
        HardwareError: Unicorn is not installed.
    """

    def __init__(
        self, model: Model, firmware: Firmware, flash: Octets, place: FlashDescription
    ) -> None:
        self._unicorn = unicorn = _unicorn()
        self._model = model
        self._firmware = firmware
        self._place = place
        self._peripherals: Sequence[Peripheral] = ()
        self._failure: BaseException | None = None
        self._views: list[Any] = []
        self.ram: list[bytearray] = []
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(getattr(unicorn.arm_const, f"UC_CPU_ARM_{model.cpu}"))
        for memory in model.memories:
            self._map(memory)
        self._share(place.address, flash)
        for address, octets in firmware.loads:
            self._uc.mem_write(address, octets)

    def connect(self, peripherals: Sequence[Peripheral]) -> None:
        """Put peripherals into the memory map."""
        self._peripherals = peripherals
        for peripheral in peripherals:
            self._connect(peripheral)
            if isinstance(peripheral, FlashController):
                self._let_watch(peripheral)

    def start(self, *, cold: bool) -> None:
        """Stand at the reset vector; `cold`: after power-on, so that memory holds nothing."""
        if cold:
            for memory in self.ram:
                memory[:] = bytes((_UNKNOWN_OCTET,)) * len(memory)
        for peripheral in self._peripherals:
            peripheral.start(cold=cold)
        stack, entry = (self._word(self._model.vectors + offset) for offset in (0, 4))
        self._uc.reg_write(self._unicorn.arm_const.UC_ARM_REG_SP, stack)
        self._uc.reg_write(self._unicorn.arm_const.UC_ARM_REG_LR, _NEVER | 0xF)
        self.program_counter = entry

    def execute(self, seconds: float) -> None:
        """Run until the firmware sleeps, a peripheral or hook calls `stop`, or the time is over.

        Raises:
            FirmwareFault: it cannot go on.
        """
        start = self.program_counter | 1
        try:
            with _signals_kept(self.stop):
                self._uc.emu_start(start, _NEVER, timeout=max(int(seconds * 1e6), 1))
        except self._unicorn.UcError as error:
            where = self._firmware.where(self.program_counter)
            raise FirmwareFault(f"the firmware cannot go on at {where}: {error}") from error
        finally:
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure

    def stop(self) -> None:
        """End `execute`; to be called from within."""
        self._uc.emu_stop()

    @property
    def sleeps(self) -> bool:
        """Whether the last instruction was one that waits."""
        last = self._uc.mem_read(self.program_counter - 2, 2)
        return int.from_bytes(last, "little") in (_WFI, _WFE)

    @property
    def program_counter(self) -> int:
        """Register 15."""
        return int(self._uc.reg_read(self._unicorn.arm_const.UC_ARM_REG_PC))

    @program_counter.setter
    def program_counter(self, address: int) -> None:
        self._uc.reg_write(self._unicorn.arm_const.UC_ARM_REG_PC, address)

    def arguments(self) -> tuple[int, int]:
        """The first two of a function that was just entered."""
        constants = self._unicorn.arm_const
        return self._uc.reg_read(constants.UC_ARM_REG_R0), self._uc.reg_read(
            constants.UC_ARM_REG_R1
        )

    def return_with(self, value: int) -> None:
        """Leave a function that was just entered."""
        constants = self._unicorn.arm_const
        self._uc.reg_write(constants.UC_ARM_REG_R0, value)
        self.program_counter = self._uc.reg_read(constants.UC_ARM_REG_LR)

    def on_entry(self, address: int, action: Callable[[], None]) -> None:
        """Call back each time that an instruction is about to be executed."""
        self._uc.hook_add(
            self._unicorn.UC_HOOK_CODE,
            lambda *_: self._guarded(action),
            begin=address,
            end=address,
        )
        self._uc.ctl_flush_tb()  # what was translated before knows no hook

    def on_block(self, action: Callable[[int, int], None]) -> None:
        """Call back with address and octets of each block of instructions."""
        self._uc.hook_add(
            self._unicorn.UC_HOOK_BLOCK,
            lambda _uc, address, octets, _data: self._guarded(action, address, octets),
        )

    def read(self, address: int, octets: int) -> bytes:
        """Octets of any memory."""
        return bytes(self._uc.mem_read(address, octets))

    def registers(self) -> Any:
        """All registers, for `set_registers`."""
        return self._uc.context_save()

    def set_registers(self, saved: Any) -> None:
        """Have the registers that were saved."""
        self._uc.context_restore(saved)

    def _word(self, address: int) -> int:
        return int.from_bytes(self.read(address, 4), "little")

    def _map(self, memory: MemoryRange) -> None:
        if memory.writable:
            ram = bytearray(memory.size)
            self.ram.append(ram)
            self._share(memory.address, ram)
        else:
            permissions = self._unicorn.UC_PROT_READ | self._unicorn.UC_PROT_EXEC
            self._uc.mem_map(memory.address, memory.size, permissions)

    def _share(self, address: int, memory: Octets) -> None:
        """The processor works on this very memory; the view keeps it in its place."""
        view = (ctypes.c_char * len(memory)).from_buffer(memory)
        self._views.append(view)
        permissions = self._unicorn.UC_PROT_READ | self._unicorn.UC_PROT_WRITE
        self._uc.mem_map_ptr(address, len(memory), permissions, ctypes.addressof(view))

    def _connect(self, peripheral: Peripheral) -> None:
        def read(_uc: Any, offset: int, _size: int, _data: Any) -> int:
            return self._guarded(peripheral.read, offset) or 0

        def write(_uc: Any, offset: int, _size: int, value: int, _data: Any) -> None:
            self._guarded(peripheral.write, offset, value)

        self._uc.mmio_map(peripheral.base, peripheral.size, read, None, write, None)

    def _let_watch(self, controller: FlashController) -> None:
        start, size = self._place.address, self._place.size

        def written(
            _uc: Any, _access: int, address: int, _size: int, value: int, _data: Any
        ) -> None:
            self._guarded(controller.flash_written, address - start, value & 0xFFFFFFFF)

        self._uc.hook_add(
            self._unicorn.UC_HOOK_MEM_WRITE, written, begin=start, end=start + size - 1
        )

    def _guarded(self, action: Callable[..., Any], *arguments: int) -> Any:
        """An exception cannot pass through Unicorn: it is raised when the processor stands."""
        try:
            return action(*arguments)
        except BaseException as error:  # noqa: BLE001 - raised again in `execute`
            self._failure = self._failure or error
            self._uc.emu_stop()
            return None


@contextmanager
def _signals_kept(stop: Callable[[], None]) -> Iterator[None]:
    """A signal that comes meanwhile stops the processor, and is handled when it stands.

    Python handles signals where Unicorn calls back, before a line of ours runs there. What a
    handler raises in that place, such as KeyboardInterrupt, is printed and lost.
    """
    came: list[tuple[int, FrameType | None]] = []

    def keep(number: int, frame: FrameType | None) -> None:
        came.append((number, frame))
        stop()

    handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
    if current_thread() is main_thread():  # no other thread handles signals
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if callable(handler):
                handlers[number] = handler
                signal.signal(number, keep)
    try:
        yield
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
        for each, frame in came:
            handlers[each](each, frame)


def _unicorn() -> Any:
    try:
        return importlib.import_module("unicorn")
    except ImportError as error:
        raise HardwareError("Unicorn is not installed", "pip install unicorn") from error
