"""The files of a run, made and sealed: at its end, or from its ledger again."""

from pathlib import Path
from typing import Literal

from rich.text import Text

from firmware_sim.bench.cli.output import stdout
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.export import export, warn_in_report
from firmware_sim.bench.evidence.ledger_checks import is_unchained
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME, read_manifest
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import versions
from firmware_sim.bench.evidence.sealing import seal
from firmware_sim.bench.evidence.verifying import ledger_problem


def remake(folder: Path) -> None:
    """Make the report of a run again; one whose ledger does not verify says so and is not sealed.

    Raises:
        UsageError: there is no run, or it was written by other versions.
        BenchError: a file cannot be written, or is altered.
    """
    if problem := ledger_problem(folder):
        warn_in_report(folder, problem)
        text = Text.assemble(("This ledger does not verify.", "bold red"), f" {problem}.")
        stdout.print(text, soft_wrap=True)
        return
    is_sealed = (folder / MANIFEST_NAME).exists()
    if is_sealed:
        _check_versions(folder)
    record = export(folder)
    if not is_sealed and not is_unchained(folder):
        seal_run(folder, record, "drill report")


def seal_run(
    folder: Path,
    record: RunRecord,
    verb: Literal["drill run", "drill report"],
    head: ChainHead | None = None,
) -> None:
    """Write the manifest of a run.

    Raises:
        BenchError: a file is altered.
    """
    try:
        seal(folder, record, verb, head)
    except AlteredError as error:
        raise BenchError(f"{folder / error.difference.file} is altered: {error}") from error


def _check_versions(folder: Path) -> None:
    """Files of a manifest are not written anew by versions that may write them otherwise."""
    manifest, _ = read_manifest(folder)
    if manifest.versions != versions():
        problem = f"{folder} has a manifest, and was written by other versions"
        raise UsageError(problem, "copy run.sqlite to a new folder and make the report there")
