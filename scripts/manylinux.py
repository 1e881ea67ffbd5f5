"""``python -m scripts.manylinux FILE``: the platform tag that a wheel with this library may have.

It is the oldest C library that has every symbol which the file asks for (PEP 600). A file that
needs another library than the C library's own gets no tag: it would not run everywhere.
"""

import platform
import re
import sys
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

_EVERYWHERE = re.compile(r"(libc|libm|libdl|libpthread|ld-linux.*)\.so\.\d+")
_VERSION = re.compile(r"GLIBC_(\d+)\.(\d+)")


def platform_tag(path: Path) -> str:
    """E.g. ``manylinux_2_34_x86_64``.

    Raises:
        ValueError: it needs a library that not every Linux has.
    """
    with path.open("rb") as file:
        elf = ELFFile(file)
        needed = [
            str(tag.needed)  # type: ignore[attr-defined]
            for section in elf.iter_sections()
            if isinstance(section, DynamicSection)
            for tag in section.iter_tags("DT_NEEDED")
        ]
        versions = [
            (int(found[1]), int(found[2]))
            for section in elf.iter_sections()
            if isinstance(section, GNUVerNeedSection)
            for _, symbols in section.iter_versions()
            for symbol in symbols
            if (found := _VERSION.fullmatch(symbol.name))
        ]
    others = [name for name in needed if not _EVERYWHERE.fullmatch(name)]
    if others:
        raise ValueError(f"{path.name} needs {', '.join(others)}, which not every Linux has")
    major, minor = max(versions)
    return f"manylinux_{major}_{minor}_{platform.machine()}"


if __name__ == "__main__":
    print(platform_tag(Path(sys.argv[1])))  # noqa: T201 - a script's answer
