"""What a party wants a device to replace, and the counter floors that go with it."""

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import CellUsage, RemotePartyRole, TrustAnchorCellId


class Floors(NamedTuple):
    """Floor fields of the command's control; None leaves a field out."""

    authorising: int | None = None
    specialist: tuple[SpecialistFloor, ...] | None = None
    others: tuple[FloorChange, ...] | None = None


class Naming(Enum):
    """Which cell a command names as the one that authorises it, where that is not said."""

    BY_RULE = "the cell that its mode requires, if its use case has it named"
    LEFT_OUT = "none"


class UpdateRequest(NamedTuple):
    """One CS02b command, before it has an originator, a counter and protection.

    Attributes:
        path: certificates between the replacements and the root (complete DER octets).
        execution: in UTC; None for at once; `firmware_sim.gbcs.times.NEVER` cancels what waits.
        authorising_cell: what the command names, true or not.
        code: another code for the header than the mode's; None for the mode's.
        with_symmetric_key: the Contingency Symmetric Key is not left out where the mode has it.
        is_symmetric_key_wrong: it is another one, which unwraps nothing.
    """

    mode: ReplacementMode
    replacements: tuple[Replacement, ...]
    path: tuple[bytes, ...] = ()
    floors: Floors = Floors()
    time_checks: bool = True
    execution: datetime | None = None
    authorising_cell: TrustAnchorCellId | Naming = Naming.BY_RULE
    code: MessageCode | None = None
    with_symmetric_key: bool = True
    is_symmetric_key_wrong: bool = False

    @property
    def is_contingency(self) -> bool:
        """Whether the mode is the one whose commands carry the Contingency Symmetric Key."""
        return self.mode is ReplacementMode.ANY_BY_CONTINGENCY

    @property
    def carries_symmetric_key(self) -> bool:
        """Whether this command does."""
        return self.is_contingency and self.with_symmetric_key


def floors_at(
    value: int, *, authorising: RemotePartyRole, cells: Collection[TrustAnchorCellId]
) -> Floors:
    """Floors of `value` for the authorising role and for every other role that gets a new key.

    A replaced prepayment top-up cell adds the specialist floor of its role. The order is that of
    the role numbers, as in the reference messages.
    """
    top_up = frozenset(
        cell.role for cell in cells if cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP
    )
    others = sorted({cell.role for cell in cells} - {authorising, RemotePartyRole.ROOT})
    return Floors(
        value,
        _specialist(value) if authorising in top_up else None,
        tuple(
            FloorChange(role, value, _specialist(value) if role in top_up else None)
            for role in others
        )
        or None,
    )


def _specialist(value: int) -> tuple[SpecialistFloor, ...]:
    return (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, value),)
