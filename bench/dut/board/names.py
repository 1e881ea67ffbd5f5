"""The words of ``--target`` that name a board: an emulated one, or one at the end of a line."""

from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from firmware_sim.bench.errors import UsageError

BOARD_PREFIX: Final = "board:"
SERIAL_PREFIX: Final = "serial:"
BAUD: Final = 115_200


class EmulatedName(NamedTuple):
    """``board:NAME``, with ``?emulator=qemu|unicorn``, ``&elf=FILE``, ``&trace=FILE`` if need be.

    Attributes:
        device_type: what a board becomes where the command does not say it; None for an ESME.
        trace: takes every frame on the line; of several boards, each has a file of its own.
    """

    name: str
    emulator: str | None = None
    elf: Path | None = None
    trace: Path | None = None
    device_type: str | None = None


class SerialName(NamedTuple):
    """``serial:URL``, with ``?baud=N``, ``&type=esme``, ``&trace=FILE`` if need be.

    Attributes:
        url: a path, a URL that pyserial knows, ``usb:SERIAL``, or None for the only USB port.
        device_type: what a board that is not provisioned shall become; None for an ESME.
        trace: takes every frame on the line.
    """

    url: str | None
    baud: int = BAUD
    device_type: str | None = None
    trace: Path | None = None


def board_target(target: str) -> EmulatedName | SerialName | None:
    """What a target names; None if it is no board.

    Raises:
        UsageError: an option that boards do not have.
    """
    for prefix, read in ((BOARD_PREFIX, _emulated), (SERIAL_PREFIX, _serial)):
        if target.startswith(prefix):
            name, _, query = target.removeprefix(prefix).partition("?")
            return read(name, dict(parse_qsl(query, keep_blank_values=True)))
    return None


def _emulated(name: str, options: dict[str, str]) -> EmulatedName:
    emulator, elf = options.pop("emulator", None), _path(options, "elf")
    trace, device_type = _path(options, "trace"), options.pop("type", None)
    _check_none_left(options, "emulator=qemu|unicorn, elf=FILE, trace=FILE and type=esme|gsme|…")
    if emulator not in (None, "qemu", "unicorn"):
        raise UsageError(f"{emulator!r} is no emulator", "use qemu or unicorn")
    return EmulatedName(name, emulator, elf, trace, device_type)


def _serial(url: str, options: dict[str, str]) -> SerialName:
    baud, device_type = options.pop("baud", str(BAUD)), options.pop("type", None)
    trace = _path(options, "trace")
    _check_none_left(options, "baud=N, type=esme|gsme|gpf|chf and trace=FILE")
    if not baud.isdecimal() or int(baud) == 0:
        raise UsageError(f"{baud!r} is no speed", "give bits a second, e.g. baud=115200")
    return SerialName(url or None, int(baud), device_type, trace)


def _path(options: dict[str, str], name: str) -> Path | None:
    value = options.pop(name, None)
    return None if value is None else Path(value)


def _check_none_left(options: dict[str, str], known: str) -> None:
    if options:
        raise UsageError(f"a board has no option {', '.join(options)}", f"it has {known}")
