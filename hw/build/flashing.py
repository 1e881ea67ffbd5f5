"""Writing firmware to a real board, through pyocd or OpenOCD, whichever is installed."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware_sim.hw.build.catalogue import BoardDescription, RealBoard
from firmware_sim.hw.errors import HardwareError

_SECONDS: Final = 180
_TOLD_OCTETS: Final = 400


def flash(
    board: BoardDescription, elf: Path, tool: str | None = None, probe: str | None = None
) -> str:
    """Write a firmware file, verify it, and let the board start.

    Args:
        tool: ``pyocd`` or ``openocd``; None for the first that is installed.
        probe: serial number of the debug probe; None if there is only one.

    Returns:
        The tool that did it.

    Raises:
        HardwareError: no such board or tool, no probe, or the tool failed; says what it printed.
    """
    chosen = _tool(tool)
    arguments = command_of(board, elf, chosen, probe)
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except OSError as error:
        raise HardwareError(f"{chosen} does not start: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise HardwareError(f"{chosen} took more than {_SECONDS} s", "is a probe there?") from None
    if done.returncode != 0:
        said = " ".join(done.stdout.split())[-_TOLD_OCTETS:]
        raise HardwareError(f"{chosen} failed: {said}", "is a probe there, and the board powered?")
    return chosen


def command_of(
    board: BoardDescription, elf: Path, tool: str | None = None, probe: str | None = None
) -> list[str]:
    """The words that `flash` would run; the tool need not be installed.

    Args:
        tool: None for the first that is installed, or ``pyocd``.

    Raises:
        HardwareError: no such board or tool.
    """
    if board.real is None:
        raise HardwareError(f"{board.name} is not flashed: it is emulated only", "see board run")
    found = tool or next(filter(shutil.which, _COMMANDS), "pyocd")
    if found not in _COMMANDS:
        raise HardwareError(*_no_tool(found))
    return _COMMANDS[found](board.real, elf, probe)


def _no_tool(wanted: str) -> tuple[str, str]:
    return f"{wanted!r} flashes nothing", f"use {' or '.join(_COMMANDS)}"


def _tool(wanted: str | None) -> str:
    if wanted is not None and wanted not in _COMMANDS:
        raise HardwareError(*_no_tool(wanted))
    for name in (wanted,) if wanted else _COMMANDS:
        if shutil.which(name) is not None:
            return name
    raise HardwareError(
        f"{wanted} is not installed" if wanted else "neither pyocd nor openocd is installed",
        "pip install pyocd, or apt install openocd",
    )


def _pyocd(real: RealBoard, elf: Path, probe: str | None) -> list[str]:
    which = [] if probe is None else ["--uid", probe]
    return ["pyocd", "flash", "--no-wait", "--target", real.pyocd, *which, str(elf)]


def _openocd(real: RealBoard, elf: Path, probe: str | None) -> list[str]:
    interface, *rest = real.openocd
    which = [] if probe is None else ["-c", f"adapter serial {probe}"]
    targets = [word for file in rest for word in ("-f", file)]
    return [
        "openocd", "-f", interface, *which, *targets,
        "-c", f"program {{{elf}}} verify reset exit",
    ]  # fmt: skip


_COMMANDS: Final[dict[str, Callable[[RealBoard, Path, str | None], list[str]]]] = {
    "pyocd": _pyocd,
    "openocd": _openocd,
}
