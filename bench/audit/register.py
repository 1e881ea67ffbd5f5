"""The register of certificates: which key, under whose name, is whose and of which generation."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Final

from firmware_sim.bench.audit.sorts import ReportedCell
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.population.estate import HeldData
from firmware_sim.bench.population.schema import DCC
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.organisations import OrganisationCertificates
from firmware_sim.bench.smki.parameters import GENERATIONS, MAX_ROOTS, PARTY_CELLS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId

MAX_GENERATION: Final = 99
"""Of an organisation; the DCC has as many as the PKI."""

_ROOT_SUBJECT: Final = bytes(8)

Names = Mapping[RemotePartyRole, tuple[str, ...]]


class KeyRegister:
    """The certificates of one PKI, found by what a device reports of a cell.

    A report names the subject and the key, not the certificate: of two certificates for one key
    it cannot be told which one the cell was filled from.

    Args:
        names: the organisations in each role that is not the DCC's.
    """

    def __init__(self, pki: DrillPki, suite: CryptoSuite, names: Names) -> None:
        self._pki = pki
        self._certificates = OrganisationCertificates(pki, suite, names)
        self._roles: defaultdict[bytes, list[tuple[RemotePartyRole, str]]] = defaultdict(list)
        self.organisations = frozenset({DCC, *(each for held in names.values() for each in held)})
        for role in dict.fromkeys(cell.role for cell in PARTY_CELLS):
            for name in names.get(role, (DCC,)):
                try:
                    entity = self._certificates.credentials(role, name).entity_id
                except BenchError:
                    continue  # an imported PKI need not have every party
                self._roles[bytes(entity)].append((role, name))
        self._keys = cache(self._keys_of)

    def whose(self, cell: TrustAnchorCellId, shown: ReportedCell, root: int) -> HeldData | None:
        """Whose certificate a cell holds; None if its key is on no record under that name.

        Args:
            root: generation of the root that the device reports. What stands in its cells was
                issued under that root, or under one before.
        """
        if cell == ROOT_CELL:
            generation = self.root_generation(shown)
            return HeldData(DCC, cell, generation, generation) if generation else None
        for role, name in self._roles.get(bytes(shown.subject_id), ()):
            for generation in range(1, MAX_GENERATION + 1):
                keys = self._keys(role, name, generation)
                if not keys:
                    break
                cells = keys.get(bytes(shown.key_identifier), ())
                if cells:
                    issued_for = cell if cell in cells else cells[0]
                    return HeldData(name, issued_for, generation, min(generation, root))
        return None

    def root_generation(self, shown: ReportedCell) -> int:
        """Which root a root cell holds; 0 for none of this PKI's."""
        for generation in range(1, MAX_ROOTS + 1):
            try:
                identifier = self._pki.root(generation).key_identifier
            except PkiError:
                continue
            if shown == ReportedCell(_ROOT_SUBJECT, identifier):
                return generation
        return 0

    def _keys_of(
        self, role: RemotePartyRole, name: str, generation: int
    ) -> Mapping[bytes, tuple[TrustAnchorCellId, ...]]:
        """The cells that each key of a generation was certified for, by key identifier."""
        under = min(generation, GENERATIONS[-1])
        try:
            held = self._certificates.credentials(role, name, generation, under)
        except BenchError:  # PkiError: no such generation
            return {}
        found: dict[bytes, tuple[TrustAnchorCellId, ...]] = {}
        for cell, certificate in held.certificates.items():
            identifier = bytes(certificate.key_identifier)
            found[identifier] = (*found.get(identifier, ()), cell)
        return found
