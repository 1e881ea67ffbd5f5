"""An audit from the first device of an inventory to the last."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final, NamedTuple

from firmware_sim.bench.audit.asking import Readers, ReportedCells, ask
from firmware_sim.bench.audit.believing import believed_of
from firmware_sim.bench.audit.register import KeyRegister
from firmware_sim.bench.audit.result import AuditFinding, AuditResult, compared
from firmware_sim.bench.audit.sorts import ReportedCell, Sort
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.population.estate import CellData, HeldData
from firmware_sim.bench.population.inventory import DeviceEntry
from firmware_sim.bench.progress import Progress
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId

AT_ONCE: Final = 32
"""Devices that are asked at the same time, and entries that are in memory."""

NOT_THERE: Final = "the target has no such device"

ContactOf = Callable[[DeviceEntry], DeviceContact | None]
"""The device that an entry names; None if the target has none such."""


class Audit(NamedTuple):
    """What an audit is made with.

    Attributes:
        seconds: the longest wait for an answer.
    """

    target: Target
    readers: Readers
    register: KeyRegister
    contact_of: ContactOf
    policy: Policy
    seconds: float


async def run_audit(
    audit: Audit, entries: Iterable[DeviceEntry], number: int, progress: Progress
) -> AuditResult:
    """Ask every device of an inventory, and compare.

    Args:
        entries: read as they are needed.
        number: how many they are, for the progress.

    Raises:
        BenchError: the target is gone.
    """
    result = AuditResult()
    progress.start(number, "Devices are asked for their credentials")
    coming = iter(entries)
    while some := tuple(islice(coming, AT_ONCE)):
        readings = await _asked(audit, some)
        for entry, reading in zip(some, readings, strict=True):
            _take(result, audit, entry, reading)
        progress.advance(len(some))
    return result


async def _asked(audit: Audit, entries: Iterable[DeviceEntry]) -> list[ReportedCells]:
    async def one(entry: DeviceEntry) -> ReportedCells:
        await asyncio.sleep(0)  # so that an interruption ends it in memory too
        contact = audit.contact_of(entry)
        if contact is None:
            return ReportedCells(None, NOT_THERE)
        return await ask(audit.target, contact, audit.readers.parties, audit.seconds)

    return await asyncio.gather(*map(one, entries))


def _take(result: AuditResult, audit: Audit, entry: DeviceEntry, reading: ReportedCells) -> None:
    believed = believed_of(entry, audit.policy)
    result.devices += 1
    for finding in judged(entry, believed, reading, audit.register):
        result.take(finding)
    if reading.cells is None:
        result.unreached[entry.device] = reading.problem
    else:
        result.answered += 1


def judged(
    entry: DeviceEntry, believed: CellData, reading: ReportedCells, register: KeyRegister
) -> list[AuditFinding]:
    """What is found of each cell; of a device without a verified answer, that it is unreachable."""
    if reading.cells is None:
        return [
            AuditFinding(entry.device, entry.type, cell, Sort.UNREACHABLE, data, reading.problem)
            for cell, data in believed.items()
        ]
    return list(compared(entry.device, entry.type, believed, recognised(reading.cells, register)))


def recognised(
    cells: Mapping[TrustAnchorCellId, ReportedCell], register: KeyRegister
) -> dict[TrustAnchorCellId, tuple[ReportedCell, HeldData | None]]:
    """What a device reports, and whose that is."""
    root = register.root_generation(cells[ROOT_CELL]) if ROOT_CELL in cells else 0
    return {cell: (shown, register.whose(cell, shown, root)) for cell, shown in cells.items()}
