"""Pieces of generated C: enumerations, tables, and the frame around a file."""

from collections.abc import Iterable, Mapping
from enum import Enum

_NOTE = "// Made by `python -m firmware_sim.hw.headers` from the Python package; do not edit."
_COLUMNS = 100


def header(name: str, source: str, *parts: str, includes: Iterable[str] = ()) -> str:
    """A complete header file with its guard.

    Args:
        name: file name, e.g. ``tables.h``.
        source: what it is made from, for the reader who wants to change something.
        includes: further headers, as they stand between the quotes or angle brackets.
    """
    guard = "GENERATED_" + name.upper().replace(".", "_")
    body = "\n\n".join(("#include <stdint.h>", *_includes(includes), *parts))
    return f"{_NOTE}\n// Source: {source}\n#ifndef {guard}\n#define {guard}\n\n{body}\n\n#endif\n"


def source(own_header: str, source: str, *parts: str) -> str:
    """A complete C file that includes its own header."""
    body = "\n\n".join((f'#include "generated/{own_header}"', *parts))
    return f"{_NOTE}\n// Source: {source}\n{body}\n"


def enum(prefix: str, values: Mapping[str, int], *, name: str = "", hexadecimal: int = 0) -> str:
    """An enumeration; `hexadecimal` is the number of digits, 0 for decimal numbers."""
    lines = [
        f"    {prefix}{key} = {f'0x{value:0{hexadecimal}X}' if hexadecimal else value},"
        for key, value in values.items()
    ]
    opening = f"enum {name} {{" if name else "enum {"
    return "\n".join((opening, *lines, "};"))


def members(enumeration: type[Enum]) -> dict[str, int]:
    """Names and numbers of a Python enumeration."""
    return {name: int(member.value) for name, member in enumeration.__members__.items()}


def array(declaration: str, items: Iterable[str]) -> str:
    """A definition with an initialiser, filled up to the line length."""
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > _COLUMNS:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join((f"{declaration} = {{", *lines, line, "};"))


def _includes(names: Iterable[str]) -> list[str]:
    lines = [f"#include {name}" if name.startswith("<") else f'#include "{name}"' for name in names]
    return ["\n".join(lines)] if lines else []


def rows(declaration: str, rows: Iterable[str]) -> str:
    """The definition of a table with one initialiser a line."""
    return "\n".join((f"{declaration} = {{", *(f"    {row}," for row in rows), "};"))
