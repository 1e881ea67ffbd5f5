"""Whether what a ledger says of cells by CS02a stands in an answer that the device gave."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

from firmware_sim.bench.commands.ber import to_der
from firmware_sim.bench.evidence.cell_rows import cell_rows
from firmware_sim.bench.evidence.difference import AlteredError, Difference
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.record_rows import Contents, MessageRow
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId

_Held = tuple[str, str, str]


class CellAnswers:
    """What the devices of a ledger answered to CS02a, taken from its messages as they are read."""

    def __init__(self) -> None:
        self._said: defaultdict[str, set[frozenset[_Held]]] = defaultdict(set)
        # Devices of a fleet hold the same certificates: few answers differ, but for counters.
        self._known: dict[frozenset[_Held], frozenset[_Held]] = {}

    def hear(self, row: MessageRow, octets: bytes) -> None:
        """Keep what one message reports, if it is such an answer."""
        if row.kind == "response" and row.use_case.startswith("CS02a"):
            reported = _reported(parse_message(octets).payload)
            self._said[row.device].add(self._known.setdefault(reported, reported))

    def lacking(self, device: str, cells: Mapping[str, Contents]) -> str | None:
        """The first of some cells of which no answer of the device reports that; None of none."""
        answers = self._said.get(device, ())
        held = [(cell, item.subject, item.key_identifier) for cell, item in cells.items()]
        if any(each.issuperset(held) for each in answers):
            return None
        said = frozenset().union(*answers)
        return next((each[0] for each in held if each not in said), None)


def check_cells(database: sqlite3.Connection, answers: CellAnswers) -> None:
    """Each reading of a cell by CS02a stands in some answer of that device.

    Args:
        answers: that heard every message of this ledger.

    Raises:
        AlteredError: one does not.
    """
    for device, _, source, cells in cell_rows(database):
        if source == "CS02a" and (cell := answers.lacking(device, cells)):
            place, problem = f"cell {device} {cell}", "stands in no answer of the device"
            raise AlteredError(Difference(LEDGER_NAME, place, "key_identifier", problem))


def _reported(payload: bytes) -> frozenset[_Held]:
    """Cell, subject and key identifier, as an answer reports them; nothing if it is no report."""
    report = _decoded(payload)
    if report is None:
        return frozenset()
    return frozenset(
        (
            _name(entry.role, cell.key_usage, cell.cell_usage),
            cell.subject_unique_id.hex(),
            cell.subject_key_identifier.hex(),
        )
        for entry in report.roles
        for cell in entry.cells or ()
    )


@cache
def _name(role: RemotePartyRole, key_usage: KeyUsage, cell_usage: CellUsage) -> str:
    return str(TrustAnchorCellId(role, key_usage, cell_usage))


def _decoded(payload: bytes) -> CredentialsReport | None:
    with suppress(GbcsError):
        return CredentialsReport.decode(payload)
    with suppress(GbcsError):  # a device in the field may write BER
        return CredentialsReport.decode(to_der(payload)[0])
    return None
