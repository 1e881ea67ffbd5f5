"""The firmware's link, compiled for this machine with a machine that echoes (link_board.c)."""

import ctypes
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim.hw.build.toolchain import host_toolchain

FIRMWARE = Path(__file__).parents[2] / "hw" / "firmware"
SOURCES = (
    Path(__file__).with_name("link_board.c"),
    FIRMWARE / "gbcs" / "crc32.c",
    FIRMWARE / "generated" / "geometry.c",
    *(FIRMWARE / "machine" / f"{name}.c" for name in ("clock", "entries", "staging")),
    *sorted((FIRMWARE / "link").glob("*.c")),
)
# Undefined behaviour ends the process; no run-time library is needed for that.
_FLAGS = (
    *("-std=c11", "-O1", "-g", "-fPIC", "-Wall", "-Wextra", "-Werror", "-Wconversion"),
    *("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"),
)
_FOLDER = TemporaryDirectory(prefix="firmware-sim-link-")


@cache
def library(*, closed: bool = False) -> Path:
    """The shared library; a closed one is built without the requests that give a board away."""
    path = Path(_FOLDER.name) / ("closed.so" if closed else "link.so")
    command = [
        *host_toolchain("gcc").command,
        *_FLAGS,
        "-shared",
        *(["-DLINK_CLOSED"] if closed else []),
        f"-I{FIRMWARE}",
        *map(str, SOURCES),
        "-o",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


class LinkBoard:
    """A board of its own: the library keeps its state in static memory, so each has a copy."""

    _made = 0
    _shared: "LinkBoard | None" = None

    @classmethod
    def shared(cls) -> "LinkBoard":
        """One for many examples: loading a library takes its time."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def __init__(self, *, closed: bool = False) -> None:
        LinkBoard._made += 1
        copy = shutil.copy(library(closed=closed), Path(_FOLDER.name) / f"{LinkBoard._made}.so")
        self.c = ctypes.CDLL(str(copy))
        self._sent = (ctypes.c_uint8 * (1 << 20)).in_dll(self.c, "stub_sent")
        self._length = ctypes.c_size_t.in_dll(self.c, "stub_sent_length")
        self._milliseconds = ctypes.c_uint32.in_dll(self.c, "stub_milliseconds")
        self._due = ctypes.c_uint32.in_dll(self.c, "stub_due")
        self._flash = (ctypes.c_uint8 * 8192).in_dll(self.c, "stub_flash")
        self.c.stub_take.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
        self.c.stub_blank()

    def start(self, cause: int = 0) -> bytes:
        """Power on: the octets of BOOT."""
        self.c.stub_power_on(cause)
        return self._take_sent()

    def take(self, octets: bytes) -> bytes:
        """What the board sends when these octets have come."""
        self.c.stub_take(octets, len(octets))
        return self._take_sent()

    def passes(self, milliseconds: int, *, due: int = 0, octets: int = 3) -> bytes:
        """What the board sends of itself when time has passed.

        Args:
            due: how many ticks have something to say: four messages of `octets` each.
        """
        self._due.value += due
        ctypes.c_uint32.in_dll(self.c, "stub_due_octets").value = octets
        self._milliseconds.value = (self._milliseconds.value + milliseconds) % (1 << 32)
        self.c.stub_time_passes()
        return self._take_sent()

    def program(self, offset: int, word: int) -> bytes:
        """What the board sends when a word is programmed, which should be nothing."""
        self.c.stub_program(offset, word)
        return self._take_sent()

    @property
    def flash(self) -> bytes:
        return bytes(self._flash)

    @property
    def received(self) -> int:
        """How many messages the machine got."""
        return ctypes.c_size_t.in_dll(self.c, "stub_received").value

    def blank(self) -> None:
        """Nothing in its flash, as it was made."""
        self.c.stub_blank()

    def wiped(self) -> bytes:
        """What stands now where octets were last overwritten."""
        at = ctypes.c_void_p.in_dll(self.c, "stub_wiped").value
        assert at is not None
        return ctypes.string_at(at, ctypes.c_size_t.in_dll(self.c, "stub_wiped_length").value)

    def fail_self_test(self) -> None:
        ctypes.c_bool.in_dll(self.c, "stub_self_test").value = False

    def _take_sent(self) -> bytes:
        octets = bytes(self._sent[: self._length.value])
        self._length.value = 0
        return octets
