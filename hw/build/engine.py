"""The firmware for the machine we sit at: the native engine, and programs that try the firmware."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock

from firmware_sim.hw.build.bearssl import bearssl_source
from firmware_sim.hw.build.cache import cache_folder, file_digest, is_kept, keep
from firmware_sim.hw.build.firmware import firmware_sources
from firmware_sim.hw.build.objects import (
    FIRMWARE_FOLDER,
    ROOT,
    Unit,
    bearssl_units,
    compile_all,
    digest_of_text,
    own_units,
    run_tool,
)
from firmware_sim.hw.build.toolchain import Toolchain, host_toolchain
from firmware_sim.hw.errors import HardwareError

CHECKED: Final = "ENGINE_CHECKED"
"""Set in the environment, the engine runs under AddressSanitizer and UBSan."""

NATIVE_FOLDER: Final = ROOT / "native"
PROGRAMS: Final = NATIVE_FOLDER / "programs"

_OPTIONS = ("-std=c11", "-g", "-fPIC", "-fno-common", "-fvisibility=default")
_FAST = ("-O2", "-fno-semantic-interposition")
# A test finds the known answers in the file, and changes them.
_PLAIN = ("-O1",)
_CHECKS = (
    "-O1", "-DENGINE_IS_CHECKED", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
)  # fmt: skip
# Else it reads words where they lie, which x86 allows and UBSan does not.
_ALIGNED = ("-DBR_LE_UNALIGNED=0", "-DBR_BE_UNALIGNED=0")
# A board starts in main; here a caller calls the functions.
_NOT_HERE = ("main.c", "libc/string.c", "libc/aeabi.c")
_FOR_TESTS = ("bearssl.c", "line.c")  # of NATIVE_FOLDER, with the board's own cryptography
_MACHINE: Final = "firmware-machine.o"  # ram.ld names it
_RAM_SCRIPT: Final = NATIVE_FOLDER / "ram.ld"
_LIBRARIES = ("crypto", "z")
# Of NATIVE_FOLDER: it alone is compiled again when any other file changes.
_TELLS_SOURCES = "engine.c"
_MEND = "apt install gcc libssl-dev zlib1g-dev (make engine does)"


class Cryptography(StrEnum):
    """What the engine's cryptography is: the fast one, or the board's own."""

    LIBCRYPTO = "libcrypto"
    BEARSSL = "bearssl"


class _Parts(NamedTuple):
    """C files: those whose static memory is a device's, and the rest."""

    machine: list[Path]
    around: list[Path]


def build_engine(
    cryptography: Cryptography = Cryptography.LIBCRYPTO, compiler: str | None = None
) -> Path:
    """The shared library of hw/native, made anew only if something in it changed.

    Args:
        compiler: ``gcc`` or ``clang``; None for the first that is there.

    Raises:
        HardwareError: no compiler, no libcrypto or BearSSL, or a file that does not compile.
    """
    toolchain = host_toolchain(compiler)
    checks = _CHECKS if os.environ.get(CHECKED) else ()
    with FileLock(cache_folder() / "engine.lock"):
        return _library(toolchain, cryptography, checks)


def sources_digest() -> str:
    """SHA-256 in hex over every C file and header that the engine and the boards share."""
    files = sorted([*FIRMWARE_FOLDER.rglob("*.[ch]"), *NATIVE_FOLDER.rglob("*.[ch]")])
    return digest_of_text(
        *(f"{path.relative_to(ROOT).as_posix()} {file_digest(path)}" for path in files)
    )


def checked_environment() -> dict[str, str]:
    """What a Python needs in its environment so that its engine runs under the sanitizers.

    Raises:
        HardwareError: there is no gcc, or its sanitizers are not there.
    """
    command = (*host_toolchain("gcc").command, "-print-file-name=libasan.so")
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - gcc
    library = Path(done.stdout.strip())
    if not library.is_absolute():
        raise HardwareError("gcc has no AddressSanitizer", "apt install libgcc-12-dev")
    # The interpreter never frees everything, and is not what is checked.
    return {CHECKED: "1", "LD_PRELOAD": str(library), "ASAN_OPTIONS": "detect_leaks=0"}


def build_program(main: Path, *, fuzzer: bool = False) -> Path:
    """A program of the firmware under AddressSanitizer and UBSan, made by clang.

    Args:
        main: a C file with ``main``, or with ``LLVMFuzzerTestOneInput``.
        fuzzer: link libFuzzer to it and count what it reaches.

    Raises:
        HardwareError: no clang or its run-time libraries, no BearSSL, or it does not compile.
    """
    checks = [*_CHECKS, *(["-fsanitize=fuzzer-no-link"] if fuzzer else [])]
    link = [*_CHECKS, *(["-fsanitize=fuzzer"] if fuzzer else [])]
    toolchain = host_toolchain("clang")
    with FileLock(cache_folder() / "engine.lock"):
        parts = _parts(Cryptography.BEARSSL)
        around = [*parts.around, main]
        machine, rest = _objects(toolchain, _Parts(parts.machine, around), tuple(checks))
        return _linked(toolchain, main.stem, machine, rest, link)


