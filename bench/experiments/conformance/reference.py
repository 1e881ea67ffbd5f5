"""Find and read a folder of reference messages, with its published keys and issuers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.whole_files import read_bounded
from firmware_sim.bench.smki.published import ISSUERS_FILE, KEYS_FILE
from firmware_sim.gbcs.errors import RemoteError

MESSAGES_FOLDER = "messages"

_SUFFIX = ".hex"
_MAX_OCTETS = 2**20
# The kind stands between underscores; alerts may have words behind it.
_KIND = re.compile(r"_(?P<kind>PRECOMMAND|COMMAND|RESPONSE|ALERT)(?=_|$)")


@dataclass(frozen=True, slots=True)
class Locations:
    """Where one reference set lies; `keys` and `issuers` are None where there is no such file."""

    messages: Path
    keys: Path | None
    issuers: Path | None


@dataclass(frozen=True, slots=True)
class MessageFile:
    """One file: its path relative to the messages folder, and its text."""

    path: Path
    text: str

    def octets(self) -> bytes:
        """The message.

        Raises:
            RemoteError: the text is not hexadecimal.
        """
        try:
            return bytes.fromhex(self.text)
        except ValueError as error:
            raise RemoteError(f"the file is not hexadecimal text: {error}") from None

    @property
    def name(self) -> str:
        """Folder and file name, with forward slashes, without the suffix."""
        return self.path.with_suffix("").as_posix()

    @property
    def kind(self) -> str:
        """COMMAND, PRECOMMAND, RESPONSE or ALERT as the file name says; empty if it does not."""
        found = _KIND.search(self.path.stem)
        return found["kind"] if found else ""

    @property
    def family(self) -> str:
        """The name without its kind: a command and its response have the same."""
        return _KIND.sub("", self.name, count=1)


def locate(folder: Path, keys: Path | None = None, issuers: Path | None = None) -> Locations:
    """Find the parts of a set from its root folder or from its messages folder.

    Args:
        folder: holds a folder ``messages``, or the messages themselves.
        keys: the key file; without it ``keystore.json`` beside the messages is used if there.
        issuers: the issuers file; without it ``issuers.json`` likewise.

    Raises:
        UsageError: the folder, or a file that was named, is not there.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", "name the folder of the reference messages")
    inner = folder / MESSAGES_FOLDER
    messages = inner if inner.is_dir() else folder
    root = folder.parent if messages is folder and folder.name == MESSAGES_FOLDER else folder
    return Locations(messages, _part(root, keys, KEYS_FILE), _part(root, issuers, ISSUERS_FILE))


def _part(root: Path, named: Path | None, default: str) -> Path | None:
    if named is None:
        candidate = root / default
        return candidate if candidate.is_file() else None
    if not named.is_file():
        raise UsageError(f"{named} is not a file", f"name an existing {default}")
    return named


def read_messages(folder: Path) -> Iterator[MessageFile]:
    """Every ``.HEX`` file below the folder, in order of its path.

    Raises:
        UsageError: a file cannot be read, or is over 1 MiB.
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == _SUFFIX and path.is_file():
            yield MessageFile(path.relative_to(folder), _text(path))


def _text(path: Path) -> str:
    return read_bounded(path, _MAX_OCTETS, "message in hexadecimal").decode("latin-1")
