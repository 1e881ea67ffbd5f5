"""A board in Unicorn behind a pseudo terminal: the host uses it as any serial port."""

import mmap
import os
import select
import threading
import time
import tty
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.flash_file import flash_file
from firmware_sim.hw.emulators.unicorn_board import State, UnicornBoard
from firmware_sim.hw.errors import HardwareError

# Not shorter: where Unicorn's own timer ends a run in the middle of a store to a register, the
# store happens again, and an octet is sent twice.
_RUN_SECONDS: Final = 30.0
_IDLE_SECONDS: Final = 0.05
_READ_OCTETS: Final = 4096
_JOIN_SECONDS: Final = 5.0
_MOST_KEPT: Final = 1 << 16
"""Octets from the board that wait for a reader; later ones are lost, as on a real line."""


class UnicornLine:
    """One emulated board, powered from the start to `cut_power`, with a thread that runs it.

    Attributes:
        port: the serial port, a device file.

    Args:
        flash: file that holds the flash; None for one that is gone at the end.

    Raises:
        HardwareError: Unicorn is missing, has no model of the board, or the file is in use.
    """

    def __init__(self, board: BoardDescription, elf: Path, flash: Path | None = None) -> None:
        self.board = board
        self._failure = ""
        self._stop = threading.Event()
        self._resources = ExitStack()
        started = time.perf_counter_ns()
        with ExitStack() as stack:
            memory = None if flash is None else _mapped(stack, flash, board)
            self._machine = UnicornBoard(
                board,
                Firmware.read(elf),
                memory,
                nanoseconds=lambda: time.perf_counter_ns() - started,
            )
            self._master, hold = os.openpty()
            stack.callback(os.close, hold)
            stack.callback(os.close, self._master)
            tty.setraw(hold)
            os.set_blocking(self._master, False)
            self.port = os.ttyname(hold)
            self._machine.line.on_frame = self._send
            self._machine.power_on()
            self._thread = threading.Thread(target=self._run, name=board.name, daemon=True)
            stack.callback(self._thread.join, _JOIN_SECONDS)
            stack.callback(self._machine.cut_power)
            stack.callback(self._stop.set)
            self._thread.start()
            self._resources = stack.pop_all()

    @property
    def runs(self) -> bool:
        """Whether it has power still."""
        return self._thread.is_alive() and not self._stop.is_set()

    def last_words(self) -> str:
        """Why it stopped by itself; empty if it did not."""
        return f"unicorn ended: {self._failure}" if self._failure else ""

    def cut_power(self) -> None:
        """Off. Does nothing the second time."""
        self._resources.close()

    close = cut_power

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cut_power()

    def _run(self) -> None:
        machine, line = self._machine, self._machine.line
        try:
            while not self._stop.is_set():
                state = machine.run(_RUN_SECONDS)
                self._carry(_IDLE_SECONDS if state is State.ASLEEP else 0.0)
                del line.from_board[_MOST_KEPT:]
        except HardwareError as error:
            self._failure = str(error)

    def _carry(self, seconds: float) -> None:
        """Move octets between the line and the terminal; wait so long for some to come."""
        line = self._machine.line
        wanted = [self._master] if line.from_board else []
        readable, writable, _ = select.select([self._master], wanted, [], seconds)
        if readable:
            with suppress(OSError):
                line.to_board += os.read(self._master, _READ_OCTETS)
        if writable:
            self._send()

    def _send(self) -> None:
        """What the terminal takes at once; the rest stays."""
        line = self._machine.line
        with suppress(OSError):
            written = os.write(self._master, line.from_board)
            del line.from_board[:written]


def _mapped(stack: ExitStack, path: Path, board: BoardDescription) -> mmap.mmap:
    """The file as memory: what the board programs stays in it, even if this process is killed."""
    stack.enter_context(flash_file(path, board.flash))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), board.flash.size)
