"""Which compiler makes the firmware: Debian's cross compiler, or the one that pip installs."""

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from firmware_sim.hw.errors import HardwareError, UnknownNameError

_GCC = "arm-none-eabi-gcc"
_MEND = (
    "apt install gcc-arm-none-eabi (the reference), or pip install ziglang (needs no root), "
    "or use what the wheel brings: firmware-sim board build NAME --ready-made --out FILE"
)
_VERSION_SECONDS = 60

# Zig's clang names the processor otherwise, and optimises for speed where no option says otherwise.
_ZIG_TARGET = ("-target", "thumb-freestanding-eabi")


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A compiler and the options that say what to make.

    Attributes:
        name: ``gcc``, ``zig`` or ``host``.
        version: first line of what it says of itself; the same octets come only from the same.
        command: the program and the options of every call.
    """

    name: str
    version: str
    command: tuple[str, ...]

    def processor(self, cpu: str) -> tuple[str, ...]:
        """The options for a processor, e.g. ``cortex-m3``."""
        if self.name == "zig":
            return (*_ZIG_TARGET, f"-mcpu={cpu.replace('-', '_')}")
        return (f"-mcpu={cpu}", "-mthumb")


def cross_toolchain(name: str | None = None) -> Toolchain:
    """The compiler for boards.

    Args:
        name: ``gcc`` or ``zig``; None for the first that is there.

    Raises:
        HardwareError: it is not there; says what to install.
    """
    known = {"gcc": _gcc, "zig": _zig}
    if name is not None and name not in known:
        raise UnknownNameError(f"{name!r} is no compiler for boards", f"use {' or '.join(known)}")
    for find in [known[name]] if name else known.values():
        found = find()
        if found is not None:
            return found
    missing = {None: f"neither {_GCC} nor ziglang is here", "gcc": f"{_GCC} is not here"}
    raise HardwareError(missing.get(name, "ziglang is not here"), _MEND)


def host_toolchain(name: str | None = None) -> Toolchain:
    """A compiler for this machine: ``gcc`` or ``clang``; None for the first that is there.

    Raises:
        HardwareError: there is none.
    """
    for program in [name] if name else ["gcc", "clang"]:
        path = shutil.which(program)
        if path is not None:
            return Toolchain("host", _version((path,)), (path,))
    raise HardwareError(f"no {name or 'C compiler'} for this machine", "apt install gcc")


def _gcc() -> Toolchain | None:
    path = shutil.which(_GCC)
    return None if path is None else Toolchain("gcc", _version((path,)), (path,))


def _zig() -> Toolchain | None:
    if importlib.util.find_spec("ziglang") is None:
        return None
    command = (sys.executable, "-m", "ziglang", "cc")
    return Toolchain("zig", _version(command), command)


@cache
def _version(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a compiler from the path, no shell
            [*command, "--version"],
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise HardwareError(f"{command[0]} does not run: {error}", _MEND) from error
    return done.stdout.splitlines()[0]
