"""The files of a folder from elsewhere: bounded, regular, and none outside of the folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from firmware_sim.bench.errors import UsageError

MAX_FILES = 10_000
"""A folder with more entries is not read: it is not the folder of a PKI alone."""


class SourceFile(NamedTuple):
    """One entry of a folder.

    Attributes:
        place: its path below the folder.
        problem: why it is not to be opened; empty if it is a regular file.
        is_known: nothing is lost with it, because what it leads to is read by itself.
    """

    place: str
    path: Path
    problem: str = ""
    is_known: bool = False


def files_below(folder: Path) -> Iterator[SourceFile]:
    """Every entry below a folder but the folders, in the order of their paths.

    Raises:
        UsageError: there are more than `MAX_FILES`.
    """
    unopened: list[OSError] = []
    count = 0
    for at, folders, files in os.walk(folder, onerror=unopened.append):
        folders.sort()
        count += len(folders) + len(files)
        if count > MAX_FILES:
            raise UsageError(f"{folder} holds over {MAX_FILES} files", "name the PKI's folder")
        links = [each for each in folders if (Path(at) / each).is_symlink()]
        for name in sorted([*files, *links]):
            yield file_at(Path(at) / name, folder)
    for error in unopened:
        path = Path(str(error.filename))
        yield SourceFile(str(path.relative_to(folder)), path, f"cannot be opened: {error.strerror}")


def file_at(path: Path, folder: Path) -> SourceFile:
    """One entry, which may be a link, judged: what leaves the folder is not to be opened."""
    place = str(path.relative_to(folder))
    if path.is_symlink():
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return SourceFile(place, path, "a link that leads nowhere")
        if not target.is_relative_to(folder.resolve()):
            return SourceFile(place, path, "a link that leaves the folder")
        if target.is_dir():
            return SourceFile(place, path, "a link to a folder, which is read by itself", True)
    return SourceFile(place, path, "" if path.is_file() else "not a regular file")
