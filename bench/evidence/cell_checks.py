"""Whether what a ledger says of cells by CS02a stands in an answer that the device gave."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from firmware_sim.bench.commands.answers import read_leniently
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
_CELLS = "SELECT device, cell, subject, key_identifier FROM cell WHERE source = 'CS02a'"

_Held = tuple[str, str, str]


def check_cells(database: sqlite3.Connection) -> None:
    """Each reading of a cell by CS02a stands in some answer of that device.

    Raises:
        AlteredError: one does not.
    """
    answered: dict[str, set[_Held]] = defaultdict(set)
    for device, octets in database.execute(_ANSWERS):
        answered[device].update(_reported(octets))
    for device, *held in database.execute(_CELLS):
        if tuple(held) not in answered[device]:
            row, problem = f"cell {device} {held[0]}", "stands in no answer of the device"
            raise AlteredError(Difference(LEDGER_NAME, row, "key_identifier", problem))


def _reported(octets: bytes) -> Iterator[_Held]:
    """Cell, subject and key identifier, as an answer reports them; nothing if it is no report."""
    try:
        message, _ = read_leniently(parse_message(octets))
        report = CredentialsReport.decode(message.payload)
    except GbcsError:
        return
    for entry in report.roles:
        for cell in entry.cells or ():
            name = TrustAnchorCellId(entry.role, cell.key_usage, cell.cell_usage)
            yield str(name), cell.subject_unique_id.hex(), cell.subject_key_identifier.hex()
