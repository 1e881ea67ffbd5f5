"""What an emulator needs of an ELF file: what to load where, and where the functions are."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from firmware_sim.hw.errors import BoardFileError, HardwareError

FLASH_FUNCTIONS = ("flash_program_word", "flash_erase_block")
"""The functions through which alone a board's flash changes (hw/firmware/board.h)."""

_MAX_OCTETS = 2**26


@dataclass(frozen=True, slots=True)
class Firmware:
    """A firmware file.

    Attributes:
        loads: octets by physical address, as a programmer would write them.
        symbols: address of each named function and variable; a function's without its low bit.
        sizes: octets of each of them.
    """

    path: Path
    loads: tuple[tuple[int, bytes], ...]
    symbols: Mapping[str, int]
    sizes: Mapping[str, int]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read an ELF file.

        Raises:
            HardwareError: it cannot be read, is no 32-bit ELF file for Arm, or is over 64 MiB.
        """
        try:
            if path.stat().st_size > _MAX_OCTETS:
                raise HardwareError(f"{path} has over {_MAX_OCTETS} octets, too many for firmware")
            with path.open("rb") as file:
                elf = ELFFile(file)
                if elf["e_machine"] != "EM_ARM" or elf.elfclass != 32:
                    raise HardwareError(f"{path} is not firmware for an Arm processor")
                # By physical address, and only what is in the file: the linker pads segments.
                loads = tuple(
                    (segment["p_paddr"], segment.data())
                    for segment in elf.iter_segments("PT_LOAD")
                    if segment["p_filesz"]
                )
                symbols, sizes = _symbols(elf)
        except OSError as error:
            raise HardwareError(f"cannot read {path}: {error.strerror}") from error
        except ELFError as error:
            raise HardwareError(f"{path} is no ELF file: {error}") from error
        return cls(path, loads, symbols, sizes)

    def flash_functions(self) -> tuple[int, ...]:
        """Where words are programmed and blocks erased.

        Raises:
            HardwareError: the firmware has no such functions.
        """
        try:
            return tuple(self.symbols[name] for name in FLASH_FUNCTIONS)
        except KeyError as error:
            raise HardwareError(f"{self.path} has no function {error}") from None

    @property
    def octets(self) -> int:
        """What it takes of the program memory."""
        return sum(len(octets) for _, octets in self.loads)

    @property
    def build_id(self) -> bytes:
        """SHA-256 over its program and read-only data, as the board itself computes it.

        Raises:
            HardwareError: the firmware does not say where they lie, or says it wrongly.
        """
        digest = hashlib.sha256()
        for name in ("vectors", "firmware"):
            try:
                start, end = self.symbols[f"_{name}_start"], self.symbols[f"_{name}_end"]
            except KeyError as error:
                raise HardwareError(f"{self.path} has no symbol {error}") from None
            if not start <= end <= start + _MAX_OCTETS:
                raise BoardFileError(
                    f"in {self.path}, _{name}_start is {start:#010x} and _{name}_end {end:#010x}",
                    "see to link.ld, which sets them: the second follows the first",
                )
            digest.update(self.between(start, end))
        return digest.digest()

    def between(self, start: int, end: int) -> bytes:
        """What is loaded from an address up to another; zero where nothing is."""
        memory = bytearray(end - start)
        for address, octets in self.loads:
            low, high = max(start, address), min(end, address + len(octets))
            if low < high:
                memory[low - start : high - start] = octets[low - address : high - address]
        return bytes(memory)

    def where(self, address: int) -> str:
        """An address for people: the function it lies in, and the distance from its start."""
        for name, start in self.symbols.items():
            if start <= address < start + self.sizes.get(name, 0):
                return f"{name}+{address - start:#x}"
        return f"{address:#010x}"


def _symbols(elf: ELFFile) -> tuple[dict[str, int], dict[str, int]]:
    symbols, sizes = {}, {}
    for section in elf.iter_sections():
        if isinstance(section, SymbolTableSection):
            for symbol in section.iter_symbols():
                kind = symbol["st_info"]["type"]
                # The linker's own have no type; neither have the marks of code and data ("$t").
                if kind in ("STT_FUNC", "STT_OBJECT", "STT_NOTYPE") and symbol.name[:1] != "$":
                    low_bit = int(kind == "STT_FUNC")
                    symbols[symbol.name] = symbol["st_value"] & ~low_bit
                    sizes[symbol.name] = symbol["st_size"]
    return symbols, sizes
