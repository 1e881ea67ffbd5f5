"""Copies of a built library in which functions of its do nothing: what a wrong one looks like."""

import platform
import shutil
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

_MACHINES = ("x86_64", "aarch64")


class Stub(Enum):
    """What a function does instead: its code, for each of the machines."""

    NO = ("31c0c3", "00008052c0035fd6")
    """Returns 0, or false."""

    YES = ("b801000000c3", "20008052c0035fd6")
    """Returns 1, or true."""

    CRASH = ("48c7c000000000c60000", "000080d21f000039")
    """Writes to address 0."""


def stubbed(library: Path, folder: Path, functions: Mapping[str, Stub]) -> Path:
    """A copy of the library in that folder; skips where we know no code for this machine."""
    copy = folder / "stubbed.so"
    shutil.copy(library, copy)
    octets = bytearray(library.read_bytes())
    for name, stub in functions.items():
        code, at = bytes.fromhex(_code(stub)), _place(library, name)
        octets[at : at + len(code)] = code
    copy.write_bytes(octets)
    return copy


def _code(stub: Stub) -> str:
    machine = platform.machine()
    if machine not in _MACHINES:
        pytest.skip(f"no machine code for {machine} is known")
    return stub.value[_MACHINES.index(machine)]


def _place(library: Path, name: str) -> int:
    """Where in the file a function begins."""
    with library.open("rb") as file:
        elf = ELFFile(file)
        table = elf.get_section_by_name(".dynsym")
        assert isinstance(table, SymbolTableSection)
        symbol, *_ = table.get_symbol_by_name(name) or []
        address = int(symbol["st_value"])
        return next(int(at) for at in elf.address_offsets(address))
