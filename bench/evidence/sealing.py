"""The end of a run: its manifest, and a signature by a key that is forgotten at once."""

from pathlib import Path
from typing import Literal

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.ledger_checks import check_chain
from firmware_sim.bench.evidence.manifest import (
    MANIFEST_NAME,
    Manifest,
    manifest_of,
    write_manifest,
)
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.signatures import SignerRole, new_run_key, sign


def seal(
    folder: Path,
    record: RunRecord,
    sealed: Literal["drill run", "drill report"],
    head: ChainHead | None = None,
) -> Manifest:
    """Write the manifest, once everything else is there, and sign it with a run key.

    The manifest comes last: without it, a run is one that did not come to its end.

    Args:
        head: of the chain, as the ledger's writer has it; None to go along the chain again.

    Raises:
        UsageError: there is a manifest already: it is never written anew.
        AlteredError: the chain of the ledger does not hold.
        BenchError: a file cannot be read or written, or is a link.
    """
    if (folder / MANIFEST_NAME).exists():
        raise UsageError(f"{folder} has a manifest already")
    head = head or check_chain(folder, untouched=False)
    manifest = manifest_of(folder, record, head, sealed)
    sign(folder, manifest.octets(), new_run_key(), SignerRole.RUN_KEY)
    write_manifest(folder, manifest)
    return manifest
