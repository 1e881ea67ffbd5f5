"""The three files of a new board, to start from: those of the board that QEMU runs."""

import re
from pathlib import Path
from typing import Final

from firmware_sim.hw.build.catalogue import boards
from firmware_sim.hw.errors import HardwareError

FILES: Final = ("board.toml", "link.ld", "board.c")
_MODEL: Final = "mps2-an385"
_NAME = re.compile("[a-z0-9][a-z0-9-]{0,39}")


def new_board(name: str, folder: Path) -> Path:
    """Write a folder `name` in `folder` with the three files; it builds and runs as it is.

    Returns:
        The folder.

    Raises:
        HardwareError: the name is none or taken, the folder is there, or cannot be written.
    """
    if _NAME.fullmatch(name) is None:
        raise HardwareError(f"{name!r} names no board", "use small letters, digits and hyphens")
    if name in boards():
        raise HardwareError(f"{name} is a board of this program", "choose another name")
    made = folder / name
    texts = {file: _written(file, name) for file in FILES}
    try:
        made.mkdir(parents=True)
        for file, text in texts.items():
            (made / file).write_text(text, encoding="utf-8")
    except FileExistsError as error:
        raise HardwareError(f"{made} is there already", "choose another name or --in") from error
    except OSError as error:
        raise HardwareError(
            f"cannot write {made}: {error.strerror}", "choose another --in"
        ) from error
    return made


def _written(file: str, name: str) -> str:
    source = boards()[_MODEL].folder / file
    text = source.read_text(encoding="utf-8").replace(f'"{_MODEL}"', f'"{name}"')
    if file != "board.toml":
        return text
    # QEMU's machine keeps its own name.
    text = text.replace(f'machine = "{name}"', f'machine = "{_MODEL}"')
    text = re.sub('(?m)^title = ".*"$', f'title = "{name}, Cortex-M3"', text)
    return re.sub("(?m)^# An Arm MPS2.*$", f"# {name}: the values of {_MODEL}; change them.", text)
