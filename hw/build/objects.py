"""One C file in, one object out; kept by the digest of all that goes into it."""

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from firmware_sim.hw.build.bearssl import SOURCES
from firmware_sim.hw.build.cache import cache_folder, file_digest, is_kept, keep
from firmware_sim.hw.build.toolchain import Toolchain
from firmware_sim.hw.errors import BoardFileError, HardwareError

ROOT = Path(__file__).resolve().parents[1]
FIRMWARE_FOLDER = ROOT / "firmware"

WARNINGS = (
    "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wconversion", "-Wstrict-prototypes",
    "-Wmissing-prototypes",
)  # fmt: skip

_COMPILE_SECONDS = 300
_SHOWN_LINES = 40
# A message begins where a place is named, but for a note to the one before.
_HEADING = re.compile(r"(In file included from |\S+:\d+(:\d+)?: (?!note:)|\S*ld(\.\w+)?: )")


@dataclass(frozen=True, slots=True)
class Unit:
    """One file to compile.

    Attributes:
        source: below `folder`, which the compiler works in.
        digest: of the source and of every header it may include.
        paths: options that name folders.
        is_outside: it belongs to a board of somebody else.
    """

    folder: Path
    source: str
    options: tuple[str, ...]
    digest: str
    paths: tuple[str, ...]
    is_outside: bool = False


def path_free(bearssl: Path) -> tuple[str, ...]:
    """Options that keep paths of this machine out of what is made.

    Args:
        bearssl: its tree, without a link on the way: the compiler names the real folder.
    """
    # Linking with -flto names files relative to the folder where the linker works: ROOT.
    relative = os.path.relpath(bearssl, ROOT)
    return (*_mapped(relative, "bearssl"), *_mapped(bearssl, "bearssl"), *_mapped(ROOT, "."))


def own_units(
    sources: Iterable[Path],
    options: Sequence[str],
    bearssl: Path | None,
    libc: Path | None = None,
) -> list[Unit]:
    """Our own files, below ``hw``: all warnings are errors.

    Args:
        bearssl: its tree, from which only ``firmware/crypto`` includes; None where it does not.
        libc: folder of ``string.h``, where the compiler has none.
    """
    folders = ("firmware", "boards", "native")
    headers = _digest_of(sorted(path for each in folders for path in ROOT.glob(f"{each}/**/*.h")))
    paths = (
        *_system(libc and libc.relative_to(ROOT)),
        *(() if bearssl is None else (f"-isystem{bearssl / 'inc'}", f"-isystem{bearssl / 'src'}")),
        # Not by their full paths: with -flto, objects keep those.
        f"-I{FIRMWARE_FOLDER.relative_to(ROOT)}",
        "-Iboards",
        "-I.",
        *(_mapped(ROOT, ".") if bearssl is None else path_free(bearssl)),
    )
    return [
        Unit(
            ROOT,
            source.relative_to(ROOT).as_posix(),
            (*options, *WARNINGS),
            file_digest(source) + headers,
            paths,
        )
        for source in sorted(sources)
    ]


def outside_units(folder: Path, like: Unit, options: Sequence[str] = ()) -> list[Unit]:
    """The files of a board that lies outside ``hw``.

    Args:
        like: a file of ours, for the options.
        options: further ones, for these files alone.
    """
    headers = _digest_of(sorted(folder.glob("*.h")))
    return [
        replace(
            like,
            # By its full path: what the compiler says of it, its owner finds.
            source=str(source),
            options=(*like.options, *options),
            digest=file_digest(source) + headers + like.digest,
            paths=(*like.paths, *_mapped(folder, "board")),
            is_outside=True,
        )
        for source in sorted(folder.glob("*.c"))
    ]


def bearssl_units(bearssl: Path, options: Sequence[str], libc: Path | None = None) -> list[Unit]:
    """The files of BearSSL that we use, with its own idea of a warning."""
    headers = _digest_of(sorted([*bearssl.glob("inc/*.h"), *bearssl.glob("src/*.h")]))
    paths = (*_system(libc), "-Iinc", "-Isrc", *path_free(bearssl))
    return [
        Unit(
            bearssl,
            f"src/{name}",
            (*options, "-w"),
            file_digest(bearssl / "src" / name) + headers,
            paths,
        )
        for name in SOURCES
    ]


def compile_all(toolchain: Toolchain, units: Sequence[Unit]) -> list[Path]:
    """The objects, in order of the units; what is unchanged is not compiled again.

    Raises:
        HardwareError: a file does not compile; shows what the compiler says first.
    """
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(lambda unit: _compile(toolchain, unit), units))


def run_tool(
    command: Sequence[str],
    folder: Path,
    what: str,
    first: str = "",
    *,
    error: type[HardwareError] = HardwareError,
) -> None:
    """A compiler or linker that must succeed.

    Args:
        first: what it says of files in whose name this stands is shown before the rest.
        error: what is raised if it does not like its input.

    Raises:
        HardwareError: it did not; shows what it says first, line by line.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a compiler, its options and our own files
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_COMPILE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise HardwareError(f"{what}: {trouble}") from trouble
    if done.returncode:
        said = sorted(_diagnostics(done.stderr), key=lambda lines: first not in lines[0])
        shown = tuple(line for lines in said for line in lines)[:_SHOWN_LINES]
        errors = (line for line in shown if "error" in line or "undefined" in line)
        raise error(f"{what} fails: {next(errors, '')}", details=shown)


def _diagnostics(text: str) -> list[list[str]]:
    """What a compiler prints, each of its messages with the lines that belong to it."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if not found or _HEADING.match(line):
            found.append([])
        found[-1].append(line)
    return found


def digest_of_text(*texts: str) -> str:
    """SHA-256 over the texts, each ended by a zero octet, in hex."""
    return hashlib.sha256("".join(f"{text}\0" for text in texts).encode()).hexdigest()


def _compile(toolchain: Toolchain, unit: Unit) -> Path:
    # The folder too: with -flto, gcc keeps in the object where it worked, whatever is mapped.
    place = (str(unit.folder), unit.source)
    key = digest_of_text(toolchain.version, *place, *unit.options, *unit.paths, unit.digest)
    folder = cache_folder("objects", key[:2])
    kept = folder / f"{key}.o"
    if is_kept(kept):
        return kept
    with tempfile.TemporaryDirectory(dir=folder) as name:
        made = Path(name) / "made.o"
        command = [*toolchain.command, *unit.options, *unit.paths, "-c", unit.source]
        error = BoardFileError if unit.is_outside else HardwareError
        what = f"compiling {unit.source}"
        run_tool([*command, "-o", str(made)], unit.folder, what, error=error)
        keep(made, kept)
    return kept


def _mapped(folder: Path | str, name: str) -> tuple[str]:
    return (f"-ffile-prefix-map={folder}={name}",)


def _system(folder: Path | None) -> tuple[str, ...]:
    return () if folder is None else (f"-isystem{folder}",)


def _digest_of(paths: Iterable[Path]) -> str:
    return digest_of_text(*(f"{path.name} {file_digest(path)}" for path in paths))
