"""What a board outside the tree is written with: functions of headers, keys of board.toml."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from firmware_sim.hw.build.board_tables import KEYS, OPTIONAL
from scripts.tables import table

_HW: Final = Path(__file__).resolve().parents[2] / "hw"
_BOARD: Final = _HW / "firmware" / "board.h"
_CUT: Final = _HW / "firmware" / "link" / "cut.h"
_SHARED: Final = (_HW / "boards/cortex_m/startup.h", _HW / "boards/cortex_m/registers.h")

# A comment of whole lines, and the one declaration beneath it.
_DECLARED = re.compile(r"((?:^//.*\n)+)((?:^[a-z_(][^{};]*\n?)+;)$", re.MULTILINE)
_OF_A_BOARD: Final = ("cut_before_program", "cut_before_erase", "cut_after_operation")


def board_functions() -> str:
    """Each function and variable that board.c defines."""
    return _declarations(_declared(_BOARD))


def cut_functions() -> str:
    """Those that the flash functions of board.c call."""
    found = (each for each in _declared(_CUT) if any(name in each[0] for name in _OF_A_BOARD))
    return _declarations(found)


def shared_functions() -> str:
    """Those that every Cortex-M board has already."""
    return _declarations(each for header in _SHARED for each in _declared(header))


def board_keys() -> str:
    """Every key of a board.toml."""
    rows = (
        (
            f"`[{name}]` `{key}`" if name else f"`{key}`",
            "" if key in OPTIONAL.get(name, set()) else "yes",
            _cell(held.form),
            _cell(held.meaning),
        )
        for name, keys in KEYS.items()
        for key, held in keys.items()
    )
    return table(("key", "needed", "takes", "what it says"), rows)


def _declared(header: Path) -> Iterator[tuple[str, str]]:
    """Each declaration that has a comment of its own, in one line, and that comment."""
    for comment, declaration in _DECLARED.findall(header.read_text(encoding="utf-8")):
        words = " ".join(line.removeprefix("//").strip() for line in comment.splitlines())
        yield " ".join(declaration.removeprefix("extern ").rstrip(";").split()), words


def _declarations(found: Iterator[tuple[str, str]]) -> str:
    rows = ((f"`{declaration}`", _cell(words)) for declaration, words in found)
    return table(("declaration", "what it must do, or does"), rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PORTING_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "board-functions": board_functions,
        "cut-functions": cut_functions,
        "shared-functions": shared_functions,
        "board-keys": board_keys,
    }
)
