"""Whether what a ledger says of cells by CS02a stands in an answer that the device gave."""

import sqlite3
from collections import defaultdict
from functools import lru_cache

from firmware_sim.bench.commands.answers import read_leniently
from firmware_sim.bench.evidence.cell_rows import cell_rows
from firmware_sim.bench.evidence.difference import AlteredError, Difference
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.roles import TrustAnchorCellId

_ANSWERS = """
SELECT device, octets FROM message
WHERE direction = 'from device' AND kind = 'response' AND use_case LIKE 'CS02a%'
"""

_MOST_PAYLOADS = 4096

_Held = tuple[str, str, str]


def check_cells(database: sqlite3.Connection) -> None:
    """Each reading of a cell by CS02a stands in some answer of that device.

    Raises:
        AlteredError: one does not.
    """
    answered: dict[str, set[frozenset[_Held]]] = defaultdict(set)
    reported_in = lru_cache(_MOST_PAYLOADS)(_reported)
    for device, octets in database.execute(_ANSWERS):
        message, _ = read_leniently(parse_message(octets))
        answered[device].add(reported_in(message.payload))
    for device, _, source, cells in cell_rows(database):
        if source != "CS02a":
            continue
        said = frozenset().union(*answered[device])
        for cell, held in cells.items():
            if (cell, held.subject, held.key_identifier) not in said:
                row, problem = f"cell {device} {cell}", "stands in no answer of the device"
                raise AlteredError(Difference(LEDGER_NAME, row, "key_identifier", problem))


def _reported(payload: bytes) -> frozenset[_Held]:
    """Cell, subject and key identifier, as an answer reports them; nothing if it is no report."""
    try:
        report = CredentialsReport.decode(payload)
    except GbcsError:
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