def _library(toolchain: Toolchain, cryptography: Cryptography, checks: tuple[str, ...]) -> Path:
    parts = _parts(cryptography)
    if cryptography is Cryptography.BEARSSL:
        machine, rest = _objects(toolchain, parts, checks or _PLAIN)
        return _linked(toolchain, "engine.so", machine, rest, ["-shared", *checks])
    options = checks or _FAST
    own = (*_OPTIONS, *options)
    telling = [path for path in parts.around if path.name == _TELLS_SOURCES]
    silent = [path for path in parts.around if path not in telling]
    units = [*own_units(silent, own, None), *own_units(telling, (*own, *_named_sources()), None)]
    machine = compile_all(toolchain, own_units(parts.machine, own, None))
    rest = compile_all(toolchain, units)
    link = [
        "-shared",
        "-Wl,--no-undefined",
        "-Wl,--exclude-libs,ALL",
        "-Wl,--gc-sections",
        "-Wl,-Bsymbolic-functions",
    ]
    return _linked(toolchain, "engine.so", machine, rest, [*link, *checks], _libraries(toolchain))


def _named_sources() -> tuple[str, ...]:
    return (f'-DENGINE_SOURCES="{sources_digest()}"',)


def _parts(cryptography: Cryptography) -> _Parts:
    """The firmware beneath and the board of memory around it.

    The engine proper has the machine and no link; for the tests the whole firmware is there.
    """
    around = [path for path in NATIVE_FOLDER.glob("*.c") if path.name != "sharing.c"]
    left_out = {FIRMWARE_FOLDER / name for name in _NOT_HERE}
    firmware = [path for path in firmware_sources() if path not in left_out]
    if cryptography is Cryptography.BEARSSL:
        return _Parts(firmware, around)
    ports = list((NATIVE_FOLDER / "ports").glob("*.c"))
    around = [path for path in NATIVE_FOLDER.glob("*.c") if path.name not in _FOR_TESTS]
    around += [*ports, *(NATIVE_FOLDER / "crypto").glob("*.c")]
    replaced = {port.name for port in ports} | {"crypto.c", "curve.c", "key_wrap.c"}
    machine = [
        path
        for path in firmware
        if path.name not in replaced and (path.parent.name != "link" or path.name == "cut.c")
    ]
    return _Parts(machine, around)


def _objects(
    toolchain: Toolchain, parts: _Parts, options: tuple[str, ...]
) -> tuple[list[Path], list[Path]]:
    bearssl = bearssl_source()
    own = (*_OPTIONS, *options)
    machine: list[Unit] = own_units(parts.machine, own, bearssl)
    around = own_units(parts.around, own, bearssl)
    library = bearssl_units(bearssl, (*own, *_ALIGNED))
    return compile_all(toolchain, machine), compile_all(toolchain, [*around, *library])


def _linked(
    toolchain: Toolchain,
    name: str,
    machine: Sequence[Path],
    rest: Sequence[Path],
    link: Sequence[str],
    libraries: Sequence[str] = (),
) -> Path:
    parts = (*(path.stem for path in (*machine, *rest)), *link, *libraries)
    key = digest_of_text(toolchain.version, *parts, file_digest(_RAM_SCRIPT))
    built = cache_folder("engine", key[:16]) / name
    if is_kept(built):
        return built
    with tempfile.TemporaryDirectory(dir=built.parent) as folder:
        joined, made = Path(folder) / _MACHINE, Path(folder) / name
        join = [*toolchain.command, "-r", "-nostdlib", *map(str, machine), "-o", str(joined)]
        run_tool(join, ROOT, f"joining the machine of {name}")
        command = [*toolchain.command, f"-Wl,-T,{_RAM_SCRIPT}", str(joined), *map(str, rest)]
        run_tool([*command, *link, *libraries, "-o", str(made)], ROOT, f"linking {name}")
        keep(made, built)
    return built


def _libraries(toolchain: Toolchain) -> list[str]:
    """Libcrypto and zlib: into the engine itself where that is possible, else loaded with it.

    Raises:
        HardwareError: one is not there.
    """
    return [_library_file(toolchain, name) for name in _LIBRARIES]


def _library_file(toolchain: Toolchain, name: str) -> str:
    for suffix in ("a", "so"):
        command = (*toolchain.command, f"-print-file-name=lib{name}.{suffix}")
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - the compiler
        path = Path(done.stdout.strip())
        if path.is_absolute():
            return str(path.resolve())
    raise HardwareError(f"there is no lib{name} to build the engine with", _MEND)
