"""What may stand in a board.toml: its tables, their keys, and the form of each value.

A board's folder may come from others. Nothing in it is a path, an option or a name that a program
here would take for more than it is.
"""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from firmware_sim.machine.flash.geometry import ERASED_VALUES, WRITE_UNITS

MAX_FLASH_OCTETS: Final = 16 * 1024 * 1024
_ALIGNMENT: Final = 16  # of blocks too, and of the widest write unit
MIN_AREA_OCTETS: Final = 7168
"""The least of each area. A new Electricity Meter takes 3,904 octets of it, a device whose
commands wait for their time up to 9,504; what does not fit is refused."""

_CORES: Final = ("0", "0plus", "1", "3", "4", "7", "23", "33", "35p", "52", "55", "85")
_PROCESSORS: Final = tuple(f"cortex-m{core}" for core in _CORES)
_MODELS: Final = ("mps2", "mps2_an505", "nrf52840", "stm32f4")
_MAX_BLOCKS = 4  # runs of them: the boot record has no more

Check = Callable[[Any], bool]


class BoardTableError(ValueError):
    """A mistake in a board.toml, in words."""


def _text(form: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(form, value) is not None


def _number(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _address(value: Any) -> bool:
    return _number(0, 0xFFFF_FFFF)(value) and value % _ALIGNMENT == 0


def _one_of(values: tuple[int, ...]) -> Check:
    return lambda value: type(value) is int and value in values


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


class BoardKey(NamedTuple):
    """A key of a board.toml.

    Attributes:
        check: whether a value has the right form.
        form: of the value, in words.
        meaning: what it says, for those who write one.
        names: that the value may be, for a word about the nearest; empty if it is free.
    """

    check: Check
    form: str
    meaning: str
    names: tuple[str, ...] = ()


def _subtable(meaning: str) -> BoardKey:
    return BoardKey(lambda value: isinstance(value, dict), "a table", meaning)


# An option of the compiler defines a name or chooses a machine, and never names a file: some of
# those are run.
KEYS: Final[Mapping[str, Mapping[str, BoardKey]]] = {
    "": {
        "name": BoardKey(
            _text("[a-z0-9][a-z0-9-]{0,39}"),
            "small letters, digits and hyphens",
            "as `board_name` of board.c and the boot record have it; none of a board of ours",
        ),
        "title": BoardKey(
            _text("[^\x00-\x1f\x7f]{1,100}"), "one line of text", "what it is, for people"
        ),
        "cpu": BoardKey(
            _text(rf"({'|'.join(_PROCESSORS)})(\+[a-z0-9.]{{1,12}}){{0,3}}"),
            "a processor such as cortex-m4 or cortex-m33+nodsp",
            "as gcc has it behind `-mcpu=`",
            _PROCESSORS,
        ),
        "options": BoardKey(
            _list(_text("-D[A-Za-z_][A-Za-z0-9_]*(=[A-Za-z0-9_]*)?|-m[a-z0-9=+.-]+"), 32),
            "a list of -DNAME, -DNAME=VALUE or -m…",
            "for the compiler, beside those that every board gets",
        ),
        "flash": _subtable("where the image lies, and how it is cut"),
        "qemu": _subtable("how QEMU runs the board; left out if it does not"),
        "unicorn": _subtable("what Unicorn runs it with; left out if there is no model"),
        "real": _subtable("how tools call the real board; left out if none is flashed"),
    },
    "flash": {
        "address": BoardKey(
            _address,
            "an address of 32 bits, a multiple of 16",
            "of the first octet of the image, where `board_flash` points",
        ),
        "blocks": BoardKey(
            _blocks,
            "one to four runs [count, octets], 16 MiB at most",
            "erase blocks in order of address, at least two, each a multiple of 16 octets; the "
            "image takes two areas, which are cut between two blocks",
        ),
        "write_unit": BoardKey(
            _one_of(WRITE_UNITS),
            "1, 4, 8 or 16",
            "octets that the part programs at once; above 4, board.c collects words of four",
        ),
        "programs_per_unit": BoardKey(
            _number(1, 255),
            "1 to 255",
            "how often a unit may be programmed between two erasures; 1 with an error-correcting "
            "code",
        ),
        "erased_value": BoardKey(
            _one_of(ERASED_VALUES), "0x00 or 0xFF", "what an octet reads after an erasure"
        ),
    },
    "qemu": {
        "machine": BoardKey(
            _text("[A-Za-z0-9._-]{1,60}"), "the name of a machine", "as `-machine` names it"
        ),
        "memory": BoardKey(
            _number(0, 0x4000_0000),
            "octets, 1 GiB at most",
            "size of the memory that the flash lies in, at its start. QEMU keeps it in a file, "
            "so what is programmed outlasts a power cut; 0, or left out, for a machine whose "
            "flash keeps nothing",
        ),
        "serial": BoardKey(
            _number(0, 15), "0 to 15", "number of the serial port that is the link; 0 if left out"
        ),
    },
    "unicorn": {
        "model": BoardKey(
            _text("|".join(_MODELS)),
            "mps2, mps2_an505, nrf52840 or stm32f4",
            "the module of `hw/emulators` that models the registers",
            _MODELS,
        )
    },
    "real": {
        "pyocd": BoardKey(
            _text("[A-Za-z0-9_-]{1,60}"),
            "the name of a target",
            "as `pyocd list --targets` has it",
        ),
        "openocd": BoardKey(
            _list(_text(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.cfg"), 8),
            "a list of OpenOCD's own files, e.g. target/stm32f4x.cfg",
            "the interface or board first, then targets, as `openocd -f` takes them",
        ),
    },
}
"""Every key, by table; the empty name is what stands above all tables."""

OPTIONAL: Final[Mapping[str, AbstractSet[str]]] = {
    "": {"options", "qemu", "unicorn", "real"},
    "qemu": {"memory", "serial"},
}


def check_board(entries: Mapping[str, Any]) -> None:
    """Refuse what is no description of a board.

    Raises:
        BoardTableError: the first mistake: key, what it must be, and the nearest name.
    """
    _check_table("", entries)
    for table in KEYS:
        if table and table in entries:
            _check_table(table, entries[table])


def _check_table(table: str, entries: Mapping[str, Any]) -> None:
    keys, place = KEYS[table], f" in [{table}]" if table else ""
    for key, value in entries.items():
        if key not in keys:
            near = get_close_matches(key, keys, 1, 0.5)
            meant = f"; do you mean {near[0]}?" if near else f"; it may have {', '.join(keys)}"
            raise BoardTableError(f"{key[:40]!r}{place} is no key of a board{meant}")
        if not keys[key].check(value):
            near = get_close_matches(str(value), keys[key].names, 1)
            meant = f", not {value!r}; do you mean {near[0]}?" if near else ""
            raise BoardTableError(f"{key}{place} must be {keys[key].form}{meant}")
    for key in keys:
        if key not in entries and key not in OPTIONAL.get(table, set()):
            raise BoardTableError(f"{key}{place} is missing")
