"""The firmware of a board: all sources in, one ELF out, the same octets every time."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from firmware_sim.hw.build.bearssl import bearssl_source
from firmware_sim.hw.build.cache import cache_folder, file_digest, is_kept, keep
from firmware_sim.hw.build.catalogue import BoardDescription
from firmware_sim.hw.build.link_script import check_is_whole, check_linked
from firmware_sim.hw.build.objects import (
    FIRMWARE_FOLDER,
    ROOT,
    Unit,
    bearssl_units,
    compile_all,
    digest_of_text,
    outside_units,
    own_units,
    path_free,
    run_tool,
)
from firmware_sim.hw.build.stack import stack_bound
from firmware_sim.hw.build.toolchain import Toolchain, cross_toolchain
from firmware_sim.hw.emulators.described_flash import check_built
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.errors import BoardFileError, HardwareError
from firmware_sim.hw.headers.geometry import initialiser

STARTUP = ROOT / "boards" / "cortex_m"
_LIBC = FIRMWARE_FOLDER / "libc"

# One instruction set, no libc: what it would bring is in firmware/libc. Builtins stay, so that
# a copy of a few octets is no call.
_OPTIONS = (
    "-std=c11", "-Os", "-g", "-ffreestanding", "-fbuiltin", "-ffunction-sections",
    "-fdata-sections", "-fno-common",
)  # fmt: skip
# gcc optimises all files as one: that is 7 % of the text. Zig's clang checks arithmetic unasked.
_FAMILY_OPTIONS = {"gcc": ("-flto", "-flto-partition=one"), "zig": ("-fno-sanitize=all",)}
# Else the loop in memcpy becomes a call of memcpy.
_LIBC_OPTIONS = {
    "gcc": ("-fno-lto", "-fno-tree-loop-distribute-patterns"),
    "zig": ("-fno-builtin",),
}
_CONTINUED = "\\\n"
_CLOSED = ("-DLINK_CLOSED",)
# gcc, which optimises all files as one, would leave `board_flash` out: `check_built` reads it.
_FAMILY_LINK_OPTIONS = {
    "gcc": ("-fcallgraph-info=su", "-Wl,--undefined=board_flash"),
    "zig": (),
}
# libgcc is what the compiler itself calls, such as a division of 64 bits; Zig has its own.
_LINK_OPTIONS = (
    "-nostdlib",
    "-static",
    "-Wl,--gc-sections",
    "-Wl,--build-id=none",
    "-Wl,--entry=reset_handler",
)


def build(
    board: BoardDescription, toolchain: Toolchain | None = None, *, closed: bool = False
) -> Path:
    """The ELF of a board, made anew only if something in it changed.

    Args:
        toolchain: None for the first that is there.
        closed: leave out what a board on a bench can be asked without a password and a board
            elsewhere should not: READ, CLOCK, CUT and ERASE (hw/PROTOCOL.md, 1.1).

    Raises:
        HardwareError: no compiler, no BearSSL, or a file of ours that does not compile.
        BoardFileError: a file of the board is missing or does not compile, board.c names
            another flash or another board than board.toml, or link.ld gives too little stack.
    """
    toolchain = toolchain or cross_toolchain()
    script = board.folder / "link.ld"
    check_is_whole(board.folder)
    with FileLock(cache_folder() / "build.lock"):
        bearssl = bearssl_source()
        objects = compile_all(toolchain, _units(board, toolchain, bearssl, closed=closed))
        parts = (*(path.stem for path in objects), file_digest(script), *_LINK_OPTIONS, board.name)
        key = digest_of_text(*parts, *_FAMILY_LINK_OPTIONS[toolchain.name])
        name = f"{board.name}-closed" if closed else board.name
        elf = cache_folder("elf", key[:16]) / f"{name}.elf"
        if not (is_kept(elf) and is_kept(call_graph(elf))):
            _link(board, toolchain, [*path_free(bearssl), *map(str, objects)], elf)
    firmware = Firmware.read(elf)
    check_built(board, firmware)
    check_linked(firmware, script, _stack_of(elf))
    return elf


def firmware_sources(folder: Path = FIRMWARE_FOLDER) -> list[Path]:
    """Every C file that a board runs."""
    return list(folder.glob("**/*.c"))


def _units(
    board: BoardDescription, toolchain: Toolchain, bearssl: Path, *, closed: bool
) -> list[Unit]:
    options = (*_options(board, toolchain), *(_CLOSED if closed else ()))
    sources = firmware_sources()
    libc = [source for source in sources if source.parent == _LIBC]
    is_ours = _is_ours(board)
    of_board = board.folder.glob("*.c") if is_ours else ()
    others = [*set(sources).difference(libc), *of_board, *STARTUP.glob("*.c")]
    own = own_units(others, options, bearssl, _LIBC)
    return [
        *own,
        *(() if is_ours else outside_units(board.folder, own[0], _geometry(board))),
        *own_units(libc, (*options, *_LIBC_OPTIONS[toolchain.name]), bearssl, _LIBC),
        *bearssl_units(bearssl, options, _LIBC),
    ]


def _is_ours(board: BoardDescription) -> bool:
    return board.folder.is_relative_to(ROOT)


def _geometry(board: BoardDescription) -> tuple[str, ...]:
    """BOARD_GEOMETRY, so that a board outside the tree says in its board.toml alone what it has."""
    return (f"-DBOARD_GEOMETRY={initialiser(board.flash.geometry).replace(_CONTINUED, '')}",)


def _options(board: BoardDescription, toolchain: Toolchain) -> tuple[str, ...]:
    family = _FAMILY_OPTIONS[toolchain.name]
    return (*_OPTIONS, *family, *toolchain.processor(board.cpu), *board.options)


def call_graph(elf: Path) -> Path:
    """Where gcc's call graph of an ELF file lies, with the frame of each function."""
    return elf.with_suffix(".ci")


def _stack_of(elf: Path) -> int | None:
    """The most octets of stack; None if no graph tells, or a board.c does what it cannot tell."""
    graph = call_graph(elf)
    with suppress(HardwareError):
        return stack_bound(graph).octets if graph.stat().st_size else None
    return None


def _link(board: BoardDescription, toolchain: Toolchain, parts: Sequence[str], elf: Path) -> None:
    with tempfile.TemporaryDirectory(dir=elf.parent) as name:
        folder = Path(name)
        command = [
            *toolchain.command,
            *_options(board, toolchain),
            *_LINK_OPTIONS,
            *_FAMILY_LINK_OPTIONS[toolchain.name],
            f"-Wl,-T,{board.folder / 'link.ld'}",
            *parts,
            "-lgcc",
            "-o",
            str(folder / elf.name),
        ]
        error = HardwareError if _is_ours(board) else BoardFileError
        run_tool(command, ROOT, f"linking {board.name}", str(board.folder), error=error)
        graph = "".join(each.read_text("utf-8") for each in sorted(folder.glob("*.ci")))
        joined = folder / "joined"
        joined.write_text(graph, "utf-8")
        keep(joined, call_graph(elf))
        keep(folder / elf.name, elf)
