"""The files of a new board, to start from: those of a board of the catalogue, renamed."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from firmware_sim.hw.build.catalogue import BOARDS_FOLDER, BoardDescription, boards
from firmware_sim.hw.errors import HardwareError, UnfitNameError, UnknownNameError

MODEL: Final = "mps2-an385"
"""The board that QEMU runs."""

_KINDS: Final = ("board.toml", "link.ld", "*.c", "*.h")
_OTHER_C: Final = re.compile(r'^#include "(\w+/board\.c)"\n', re.MULTILINE)
_OF_ANOTHER: Final = "#define ANOTHER_IMAGE\n"
_OF_ITS_OWN: Final = re.compile(
    r"^#ifndef ANOTHER_IMAGE[^\n]*\n(.*?)^#endif\n", re.MULTILINE | re.DOTALL
)
_HEAD: Final = re.compile(r"\A(//.*\n)+")
_NAME = re.compile("[a-z0-9][a-z0-9-]{0,39}")


def new_board(name: str, folder: Path, source: str = MODEL) -> Path:
    """Write a folder `name` in `folder` with the files of a board; it builds and runs as it is.

    Args:
        source: name of the board that they are taken from.

    Returns:
        The folder.

    Raises:
        UnfitNameError: the name is none, or taken, or its folder is there.
        UnknownNameError: there is no such source.
        HardwareError: the folder cannot be written.
    """
    if _NAME.fullmatch(name) is None:
        raise UnfitNameError(f"{name!r} names no board", "use small letters, digits and hyphens")
    known = boards()
    if name in known:
        raise UnfitNameError(f"{name} is a board of this program", "choose another name")
    if source not in known:
        near = get_close_matches(source, known, 1)
        meant = f"do you mean {near[0]}? Or " if near else ""
        mend = f"{meant}use {' or '.join(known)}"
        raise UnknownNameError(f"{source!r} is no board to start from", mend)
    made = folder / name
    try:
        made.mkdir(parents=True)
        for file, text in _texts(known[source], name).items():
            (made / file).write_text(text, encoding="utf-8")
    except FileExistsError as error:
        raise UnfitNameError(f"{made} is there already", "choose another name or --in") from error
    except OSError as error:
        raise HardwareError(
            f"cannot write {made}: {error.strerror}", "choose another --in"
        ) from error
    return made


def files_of(folder: Path) -> list[Path]:
    """The files that make a board, board.toml and linker script first."""
    return [path for kind in _KINDS for path in sorted(folder.glob(kind))]


def _texts(source: BoardDescription, name: str) -> Mapping[str, str]:
    read = {path.name: path.read_text(encoding="utf-8") for path in files_of(source.folder)}
    board = read.pop("board.toml")
    return {
        "board.toml": _described(board, source, name),
        **{file: _written(text, source, name) for file, text in read.items()},
    }


def _described(text: str, source: BoardDescription, name: str) -> str:
    text = re.sub("(?m)^name = .*$", f'name = "{name}"', text)
    text = re.sub("(?m)^title = .*$", f'title = "{name}, after {source.name}"', text)
    return re.sub("^# .*", f"# {name}: the values of {source.name}; change them.", text)


def _written(text: str, source: BoardDescription, name: str) -> str:
    """C under the new name, its own headers beside it, its geometry out of board.toml."""
    text = _OTHER_C.sub(_taken_in, _OF_ITS_OWN.sub(r"\1", text)).replace(_OF_ANOTHER, "")
    text = text.replace(f'board_name[] = "{source.name}"', f'board_name[] = "{name}"')
    text = text.replace(f'#include "{source.folder.name}/', '#include "')
    text = re.sub(r"#ifndef BOARD_GEOMETRY.*?#endif\n", "", text, flags=re.DOTALL)
    return re.sub(r"(board_geometry = )GEOMETRY_\w+;", r"\1BOARD_GEOMETRY;", text)


def _taken_in(included: re.Match[str]) -> str:
    """The driver of another board of ours, in place of the line that includes it."""
    text = (BOARDS_FOLDER / included[1]).read_text(encoding="utf-8")
    text = _HEAD.sub("", _OF_ITS_OWN.sub("", text)).replace("\n\n\n", "\n\n")
    return f"// The driver is that of {included[1]}.\n{text}"
