"""Messages in files: hex, base64 or the octets themselves, recognised by their content."""

import binascii
import sys
from base64 import b64decode
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from firmware_sim.bench.cli.output import tell_replaced
from firmware_sim.bench.errors import UsageError
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message, parse_message

STDIN: Final = "-"

_MEND: Final = "give a message as hex, base64 or the octets themselves"

# Two hexadecimal digits an octet, with a space or colon between each, and some white space.
_MAX_TEXT = 4 * MAX_MESSAGE_OCTETS


def read_message(name: str) -> tuple[bytes, Message]:
    """The octets of a message and what they say; ``-`` reads standard input.

    Raises:
        UsageError: the file cannot be read, or does not hold exactly one message.
    """
    octets, form = read_octets(name)
    try:
        return octets, parse_message(octets)
    except RemoteError as error:
        raise UsageError(
            f"{source(name)} holds no GBCS message (as {form}: {error})",
            "message decode shows where it is wrong",
        ) from error


def read_octets(name: str) -> tuple[bytes, str]:
    """The octets in a file, which need not be a message, and the form that they had.

    A text is hex or base64; no message is ASCII text, for its first octet is DD or DF.

    Raises:
        UsageError: the file cannot be read, is empty, or is a text in neither form.
    """
    raw = _read(name).removeprefix(BOM_UTF8)
    if not raw.strip():
        raise UsageError(f"{source(name)} is empty", _MEND)
    if not raw.isascii():
        return raw, "octets"
    for form, decode in _TEXTS.items():
        try:
            return decode(raw), form
        except (ValueError, binascii.Error):
            continue
    raise UsageError(f"{source(name)} is neither hex nor base64", _MEND)


def source(name: str) -> str:
    """What to call the file in a text."""
    return "standard input" if name == STDIN else name


def write_message(path: Path | None, octets: bytes) -> None:
    """Write the octets as hex to a file, or to standard output.

    Raises:
        UsageError: the file cannot be written.
    """
    text = octets.hex() + "\n"
    if path is None:
        sys.stdout.write(text)
        return
    tell_replaced(path)
    try:
        path.write_text(text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _read(name: str) -> bytes:
    try:
        if name == STDIN:
            raw = sys.stdin.buffer.read(_MAX_TEXT + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(_MAX_TEXT + 1)
    except OSError as error:
        raise UsageError(
            f"cannot read {name}: {error.strerror}", "give a file with a message, or - for stdin"
        ) from error
    if len(raw) > _MAX_TEXT:
        raise UsageError(f"{name} has over {_MAX_TEXT} octets", "give a file with one message")
    return raw


def _hex(raw: bytes) -> bytes:
    return bytes.fromhex(raw.decode("ascii").replace(":", " "))


def _base64(raw: bytes) -> bytes:
    return b64decode(b"".join(raw.split()), validate=True)


_TEXTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"hex": _hex, "base64": _base64}
