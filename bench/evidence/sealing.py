"""The end of a run: its manifest, and a signature by a key that is forgotten at once.

Also of one that did not come to its end by itself: its files are made from its ledger.
"""

from pathlib import Path
from typing import NamedTuple

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.export import export, warn_in_report
from firmware_sim.bench.evidence.holding import is_written
from firmware_sim.bench.evidence.ledger_checks import check_chain, is_older
from firmware_sim.bench.evidence.manifest import (
    MANIFEST_NAME,
    Manifest,
    Sealed,
    manifest_of,
    read_manifest,
    write_manifest,
)
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import versions
from firmware_sim.bench.evidence.signatures import (
    SignerRole,
    new_run_key,
    remove_run_key,
    sign,
)
from firmware_sim.bench.evidence.verifying import ledger_problem
from firmware_sim.bench.outcome import Outcome


def seal(
    folder: Path,
    record: RunRecord,
    sealed: Sealed,
    head: ChainHead | None = None,
) -> Manifest:
    """Write the manifest, once everything else is there, and sign it with a run key.

    The manifest comes last: without it, a run is one that did not come to its end.

    Args:
        head: of the chain, as the ledger's writer has it; None to go along the chain again.

    Raises:
        UsageError: there is a manifest already: it is never written anew.
        BenchError: a file cannot be read or written, or is a link.
        AlteredError: without a `head`, the chain of the ledger does not hold.
    """
    if (folder / MANIFEST_NAME).exists():
        raise UsageError(f"{folder} has a manifest already")
    head = head or check_chain(folder, untouched=False)
    remove_run_key(folder)  # of a process that was killed before it wrote its manifest
    manifest = manifest_of(folder, record, head, sealed)
    sign(folder, manifest.octets(), new_run_key(), SignerRole.RUN_KEY)
    write_manifest(folder, manifest)
    return manifest


class MadeAgain(NamedTuple):
    """What became of a run whose report was made again.

    Attributes:
        problem: why the ledger does not verify, as in the banner of the report; empty if it does.
        is_open: the run was cut off, can go on, and was not closed.
    """

    problem: str = ""
    is_open: bool = False


def report_again(folder: Path, *, close: bool = False) -> MadeAgain:
    """Make the report of a run again, and the other files of one whose ledger verifies.

    A run whose steps are all played gets the manifest that it lacks; one that is still written
    does not.

    Args:
        close: one that was cut off gets it too, and cannot go on after that.

    Raises:
        UsageError: no ledger there; or files of a manifest would be written anew by versions that
            may write them otherwise.
        BenchError: a file cannot be read or written.
    """
    if problem := ledger_problem(folder):
        warn_in_report(folder, problem)
        return MadeAgain(problem)
    is_sealed = (folder / MANIFEST_NAME).exists()
    if is_sealed and read_manifest(folder)[0].versions != versions():
        text = f"{folder} has a manifest, and was written by other versions"
        raise UsageError(text, "copy run.sqlite to a new folder and make the report there")
    record = export(folder)
    if is_sealed or is_older(folder) or is_written(folder):
        return MadeAgain()
    if record.run.outcome in {None, Outcome.INTERRUPTED} and not close:
        return MadeAgain(is_open=True)
    seal(folder, record, "drill report")
    return MadeAgain()
