"""The firmware for the machine we sit at: a library for tests, programs for fuzzers."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from filelock import FileLock

from firmware_sim.hw.build.bearssl import bearssl_source
from firmware_sim.hw.build.cache import cache_folder
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

CHECKED: Final = "HOST_LIBRARY_CHECKED"
"""Set in the environment, the host library runs under AddressSanitizer and UBSan."""

HOST_FOLDER = FIRMWARE_FOLDER / "host"

_OPTIONS = ("-std=c11", "-O1", "-g", "-fPIC", "-fno-common", "-fvisibility=default")
_CHECKS = (
    "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer",
)  # fmt: skip
# Else it reads words where they lie, which x86 allows and UBSan does not.
_ALIGNED = ("-DBR_LE_UNALIGNED=0", "-DBR_BE_UNALIGNED=0")
# A board starts in main; on the host a test or a fuzzer calls the functions.
_NOT_HERE = ("main.c", "libc/string.c", "libc/aeabi.c")


def build_host_library(compiler: str | None = None) -> Path:
    """A shared library of the whole firmware on the board of host/board.c; see host/host.h.

    Args:
        compiler: ``gcc`` or ``clang``; None for the first that is there.

    Raises:
        HardwareError: no compiler, no BearSSL, or a file that does not compile.
    """
    checks = _CHECKS if os.environ.get(CHECKED) else ()
    options = (*_OPTIONS, *checks)
    return _build(host_toolchain(compiler), "firmware.so", [], options, ["-shared", *checks])


def checked_environment() -> dict[str, str]:
    """What a Python needs in its environment so that its host library runs under the sanitizers.

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


def build_host_program(main: Path, *, fuzzer: bool = False) -> Path:
    """A program of the firmware under AddressSanitizer and UBSan, made by clang.

    Args:
        main: a C file in host/ with ``main``, or with ``LLVMFuzzerTestOneInput``.
        fuzzer: link libFuzzer to it and count what it reaches.

    Raises:
        HardwareError: no clang or its run-time libraries, no BearSSL, or it does not compile.
    """
    checks = list(_CHECKS)
    if fuzzer:
        checks.append("-fsanitize=fuzzer-no-link")
    link = [*_CHECKS, *(["-fsanitize=fuzzer"] if fuzzer else [])]
    return _build(host_toolchain("clang"), main.stem, [main], (*_OPTIONS, *checks), link)


def _build(
    toolchain: Toolchain,
    name: str,
    programs: Sequence[Path],
    options: tuple[str, ...],
    link: Sequence[str],
) -> Path:
    with FileLock(cache_folder() / "host.lock"):
        objects = compile_all(toolchain, _units(programs, options))
        key = digest_of_text(toolchain.version, *(path.stem for path in objects), *link)
        built = cache_folder("host", key[:16]) / name
        if not built.is_file():
            with tempfile.TemporaryDirectory(dir=built.parent) as folder:
                made = Path(folder) / name
                command = [*toolchain.command, *map(str, objects), *link, "-o", str(made)]
                run_tool(command, ROOT, f"linking {name}")
                made.replace(built)
    return built


def _units(programs: Sequence[Path], options: tuple[str, ...]) -> list[Unit]:
    bearssl = bearssl_source()
    left_out = {FIRMWARE_FOLDER / name for name in _NOT_HERE}
    board = [path for path in HOST_FOLDER.glob("*.c") if not _is_program(path)]
    sources = [path for path in firmware_sources() if path not in left_out]
    return [
        *own_units([*sources, *board, *programs], options, bearssl),
        *bearssl_units(bearssl, (*options, *_ALIGNED)),
    ]


def _is_program(path: Path) -> bool:
    """Fuzzers and other programs of the host: one of them is linked at a time."""
    return path.stem.startswith(("fuzz_", "run_"))
