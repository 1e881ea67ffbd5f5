"""``manifest.json``: every file of a run as it is stored, and what the run was.

It is what an officer signs. It is written once, after everything else, and never again: another
manifest is another run. Its octets are settled by its content: keys in the order
of the alphabet, one space of indentation, UTF-8, one line feed at the end.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.columns import Number
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.files.whole_files import new_file, read_bounded
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict

MANIFEST_NAME: Final = "manifest.json"
SIGNATURES_FOLDER: Final = "signatures"
FORMAT: Final = "firmware-sim/manifest/1"

_MOST_OCTETS: Final = 16 << 20
_MOST_FILES: Final = 100_000

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Sealed = Literal["drill run", "drill report", "drill resume", "fleet run"]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What `manifest.json` says; digests are SHA-256 in hexadecimal digits.

    Attributes:
        files: name inside the folder, parts divided by ``/`` -> digest of its octets.
        story: its name.
        story_digest: of the story's text; empty if the ledger holds none.
        policy: open point -> choice.
        procedure, devices: the two verdicts.
        rows, head: of the ledger's chain.
        sealed: which verb wrote it; a run that was cut off has none until it is resumed, or its
            report is made.
    """

    files: Annotated[dict[FileName, Digest], Field(max_length=_MOST_FILES)]
    story: str
    story_digest: Digest | Literal[""]
    seed: Number
    versions: dict[str, str]
    policy: dict[str, str]
    procedure: ProcedureVerdict | None
    devices: DevicesVerdict
    outcome: Outcome | None
    rows: Number
    head: Digest
    sealed: Sealed

    def octets(self) -> bytes:
        """The file."""
        content = {"format": FORMAT, **asdict(self)}
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        return f"{text}\n".encode()


_ADAPTER: Final = TypeAdapter(Manifest)


class ForeignFileError(BenchError):
    """Something in the folder of a run that can stand in no manifest, e.g. a link.

    Attributes:
        name: inside the folder.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        super().__init__(f"{folder / name} is no regular file", "take it out of the run's folder")


def manifest_of(folder: Path, record: RunRecord, head: ChainHead, sealed: Sealed) -> Manifest:
    """The manifest that fits a run.

    Raises:
        BenchError: a file cannot be read, or is a link.
    """
    return Manifest(
        files=stored_files(folder),
        story=record.run.story,
        story_digest=record.run.story_digest,
        seed=record.run.seed,
        versions=record.versions,
        policy={row.name: row.choice for row in record.policy},
        procedure=record.procedure_verdict,
        devices=record.devices_verdict,
        outcome=record.run.outcome,
        rows=head.rows,
        head=head.digest.hex(),
        sealed=sealed,
    )


def stored_files(folder: Path) -> dict[str, str]:
    """Name -> SHA-256 of every file of a run, but for the manifest and what signs it.

    Raises:
        ForeignFileError: a link, a socket, or the like.
        BenchError: a file cannot be read.
    """
    found = {}
    for name in sorted(_names(folder, "")):
        if name == MANIFEST_NAME or name.startswith(f"{SIGNATURES_FOLDER}/"):
            continue
        try:
            with (folder / name).open("rb") as file:
                found[name] = file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BenchError(f"cannot read {folder / name}: {error.strerror}") from error
    return found


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it whole, or not at all."""
    with new_file(folder / MANIFEST_NAME) as file:
        file.write(manifest.octets())


def is_run(folder: Path) -> bool:
    """Whether a ledger or a manifest is there."""
    return (folder / LEDGER_NAME).is_file() or (folder / MANIFEST_NAME).is_file()


def read_manifest(folder: Path) -> tuple[Manifest, bytes]:
    """The manifest of a run, and its octets.

    Raises:
        UsageError: it cannot be read, is none, or does not have the octets that it must.
    """
    path = folder / MANIFEST_NAME
    octets = read_bounded(path, _MOST_OCTETS, "manifest")
    mend = "make the run again"
    try:
        content = json.loads(octets)
        version = content.pop("format", None)
    except (ValueError, RecursionError, AttributeError) as error:
        raise UsageError(f"{path} is no manifest", mend) from error
    if version != FORMAT:
        raise UsageError(f"{path} has format {version!r:.80}, not {FORMAT}", mend)
    try:
        manifest = _ADAPTER.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise UsageError(f"{path}: {place:.200} is not as it must be", mend) from error
    if manifest.octets() != octets:
        raise UsageError(f"{path} is not written as a manifest is", mend)
    return manifest, octets


def _names(folder: Path, within: str) -> Iterator[str]:
    """Names of all regular files below a folder, parts divided by ``/``."""
    with os.scandir(folder / within) as entries:
        for entry in entries:
            name = f"{within}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _names(folder, f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                yield name
            else:
                raise ForeignFileError(folder, name)
