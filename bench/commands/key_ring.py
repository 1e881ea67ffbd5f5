"""Every private key of a drill PKI, by the key identifier that a device's cell shows.

A twin run plays no story: it holds what custody holds, too, to write commands that are accepted.
"""

from datetime import datetime

from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.machine.image.records import Cell, Root

_GENERATIONS = (1, 2)
_WHY = "a twin run holds every key"


class Keyring:
    """Private keys of both generations."""

    def __init__(self, pki: DrillPki, at: datetime) -> None:
        self._pki = pki
        self._by_point = {
            holding.certificate.public_key: holding.private_key
            for holding in pki.holdings
            if holding.private_key is not None
        }
        suite = P256Suite()
        self._custody = {
            (key, generation): pki.custody.compromise(key, at, _WHY, generation=generation)
            for key in CustodyKey
            for generation in _GENERATIONS
            if pki.custody.holds(key, generation)
        }
        for (key, _), secret in self._custody.items():
            if key is CustodyKey.RECOVERY:
                self._by_point[suite.public_key(secret)] = secret

    def of_cell(self, cell: Cell) -> bytes | None:
        """The private key to what a cell holds; None if nobody has it."""
        return self._by_point.get(cell.public_key)

    def contingency(self, root: Root) -> tuple[bytes, bytes]:
        """Contingency private key and symmetric key of the generation that a root belongs to."""
        second = self._pki.root(2).public_key == root.cell.public_key
        generation = 2 if second else 1
        return (
            self._custody[CustodyKey.CONTINGENCY, generation],
            self._custody[CustodyKey.SYMMETRIC, generation],
        )

    def owner(self, role: RemotePartyRole, cell: Cell | None) -> EntityId:
        """Whose commands a device takes for that role."""
        if role is RemotePartyRole.ROOT or cell is None:
            return self._pki.contingency_entity_id
        return cell.unique_id
