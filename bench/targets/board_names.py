"""The words of ``--target`` that name a board: an emulated one, or one at the end of a line."""

from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from bench.errors import UsageError
from gbcs.policy import Policy

BOARD_PREFIX: Final = "board:"
SERIAL_PREFIX: Final = "serial:"
BAUD: Final = 115_200


class EmulatedName(NamedTuple):
    """``board:NAME``, with ``?emulator=qemu|unicorn`` and ``&elf=FILE`` if need be."""

    name: str
    emulator: str | None = None
    elf: Path | None = None


class SerialName(NamedTuple):
    """``serial:URL``, with ``?baud=N&type=esme`` if need be.

    Attributes:
        url: a path, a URL that pyserial knows, ``usb:SERIAL``, or None for the only USB port.
        device_type: what a board that is not provisioned shall become; None for an ESME.
    """

    url: str | None
    baud: int = BAUD
    device_type: str | None = None


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


def check_default_policy(policy: Policy) -> None:
    """A board's firmware decides every open point by its default.

    Raises:
        UsageError: another choice somewhere.
    """
    others = [f"{item.point.name}={item.choice}" for item in policy.describe()
              if item.choice != item.point.default]  # fmt: skip
    if others:
        raise UsageError(
            f"a board's firmware has the default policy, not {', '.join(others)}",
            "leave --policy out, or use --target memory",
        )


def _emulated(name: str, options: dict[str, str]) -> EmulatedName:
    emulator, elf = options.pop("emulator", None), options.pop("elf", None)
    _check_none_left(options, "emulator=qemu|unicorn and elf=FILE")
    if emulator not in (None, "qemu", "unicorn"):
        raise UsageError(f"{emulator!r} is no emulator", "use qemu or unicorn")
    return EmulatedName(name, emulator, None if elf is None else Path(elf))


def _serial(url: str, options: dict[str, str]) -> SerialName:
    baud, device_type = options.pop("baud", str(BAUD)), options.pop("type", None)
    _check_none_left(options, "baud=N and type=esme|gsme|gpf|chf")
    if not baud.isdecimal() or int(baud) == 0:
        raise UsageError(f"{baud!r} is no speed", "give bits a second, e.g. baud=115200")
    return SerialName(url or None, int(baud), device_type)


def _check_none_left(options: dict[str, str], known: str) -> None:
    if options:
        raise UsageError(f"a board has no option {', '.join(options)}", f"it has {known}")
