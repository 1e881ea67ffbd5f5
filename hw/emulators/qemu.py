"""A board run by QEMU: a serial port to talk to, a file for a flash, and power that can be cut.

The link is a pseudo terminal, so the host uses it as any serial port. SIGKILL is the power cut:
what was programmed before is in the flash file, everything else is gone.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

from firmware_sim.hw.build.catalogue import BoardDescription, QemuMachine
from firmware_sim.hw.emulators.child import Child
from firmware_sim.hw.emulators.choice import check_emulated
from firmware_sim.hw.emulators.described_flash import check_flash
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.flash_file import flash_file
from firmware_sim.hw.emulators.gdb_remote import GdbRemote
from firmware_sim.hw.errors import HardwareError

PROGRAM: Final = "qemu-system-arm"
START_SECONDS: Final = 10.0
_OLDEST: Final = (6, 0)
INSTALL: Final = "apt install qemu-system-arm"
_PORT = re.compile(r"redirected to (/dev/\S+)")
_REDIRECTED = re.compile(r"char device redirected to \S+ \(label \w+\)\s*")
_END_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.002
_ANSWER_SECONDS: Final = 5.0


@cache
def qemu_version() -> str:
    """QEMU's version, e.g. ``7.2.22``.

    Raises:
        HardwareError: it is not installed, does not run, or is too old.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise HardwareError(f"{PROGRAM} is not installed", _mend())
    try:
        done = subprocess.run(  # noqa: S603 - a program from the path, no shell
            [program, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise HardwareError(f"{PROGRAM} does not run: {error}", _mend()) from error
    found = re.search(r"version (\d+)\.(\d+)[.\d]*", done.stdout)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST:
        raise HardwareError(f"{PROGRAM} is not one we know: {done.stdout[:60]!r}", _mend())
    return found[0].removeprefix("version ")


def _mend() -> str:
    """What to do without QEMU; an emulator that is not there is no advice."""
    other = "use the emulator unicorn" if find_spec("unicorn") else "pip install unicorn"
    return f"{INSTALL}, or {other}"


class QemuBoard:
    """One emulated board, powered from the start to `cut_power`.

    Use it as a context manager: it never outlives the context, nor this process.

    Attributes:
        port: the serial port, a device file.

    Args:
        elf: the firmware.
        flash: file that holds the flash; None for one that is gone at the end.
        counting: one instruction is one nanosecond of the board's time, so that its ticks count
            instructions; it does not keep step with real time then.

    Raises:
        HardwareError: QEMU is missing or does not start in time; says what it printed. Or the
            firmware has another flash than the board.
    """

    def __init__(
        self,
        board: BoardDescription,
        elf: Path,
        flash: Path | None = None,
        *,
        counting: bool = False,
    ) -> None:
        check_emulated(board, "qemu")
        qemu_version()
        check_flash(board, Firmware.read(elf))
        self.board = board
        self._cut = False
        self._resources = ExitStack()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="board-")))
            self._debugger = folder / "gdb"
            machine = cast("QemuMachine", board.qemu)  # it is described: see above
            memory = machine.memory
            if memory:
                flash = flash or folder / "flash"
                stack.enter_context(flash_file(flash, board.flash, memory))
            command = _command(machine, elf, flash, self._debugger, counting=counting)
            self._child = Child(command)
            stack.callback(self._child.kill)
            self.port = self._wait_for_port()
            # Held open, so that QEMU sees an open line from its first octet on, and
            # keeps what the board says before the host opens the port.
            hold = os.open(self.port, os.O_RDWR | os.O_NOCTTY)
            stack.callback(os.close, hold)
            self._remote().detach()
            self._resources = stack.pop_all()

    @property
    def pid(self) -> int:
        """Process number of the emulator."""
        return self._child.pid

    @property
    def runs(self) -> bool:
        """Whether it has power still."""
        return self._child.runs

    def last_words(self) -> str:
        """That QEMU ended by itself, with what it printed; empty while it runs.

        Its end of the line is closed a moment before it is gone: that moment is waited for.
        """
        if self._cut or not self._child.ends_within(_END_SECONDS):
            return ""
        return f"qemu ended: {self._said()}"

    def _said(self) -> str:
        return _REDIRECTED.sub("", self._child.complaint()) or "it said nothing"

    def cut_power(self) -> None:
        """End it at once. Does nothing the second time."""
        self._cut = True
        self._resources.close()

    close = cut_power

    def arm_cut(self, addresses: Sequence[int], operation: int) -> "ArmedCut":
        """Cut the power at the entry of one of these functions, once it was called so often.

        Args:
            addresses: of the functions that program and erase; a set low bit is dropped.
            operation: how many calls are let through, from now.
        """
        remote = self._remote()
        for address in addresses:
            remote.break_at(address & ~1)
        remote.go_on()
        return ArmedCut(self, remote, operation)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cut_power()

    def _remote(self) -> GdbRemote:
        try:
            return GdbRemote.connect(self._debugger, _ANSWER_SECONDS)
        except HardwareError as error:
            said = self._said()
            if not self._child.ends_within(_END_SECONDS):
                raise HardwareError(f"{error.problem}; {PROGRAM}: {said}") from error
            raise HardwareError(
                f"{self.board.name} does not start; {said}",
                "see to [qemu] of its board.toml",
            ) from error

    def _wait_for_port(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while True:
            runs = self._child.runs
            found = _PORT.search(self._child.printed())
            if found is not None:
                return found[1]
            if not runs or time.monotonic() > deadline:
                how = "did not start in time" if runs else "ended at once"
                raise HardwareError(f"{PROGRAM} {how}: {self._child.complaint()}")
            time.sleep(_POLL_SECONDS)


class ArmedCut:
    """A power cut that waits for its moment."""

    def __init__(self, board: QemuBoard, remote: GdbRemote, operation: int) -> None:
        self._board = board
        self._remote = remote
        self._left = operation

    def wait(self, seconds: float) -> bool:
        """Let the calls through, then cut; False if the call did not come within that time."""
        deadline = time.monotonic() + seconds
        while self._remote.wait_for_stop(max(deadline - time.monotonic(), 0.0)):
            if self._left == 0:
                self._board.cut_power()
                self._remote.close()
                return True
            self._left -= 1
            self._remote.step()
            self._remote.go_on()
        self._remote.close()
        return False


def _command(
    machine: QemuMachine, elf: Path, flash: Path | None, debugger: Path, *, counting: bool
) -> list[str]:
    """Stopped (-S) until the host has opened the port, so that its first octets are not lost."""
    command = [PROGRAM, "-nodefaults", "-display", "none", "-S"]
    name = machine.machine
    if machine.memory:
        file = f"mem-path={_escaped(flash)},share=on"
        command += ["-object", f"memory-backend-file,id=flash,size={machine.memory},{file}"]
        name += ",memory-backend=flash"
    command += ["-machine", name, "-kernel", str(elf)]
    command += ["-chardev", "pty,id=link"]
    command += ["-serial", "null"] * machine.serial + ["-serial", "chardev:link"]
    command += ["-chardev", f"socket,id=debugger,path={debugger},server=on,wait=off"]
    command += ["-gdb", "chardev:debugger"]
    return [*command, "-icount", "shift=0"] if counting else command


def _escaped(path: Path | None) -> str:
    """QEMU reads a comma as the end of an option."""
    return str(path).replace(",", ",,")
