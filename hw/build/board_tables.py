"""What may stand in a board.toml: its tables, their keys, and the form of each value.

A board's folder may come from others. Nothing in it is a path, an option or a name that a program
here would take for more than it is.
"""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final

MAX_FLASH_OCTETS: Final = 16 * 1024 * 1024
_ERASED = (0x00, 0xFF)
_MAX_BLOCKS = 4  # runs of them: the boot record has no more

Check = Callable[[Any], bool]


class BoardTableError(ValueError):
    """A mistake in a board.toml, in words."""


def _text(form: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(form, value) is not None


def _number(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _list(each: Check, most: int) -> Check:
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(each, value))


def _run(value: Any) -> bool:
    positive = _number(1, MAX_FLASH_OCTETS)
    return (
        isinstance(value, list)
        and len(value) == len(("count", "octets"))
        and all(map(positive, value))
    )


def _blocks(value: Any) -> bool:
    return (
        bool(value)
        and _list(_run, _MAX_BLOCKS)(value)
        and (sum(count * octets for count, octets in value) <= MAX_FLASH_OCTETS)
    )


_TABLE: Final = "a table"
# The form of each value, and how it is named to people. An option of the compiler defines a name or
# chooses a machine, and never names a file: some of those are run.
_KEYS: Final[Mapping[str, Mapping[str, tuple[Check, str]]]] = {
    "": {
        "name": (_text("[a-z0-9][a-z0-9-]{0,39}"), "small letters, digits and hyphens"),
        "title": (_text("[^\x00-\x1f\x7f]{1,100}"), "one line of text"),
        "cpu": (_text("cortex-m[0-9a-z+]{1,8}"), "a processor such as cortex-m4"),
        "options": (
            _list(_text("-D[A-Za-z_][A-Za-z0-9_]*(=[A-Za-z0-9_]*)?|-m[a-z0-9=+.-]+"), 32),
            "a list of -DNAME, -DNAME=VALUE or -m…",
        ),
        **dict.fromkeys(
            ("flash", "qemu", "unicorn", "real"), (lambda value: isinstance(value, dict), _TABLE)
        ),
    },
    "flash": {
        "address": (_number(0, 0xFFFF_FFFF), "an address of 32 bits"),
        "blocks": (_blocks, "one to four runs [count, octets], 16 MiB at most"),
        "write_unit": (_number(1, 256), "octets, 1 to 256"),
        "programs_per_unit": (_number(1, 255), "1 to 255"),
        "erased_value": (lambda value: type(value) is int and value in _ERASED, "0x00 or 0xFF"),
    },
    "qemu": {
        "machine": (_text("[A-Za-z0-9._-]{1,60}"), "the name of a machine"),
        "memory": (_number(0, 0x4000_0000), "octets, 1 GiB at most"),
        "serial": (_number(0, 15), "0 to 15"),
    },
    "unicorn": {
        "model": (
            _text("mps2|mps2_an505|nrf52840|stm32f4"),
            "mps2, mps2_an505, nrf52840 or stm32f4",
        )
    },
    "real": {
        "pyocd": (_text("[A-Za-z0-9_-]{1,60}"), "the name of a target"),
        "openocd": (
            _list(_text(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.cfg"), 8),
            "a list of OpenOCD's own files, e.g. target/stm32f4x.cfg",
        ),
    },
}
_OPTIONAL: Final = {
    "": {"options", "qemu", "unicorn", "real"},
    "qemu": {"memory", "serial"},
}


def check_board(entries: Mapping[str, Any]) -> None:
    """Refuse what is no description of a board.

    Raises:
        BoardTableError: the first mistake: key, what it must be, and the nearest name.
    """
    _check_table("", entries)
    for table in _KEYS:
        if table and table in entries:
            _check_table(table, entries[table])


def _check_table(table: str, entries: Mapping[str, Any]) -> None:
    keys, place = _KEYS[table], f" in [{table}]" if table else ""
    for key, value in entries.items():
        if key not in keys:
            near = get_close_matches(key, keys, 1, 0.5)
            meant = f"; do you mean {near[0]}?" if near else f"; it may have {', '.join(keys)}"
            raise BoardTableError(f"{key[:40]!r}{place} is no key of a board{meant}")
        check, words = keys[key]
        if not check(value):
            raise BoardTableError(f"{key}{place} must be {words}")
    for key in keys:
        if key not in entries and key not in _OPTIONAL.get(table, ()):
            raise BoardTableError(f"{key}{place} is missing")
