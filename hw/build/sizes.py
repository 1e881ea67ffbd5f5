"""How much of a board the firmware takes, and how much it may."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

# 52 KiB until the firmware carried out twelve uses of its keys besides the credential commands:
# DLMS and ZCL, tokens and their cache, activation, encryption: 8.3 KiB. 64 KiB is the limit.
TEXT_BUDGET: Final = 60 * 1024
"""Octets of program memory: code, constants, and what initialises variables."""

OTHER_TEXT_BUDGET: Final = 72 * 1024
"""The same, as another compiler than gcc makes it."""

STACK_BUDGET: Final = 6 * 1024
"""Octets of stack at its deepest."""

_STACK_SECTION: Final = ".stack"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Octets of an ELF file.

    Attributes:
        text: of program memory.
        data: of RAM for variables, initialised or not; without the stack.
        stack: that the linker script sets aside.
    """

    text: int
    data: int
    stack: int


def sizes_of(elf: Path) -> Sizes:
    """The sizes of a firmware file."""
    text = data = stack = 0
    with elf.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            size, flags = section["sh_size"], section["sh_flags"]
            if not flags & SH_FLAGS.SHF_ALLOC:
                continue
            if section.name == _STACK_SECTION:
                stack += size
                continue
            text += size if section["sh_type"] != "SHT_NOBITS" else 0
            data += size if flags & SH_FLAGS.SHF_WRITE else 0
    return Sizes(text, data, stack)


def largest(elf: Path, count: int) -> list[tuple[str, int]]:
    """The functions and constants that take most of the program memory: name and octets."""
    with elf.open("rb") as file:
        image = ELFFile(file)
        sections = list(image.iter_sections())
        tables = [section for section in sections if isinstance(section, SymbolTableSection)]
        found = {
            symbol.name: symbol["st_size"]
            for table in tables
            for symbol in table.iter_symbols()
            if isinstance(symbol["st_shndx"], int)
            and sections[symbol["st_shndx"]]["sh_type"] != "SHT_NOBITS"
            and sections[symbol["st_shndx"]]["sh_flags"] & SH_FLAGS.SHF_ALLOC
        }
    return sorted(found.items(), key=lambda entry: -entry[1])[:count]
