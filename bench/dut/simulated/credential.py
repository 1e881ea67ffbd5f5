"""Which certificate fills a cell: usually its own party's, before a handover another party's."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId


class Credential(NamedTuple):
    """One certificate of the drill PKI, by what it was issued for.

    Attributes:
        issued_for: the cell of the party that it was issued to.
        generation: of the key in it, from 1.
        organisation: whose it is, by its name in a story; empty for the first, and mostly the
            only, organisation in the role, and for every role of the DCC.
    """

    issued_for: TrustAnchorCellId
    generation: int = 1
    organisation: str = ""

    @classmethod
    def in_cell(
        cls,
        cell: TrustAnchorCellId,
        generation: int,
        holder: RemotePartyRole | None = None,
        organisation: str = "",
    ) -> Self:
        """What stands in `cell` if it is `holder`'s; None for the cell's own party.

        Another party's certificate has the cell's key usage. Its key agreement certificate for
        management also stands in a cell for prepayment top-up.
        """
        if holder in (None, cell.role):
            return cls(cell, generation, organisation)
        return cls(TrustAnchorCellId(holder, cell.key_usage), generation, organisation)


Filling = Mapping[TrustAnchorCellId, Credential]
"""Cells of one device that do not hold the first generation of their own party."""

Fillings = Mapping[DeviceType, Filling]
"""The same by device type."""
