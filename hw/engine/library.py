"""The shared library, loaded and found to be the one that belongs to this package."""

import ctypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from firmware_sim.hw.build.engine import sources_digest
from firmware_sim.hw.build.ready_made import INSTALL_ANEW, is_ready_made
from firmware_sim.hw.engine.errors import EngineError

INTERFACE: Final = 1
"""`ENGINE_INTERFACE` of hw/native/engine.h."""

_MEND: Final = "firmware-sim engine build makes it anew"


def mend_of(path: Path) -> str:
    """What to do about an engine that is none, or another: what is built replaces no wheel's."""
    return INSTALL_ANEW if is_ready_made(path) else _MEND


_U8, _U32, _SIZE = ctypes.c_uint8, ctypes.c_uint32, ctypes.c_size_t
_TEXT, _OCTETS, _POINTER = ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p


class SweepCut(ctypes.Structure):
    """struct sweep_cut of hw/native/cutting.h."""

    _fields_ = (("flavour", _U32), ("amount", _U32))


_SIGNATURES: Mapping[str, tuple[Any, tuple[Any, ...]]] = {
    "interface": (_U32, ()),
    "sources": (_TEXT, ()),
    "version": (_TEXT, ()),
    "cryptography": (_TEXT, ()),
    "self_test": (ctypes.c_bool, ()),
    "flash_octets": (_U32, (_TEXT,)),
    "open": (_POINTER, (_TEXT, _POINTER, ctypes.c_bool)),
    "close": (None, (_POINTER,)),
    "flash_was_filled": (None, (_POINTER,)),
    "provision": (ctypes.c_int, (_POINTER, _U8, _OCTETS, _OCTETS, _SIZE)),
    "power_on": (ctypes.c_int, (_POINTER,)),
    "reopen": (ctypes.c_int, (_POINTER,)),
    "set_clock": (ctypes.c_bool, (_POINTER, ctypes.c_uint64, _U8)),
    "receive": (ctypes.c_int, (_POINTER, _OCTETS, _SIZE, _POINTER, _SIZE)),
    "enter": (ctypes.c_int, (_POINTER, _OCTETS, _SIZE, _POINTER, _SIZE)),
    "tick": (ctypes.c_int, (_POINTER, _POINTER, _SIZE)),
    "digest": (None, (_POINTER, _POINTER)),
    "cut": (ctypes.c_bool, (_POINTER, _U32, _U8, _U32)),
    "wear_out": (None, (_POINTER, ctypes.c_bool)),
    "misuses": (_U32, (_POINTER,)),
    "operations": (_U32, (_POINTER,)),
    "blocks": (_U32, (_POINTER,)),
    "wear": (None, (_POINTER, _POINTER)),
    "compose_all": (_SIZE, (_POINTER, _SIZE, _OCTETS, _OCTETS, _POINTER)),
    "receive_all": (
        None,
        (_POINTER, _SIZE, _POINTER, _SIZE, _POINTER, _SIZE, _POINTER),
    ),
    "verify_all": (
        _SIZE,
        (_SIZE, _POINTER, _SIZE, _POINTER, _OCTETS, _OCTETS, _POINTER),
    ),
    "check_macs_all": (
        _SIZE,
        (_SIZE, _POINTER, _SIZE, _POINTER, _OCTETS, _OCTETS, _OCTETS, _POINTER),
    ),
    "manufacture_all": (_SIZE, (_POINTER, _POINTER, _SIZE, _OCTETS)),
    "open_with": (_POINTER, (_POINTER, _POINTER, ctypes.c_bool)),
    "sweep_open": (_POINTER, (_POINTER,)),
    "sweep_close": (None, (_POINTER,)),
    "sweep_begin": (ctypes.c_int, (_POINTER, _OCTETS)),
    "sweep_commit": (ctypes.c_int, (_POINTER, _OCTETS, _SIZE)),
    "sweep_record": (None, (_POINTER,)),
    "sweep_recorded": (ctypes.c_bool, (_POINTER,)),
    "sweep_steps": (_U32, (_POINTER, _U32)),
    "sweep_step": (ctypes.c_bool, (_POINTER, _U32, _U32, _POINTER)),
    "sweep_cut": (
        ctypes.c_bool,
        (_POINTER, _U32, _U32, _OCTETS, _SIZE, _OCTETS, _SIZE, ctypes.c_bool, _POINTER, _POINTER),
    ),
    "sweep_flip": (ctypes.c_bool, (_POINTER, _U32, _U32, _U32, _POINTER)),
    "sweep_cut_again": (ctypes.c_int, (_POINTER, _U32, _U32, SweepCut, _OCTETS, _SIZE)),
    "sweep_flip_again": (ctypes.c_int, (_POINTER, _U32)),
    "sweep_recovery": (_U32, (_POINTER, _U32, SweepCut, _OCTETS, _SIZE)),
    "sweep_return": (None, (_POINTER,)),
    "sweep_was_filled": (None, (_POINTER,)),
    "sweep_mark": (ctypes.c_uint64, (_POINTER,)),
    "sweep_operations": (_U32, (_POINTER,)),
    "sweep_misuses": (_U32, (_POINTER,)),
    "share": (None, (ctypes.c_bool, ctypes.c_bool)),
}


class EngineInfo(NamedTuple):
    """What an engine says of itself.

    Attributes:
        sources: SHA-256 in hex of the C files that it was made from.
        cryptography: the library that it runs on, with its version.
    """

    version: str
    sources: str
    cryptography: str


class EngineLibrary:
    """One copy of the engine in this process. Its devices take turns, in one thread.

    Attributes:
        info: what it says of itself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # The interpreter's lock is kept: a second thread would find the first one's device.
        try:
            self._library = ctypes.PyDLL(str(path))
        except OSError as error:
            raise EngineError(f"{path} cannot be loaded: {error}", mend_of(path)) from error
        for name, (result, arguments) in _SIGNATURES.items():
            function = self._function(name)
            function.restype, function.argtypes = result, arguments
        self.info = EngineInfo(*(self._text(name) for name in EngineInfo._fields))

    def __getattr__(self, name: str) -> Any:
        """A function of engine.h by its name without ``engine_``."""
        if name not in _SIGNATURES:
            raise AttributeError(name)
        return self._function(name)

    @property
    def raw(self) -> ctypes.PyDLL:
        """The library as ctypes sees it, for tests of the firmware's own functions."""
        return self._library

    def check(self) -> None:
        """Refuse an engine that is not this package's.

        Raises:
            EngineError: another interface, version or firmware; or its cryptography is wrong.
        """
        if self.interface() != INTERFACE:
            raise EngineError(
                f"{self.path} has interface {self.interface()}, not {INTERFACE}", mend_of(self.path)
            )
        if self.info.sources != sources_digest():
            raise EngineError(
                f"{self.path} was made from another firmware (version {self.info.version})",
                mend_of(self.path),
            )
        if not self.self_test():
            raise EngineError(
                f"{self.path} fails the known answers of its cryptography", mend_of(self.path)
            )

    def _function(self, name: str) -> Any:
        try:
            return getattr(self._library, f"engine_{name}")
        except AttributeError as error:
            raise EngineError(
                f"{self.path} is no engine, or an older one", mend_of(self.path)
            ) from error

    def _text(self, name: str) -> str:
        octets: bytes = self._function(name)()
        return octets.decode("ascii", errors="replace")


@cache
def engine_at(path: Path) -> EngineLibrary:
    """The engine in a file, loaded once a process and checked.

    Raises:
        EngineError: it is none, or another.
    """
    library = EngineLibrary(path)
    library.check()
    return library
