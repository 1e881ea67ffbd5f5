"""Whether what a ledger says of cells by CS02a stands in an answer that the device gave."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress

from firmware_sim.bench.commands.ber import to_der
from firmware_sim.bench.evidence.cell_rows import cell_rows
from firmware_sim.bench.evidence.difference import AlteredError, Difference
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.record_rows import MessageRow
from firmware_sim.bench.evidence.unpacking import Unpacker
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.roles import TrustAnchorCellId

_Held = tuple[str, str, str]


def check_cells(database: sqlite3.Connection, messages: Iterable[MessageRow]) -> None:
    """Each reading of a cell by CS02a stands in some answer of that device.

    Args:
        messages: of the record of this ledger.

    Raises:
        AlteredError: one does not.
    """
    answered: dict[str, set[frozenset[_Held]]] = defaultdict(set)
    unpacker = Unpacker(database)
    for row in messages:
        if row.kind == "response" and row.use_case.startswith("CS02a"):
            message = parse_message(unpacker.octets_of(row.id))
            answered[row.device].add(_reported(message.payload))
    for device, _, source, cells in cell_rows(database):
        if source != "CS02a":
            continue
        said = frozenset().union(*answered[device])
        for cell, held in cells.items():
            if (cell, held.subject, held.key_identifier) not in said:
                place, problem = f"cell {device} {cell}", "stands in no answer of the device"
                raise AlteredError(Difference(LEDGER_NAME, place, "key_identifier", problem))


def _reported(payload: bytes) -> frozenset[_Held]:
    """Cell, subject and key identifier, as an answer reports them; nothing if it is no report."""
    report = _decoded(payload)
    if report is None:
        return frozenset()
    return frozenset(
        (
            str(TrustAnchorCellId(entry.role, cell.key_usage, cell.cell_usage)),
            cell.subject_unique_id.hex(),
            cell.subject_key_identifier.hex(),
        )
        for entry in report.roles
        for cell in entry.cells or ()
    )


def _decoded(payload: bytes) -> CredentialsReport | None:
    with suppress(GbcsError):
        return CredentialsReport.decode(payload)
    with suppress(GbcsError):  # a device in the field may write BER
        return CredentialsReport.decode(to_der(payload)[0])
    return None
