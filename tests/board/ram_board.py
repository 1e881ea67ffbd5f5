"""The firmware's store, compiled for this machine over a flash in RAM (ram_flash.c)."""

import ctypes
import subprocess
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from firmware_sim.hw.build.toolchain import host_toolchain
from firmware_sim.hw.errors import HardwareError
from firmware_sim.hw.headers.geometry import initialiser
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.layout import BODY_OCTETS
from firmware_sim.machine.image.records import RecordKey, RecordKind

FIRMWARE = Path(__file__).parents[2] / "hw" / "firmware"
SOURCES = (
    Path(__file__).with_name("ram_flash.c"),
    FIRMWARE / "gbcs" / "crc32.c",
    FIRMWARE / "generated" / "geometry.c",
    *(
        FIRMWARE / "machine" / f"{name}.c"
        for name in (
            "blank",
            "changes",
            "entries",
            "journal",
            "live",
            "recovery",
            "scan",
            "store",
            "superblock",
        )
    ),
)
_FLAGS = ("-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-fPIC")
_FOLDER = TemporaryDirectory(prefix="firmware-sim-store-")
_DIGEST_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
_NEVER = 0xFFFFFFFF

Changes = Mapping[RecordKey, bytes | None]


class Result(IntEnum):
    """What became of an action: enum store_result, or the supply failed."""

    OK = 0
    NO_AREA = 1
    ALTERED = 2
    FAILED = 3
    FULL = 4
    POWER_LOST = 100


class Action(IntEnum):
    OPEN = 0
    COMMIT = 1
    FORMAT = 2


class Cut(NamedTuple):
    """The power fails at an operation, counted from 0: before it, after it or in its midst."""

    operation: int = _NEVER
    flavour: int = 0
    mask: int = 0


BEFORE, AFTER, TORN = range(3)


@cache
def library(geometry: Geometry, *options: str) -> Path:
    """The shared library for a part; `options` are further ones for the compiler."""
    try:
        compiler = host_toolchain().command
    except HardwareError as error:
        pytest.skip(f"needs the firmware's store for this computer: {error}")
    path = Path(_FOLDER.name) / f"{abs(hash((geometry, options)))}.so"
    part = initialiser(geometry).replace("\\\n", "")
    command = [
        *compiler,
        *_FLAGS,
        *options,
        "-shared",
        f"-I{FIRMWARE}",
        f"-DGEOMETRY={part}",
        *map(str, SOURCES),
        "-o",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


class RamBoard:
    """One part's store. There is one device in a library, so one of these at a time."""

    def __init__(self, geometry: Geometry, *options: str) -> None:
        self.geometry = geometry
        self._c = ctypes.CDLL(str(library(geometry, *options)))
        self._c.flash_octets.restype = ctypes.c_void_p
        self._c.changes_put.restype = ctypes.c_void_p
        self._flash = self._c.flash_octets()
        self._hook = _DIGEST_HOOK(_sha256)
        pointer = ctypes.cast(self._hook, ctypes.c_void_p)
        ctypes.c_void_p.in_dll(self._c, "sha256").value = pointer.value
        self.fail_at(None)
        self.load(bytes([geometry.erased_value]) * geometry.size)

    def load(self, image: bytes) -> None:
        ctypes.memmove(self._flash, image, len(image))
        self._c.flash_loaded()

    def image(self) -> bytes:
        return ctypes.string_at(self._flash, self.geometry.size)

    def open(self, cut: Cut = Cut()) -> Result:  # noqa: B008 - immutable
        return self._run(Action.OPEN, cut)

    def commit(self, changes: Changes, cut: Cut = Cut()) -> Result:  # noqa: B008 - immutable
        self.stage(changes.items())
        return self.commit_staged(cut)

    def commit_staged(self, cut: Cut = Cut()) -> Result:  # noqa: B008 - immutable
        return self._run(Action.COMMIT, cut)

    def format(
        self,
        records: Iterable[tuple[RecordKey, bytes]],
        cut: Cut = Cut(),  # noqa: B008 - immutable
    ) -> Result:
        """As an ESME, with the entity of tests.machine.store.starting_stores."""
        self.stage(records)
        return self._run(Action.FORMAT, cut)

    def stage(self, changes: Iterable[tuple[RecordKey, bytes | None]]) -> None:
        self._c.changes_begin()
        for key, body in changes:
            if body is None:
                self._c.changes_remove(int(key.kind), key.number)
            else:
                place = self._c.changes_put(int(key.kind), key.number)
                ctypes.memmove(place, body, len(body))

    def stage_unknown_kind(self) -> None:
        self._c.changes_begin()
        self._c.changes_put(0xEE, 0)

    def fail_at(self, offset: int | None) -> None:
        """Programs of the word at this offset have no effect from now on."""
        self._c.flash_fail_at(_NEVER if offset is None else offset)

    @property
    def operations(self) -> int:
        """Words programmed and blocks erased by the last action."""
        return int(self._c.flash_operations())

    @property
    def faults(self) -> int:
        """Rules of the part that were broken since an image was loaded."""
        return int(self._c.flash_faults())

    @property
    def generation(self) -> int:
        return int(self._c.store_generation())

    def digest(self) -> bytes:
        digest = ctypes.create_string_buffer(32)
        self._c.store_digest(digest)
        return digest.raw

    def get(self, key: RecordKey) -> bytes | None:
        self._c.store_body.restype = ctypes.c_void_p
        at = self._c.store_body(key.kind, key.number)
        return None if at is None else ctypes.string_at(at, BODY_OCTETS[key.kind])

    def everything(self) -> dict[RecordKey, bytes]:
        return {key: body for kind in RecordKind for key, body in self.items(kind)}

    def items(self, kind: RecordKind) -> list[tuple[RecordKey, bytes]]:
        index, body = ctypes.c_int32(-1), ctypes.c_void_p()
        found = []
        next_of = self._c.store_next
        next_of.restype = ctypes.c_bool
        while next_of(int(kind), ctypes.byref(index), ctypes.byref(body)):
            octets = ctypes.string_at(body.value or 0, BODY_OCTETS[kind])
            found.append((RecordKey(kind, index.value), octets))
        return found

    def block(self, number: int) -> tuple[int, int]:
        """Start and size, as geometry_block says."""
        self._c.block_of.restype = ctypes.c_uint64
        packed = int(self._c.block_of(number))
        return packed >> 32, packed & _NEVER

    def _run(self, action: Action, cut: Cut) -> Result:
        mask = ctypes.c_uint32(cut.mask)
        return Result(self._c.run(int(action), ctypes.c_uint32(cut.operation), cut.flavour, mask))


def _sha256(octets: int, length: int, digest: int) -> None:
    ctypes.memmove(digest, sha256(ctypes.string_at(octets, length)).digest(), 32)
