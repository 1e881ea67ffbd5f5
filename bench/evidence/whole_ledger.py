"""Chain and rows of a ledger, checked side by side where there are many.

Neither check needs the other: the chain is followed from octets to octets, and the rows are read.
What is wrong with the chain is told first all the same, as if one had come after the other.
"""

from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Final

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.ledger_checks import check_chain, check_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.processes import WorkerProcesses

LARGE: Final = 8 << 20
"""A ledger of so many octets, of some thousand devices, is worth a process more."""


def check_ledger(folder: Path) -> tuple[ChainHead, RunRecord]:
    """The head of a chain that holds, and the record of rows that agree.

    Raises:
        AlteredError: the chain does not hold, or the rows do not agree.
        UsageError: another version wrote it.
        BenchError: the process beside this one died.
    """
    path = folder / LEDGER_NAME
    if not path.is_file() or path.stat().st_size < LARGE:
        return check_chain(folder), check_record(folder)
    try:
        return _side_by_side(folder)
    except BrokenProcessPool as error:
        problem = f"the process that followed the chain of {path} died"
        raise BenchError(problem, "see whether memory ran out") from error


def _side_by_side(folder: Path) -> tuple[ChainHead, RunRecord]:
    with WorkerProcesses(1) as beside:
        chain = beside.submit(check_chain, folder)
        try:
            record = check_record(folder)
        except (AlteredError, BenchError):
            chain.result()
            raise
        return chain.result(), record
