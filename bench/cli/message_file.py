"""Messages in files: hex, base64 or the octets themselves, told apart by what they are."""

import binascii
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

from bench.errors import UsageError
from gbcs.errors import RemoteError
from gbcs.message import MAX_MESSAGE_OCTETS, Message, parse_message

STDIN = "-"

# Two hexadecimal digits an octet, with a space or colon between each, and some white space.
_MAX_TEXT = 4 * MAX_MESSAGE_OCTETS


def read_message(name: str) -> tuple[bytes, Message]:
    """The octets of a message and what they say; ``-`` reads standard input.

    Raises:
        UsageError: the file cannot be read, or in none of the forms is it one message.
    """
    raw, source = _read(name), "standard input" if name == STDIN else name
    reasons: list[str] = []
    for form, decode in _FORMS.items():
        try:
            octets = decode(raw)
            return octets, parse_message(octets)
        except RemoteError as error:
            reasons.append(f"as {form}: {error}")
        except (ValueError, binascii.Error):
            continue  # not in this form at all
    raise UsageError(
        f"{source} holds no GBCS message ({reasons[0]})", "give hex, base64 or the octets themselves"
    )


def write_message(path: Path | None, octets: bytes) -> None:
    """Write the octets as hex to a file, or to standard output.

    Raises:
        UsageError: the file cannot be written.
    """
    text = octets.hex() + "\n"
    if path is None:
        sys.stdout.write(text)
        return
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


_FORMS: dict[str, Callable[[bytes], bytes]] = {"hex": _hex, "base64": _base64, "octets": bytes}
