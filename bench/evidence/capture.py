"""The messages of a run as they would be captured on the link, in the order in which they went."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from firmware_sim.bench.evidence.pcap import Captured
from firmware_sim.bench.evidence.reading import read_wire


def captured(folder: Path) -> Iterator[Captured]:
    """Every message of the run in a folder, at the time of the drill's clock.

    Secrets are blanked as in the ledger, unless the run was asked for its keys.

    Raises:
        BenchError: no ledger there, or not one of this version.
    """
    for at, octets in read_wire(folder):
        yield Captured(datetime.fromisoformat(at), octets)
