"""A board's flash driver, compiled for this computer, with a model of the registers behind it."""

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pytest

from firmware_sim.hw.build.objects import ROOT, run_tool
from firmware_sim.hw.build.toolchain import host_toolchain
from firmware_sim.hw.errors import HardwareError

_FOLDER = TemporaryDirectory(prefix="firmware-sim-flash-")
_READ = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_uint32)
_WRITE = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32)
_TICKS = ctypes.CFUNCTYPE(ctypes.c_uint32)


class RegisterModel(Protocol):
    """What a driver reaches; a look at the board's timer is a tick, 1,000 of them a second."""

    def read(self, address: int, /) -> int: ...

    def write(self, address: int, value: int, /) -> None: ...

    def tick(self) -> int: ...


@cache
def _compiled(board: str) -> ctypes.CDLL:
    try:
        compiler = host_toolchain()
    except HardwareError as error:
        pytest.skip(f"needs a C compiler: {error}")
    library = Path(_FOLDER.name) / f"{board}.so"
    sources = [ROOT / "boards" / board / "flash.c", Path(__file__).parent / "registers_seam.c"]
    options = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
    folders = (f"-I{ROOT / 'firmware'}", f"-I{ROOT / 'boards'}")
    command = [*compiler.command, *options, *folders, *map(str, sources), "-o", str(library)]
    run_tool(command, ROOT, "the flash driver")
    return ctypes.CDLL(str(library))


class Driver:
    """The driver in ``hw/boards/BOARD/flash.c`` with a model behind it."""

    def __init__(self, board: str, model: RegisterModel) -> None:
        c = _compiled(board)
        self._callbacks = (_READ(model.read), _WRITE(model.write), _TICKS(model.tick))
        for name, callback in zip(("read", "write", "ticks"), self._callbacks, strict=True):
            pointer = ctypes.c_void_p.in_dll(c, f"model_{name}")
            pointer.value = ctypes.cast(callback, ctypes.c_void_p).value
        self.write: Callable[[int, int], None] = lambda at, word: c.flash_write(
            ctypes.c_uint32(at), ctypes.c_uint32(word)
        )
        self.erase: Callable[[int], None] = lambda what: c.flash_erase(ctypes.c_uint32(what))
        self.start: Callable[[], None] = c.flash_start
