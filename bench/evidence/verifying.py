"""Whether the record of a run is the one that was signed, and says what its messages say."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.difference import AlteredError, Difference
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.ledger_checks import (
    check_chain,
    check_manifest,
    is_older,
)
from firmware_sim.bench.evidence.manifest import (
    MANIFEST_NAME,
    ForeignFileError,
    Manifest,
    is_run,
    read_manifest,
    stored_files,
)
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.remaking import Compared, check_files, differing_value
from firmware_sim.bench.evidence.replaying import Replayed, compare_runs
from firmware_sim.bench.evidence.run_info import versions
from firmware_sim.bench.evidence.signatures import (
    BadSignatureError,
    PublicKey,
    SignerRole,
    Statement,
    check_signatures,
    key_digest,
)
from firmware_sim.bench.evidence.whole_ledger import check_ledger

PlayAgain = Callable[[RunRecord, int], RunRecord]
"""Plays a run again, with at least so many of its first devices, and gives that run's record."""

HowMany = Callable[[RunRecord], int]
"""How many devices of a run are played again, once its record is known; it may refuse."""


class SignedBy(StrEnum):
    """How far it is known who signed."""

    NAMED = "named"
    UNKNOWN = "unknown"
    RUN_KEY = "run key"


@dataclass
class Verification:
    """What was found; `difference` is None of an intact run.

    Attributes:
        others: further files that are not those of the manifest.
        compared: what of the files was compared with the ledger; None if it did not come to that.
        record: None if the ledger could not be read.
        manifest: None if none was read.
    """

    difference: Difference | None = None
    others: tuple[Difference, ...] = ()
    signers: list[Statement] = field(default_factory=list)
    signed_by: SignedBy | None = None
    compared: Compared | None = None
    replayed: Replayed = field(default_factory=lambda: Replayed(0, 0, None))
    record: RunRecord | None = None
    manifest: Manifest | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing was found altered."""
        return self.difference is None

    def as_json(self) -> dict[str, Any]:
        """What ``evidence verify --json`` prints."""
        found, record = self.difference, self.record
        place = None if found is None else found._asdict()
        return {
            "outcome": "intact" if self.intact else "altered",
            "signed_by": self.signed_by,
            "first_difference": place,
            "other_files": [each.file for each in self.others],
            "signers": [{"as": each.role, "key": each.key, "at": each.at} for each in self.signers],
            "sealed": None if self.manifest is None else self.manifest.sealed,
            "ledger": None
            if self.manifest is None
            else {"rows": self.manifest.rows, "digest": self.manifest.head},
            "compared": self.compared,
            "verdicts": None
            if record is None
            else {"procedure": record.procedure_verdict, "devices": record.devices_verdict},
            "replayed": self.replayed.devices,
            "agree": self.replayed.agree,
        }


def verify(
    folder: Path,
    signers: Sequence[PublicKey] = (),
    play_again: PlayAgain | None = None,
    how_many: HowMany | None = None,
) -> Verification:
    """Look at a run from the outside in: signatures, files, chain, rows, files made again, replay.

    Nothing in the folder is changed.

    Args:
        signers: who must have signed; any other signature is then an alteration.
        play_again: how to play a run again; None for not at all.
        how_many: how many of its devices; asked once the ledger is found sound. None for none.

    Raises:
        UsageError: the folder holds no run, one of a version without manifests, or one that these
            versions play otherwise than the recorded ones; also what `how_many` refuses.
        BenchError: a file cannot be read.
    """
    if not is_run(folder):
        raise UsageError(f"{folder} holds no run", "give the folder of a run")
    found = Verification()
    try:
        found.manifest = manifest = _signed(folder, signers, found)
        _check_stored(folder, manifest)
        head, found.record = check_ledger(folder)
        check_manifest(manifest, found.record, head)
        devices = 0 if how_many is None else how_many(found.record)
        found.compared = check_files(folder, found.record)
        if play_again is not None and devices:
            again = play_again(found.record, devices)
            found.replayed = compare_runs(found.record, again, devices)
            _check_replay(found.record, found.replayed)
    except AlteredError as error:
        found.difference, found.others = error.difference, error.others
    except ForeignFileError as error:
        found.difference = Difference(error.name, problem="is no regular file")
    return found


def ledger_problem(folder: Path) -> str:
    """Why the ledger of a run does not verify, in one line; empty if it does.

    The files made from it are not looked at. A ledger of a version without a chain has nothing to
    be verified by, and so no problem; nor has one without a manifest, if its chain holds.

    Raises:
        UsageError: it is no ledger.
    """
    if is_older(folder):
        return ""
    try:
        if not (folder / MANIFEST_NAME).exists():
            check_chain(folder, untouched=False)
            return ""
        manifest = _signed(folder, (), Verification())
        head, record = check_ledger(folder)
        check_manifest(manifest, record, head)
    except AlteredError as error:
        return str(_with_value(folder, error.difference))
    return ""


def _signed(folder: Path, signers: Sequence[PublicKey], found: Verification) -> Manifest:
    """The manifest, once its signatures are checked."""
    manifest, octets = _manifest(folder)
    try:
        signed = check_signatures(folder, octets)
    except BadSignatureError as error:
        raise AlteredError(Difference(error.file, problem=error.problem)) from error
    found.signers = [statement for statement, _ in signed]
    if not signed:
        raise AlteredError(Difference(MANIFEST_NAME, problem="bears no signature"))
    if not signers:
        only_run_key = all(each.role is SignerRole.RUN_KEY for each in found.signers)
        found.signed_by = SignedBy.RUN_KEY if only_run_key else SignedBy.UNKNOWN
        return manifest
    found.signed_by = SignedBy.UNKNOWN
    wanted = {key_digest(key) for key in signers}
    for statement in found.signers:
        if statement.key not in wanted:
            name = f"signatures/{statement.name}.sig"
            raise AlteredError(Difference(name, problem="is by none of the named signers"))
    missing = wanted - {statement.key for statement in found.signers}
    if missing:
        problem = f"is not signed by the key with digest {min(missing)}"
        raise AlteredError(Difference(MANIFEST_NAME, problem=problem))
    found.signed_by = SignedBy.NAMED
    return manifest


def _manifest(folder: Path) -> tuple[Manifest, bytes]:
    path = folder / MANIFEST_NAME
    if not path.exists():
        if is_older(folder):
            problem = f"{folder} was left by an older version: its ledger is only read"
            raise UsageError(problem, "make the run again")
        problem = "is missing: the run was cut off before its end, or the file was taken away"
        raise AlteredError(Difference(MANIFEST_NAME, problem=problem))
    if path.is_symlink() or not path.is_file():
        raise AlteredError(Difference(MANIFEST_NAME, problem="is no regular file"))
    try:
        return read_manifest(folder)
    except UsageError as error:
        raise AlteredError(Difference(MANIFEST_NAME, problem=error.problem)) from error


def _check_stored(folder: Path, manifest: Manifest) -> None:
    """Whether exactly the files of the manifest are there, octet for octet."""
    stored = stored_files(folder)
    # The ledger first: what is altered there shows in the files that are made from it too.
    names = sorted(manifest.files.keys() | stored, key=lambda each: (each != LEDGER_NAME, each))
    found = [each for name in names if (each := _stored_difference(name, stored, manifest))]
    if not found:
        return
    first, *others = found
    if first.file == LEDGER_NAME and LEDGER_NAME in stored:
        first = _with_value(folder, _in_ledger(folder, manifest, first))
    raise AlteredError(first, tuple(others))


def _stored_difference(
    name: str, stored: Mapping[str, str], manifest: Manifest
) -> Difference | None:
    if name not in stored:
        return Difference(name, problem="is missing")
    if name not in manifest.files:
        return Difference(name, problem="is not in the manifest")
    if stored[name] != manifest.files[name]:
        return Difference(name, problem="is not the file of the manifest")
    return None


def _in_ledger(folder: Path, manifest: Manifest, difference: Difference) -> Difference:
    """Where in the ledger, if its chain tells."""
    try:
        head, record = check_ledger(folder)
        check_manifest(manifest, record, head)
    except AlteredError as error:
        return error.difference
    return difference


def _with_value(folder: Path, difference: Difference) -> Difference:
    """The value that was changed, if the ledger can still be read and the record is there."""
    if difference.file != LEDGER_NAME or difference.field is not None:
        return difference
    with suppress(BenchError):
        record = read_record(folder, untouched=True)
        return difference._replace(field=differing_value(folder, record))
    return difference


def _check_replay(record: RunRecord, replayed: Replayed) -> None:
    if replayed.difference is None:
        return
    if record.versions != versions():
        raise UsageError(
            f"{replayed.difference}, and these are other versions than the recorded ones",
            "verify it with the versions in its manifest, or with --replay 0",
        )
    raise AlteredError(replayed.difference)
