"""The certificates of a drill: of every organisation that its story names, in any generation."""

from collections.abc import Collection, Mapping
from typing import Final

from firmware_sim.bench.drills.attackers_keys import ATTACKER, attackers_certificate
from firmware_sim.bench.drills.forgeries import forged_link
from firmware_sim.bench.drills.step_log import CellIdentifiers
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.population.estate import HeldData
from firmware_sim.bench.population.schema import DCC, Population
from firmware_sim.bench.smki.holdings import PartyCredentials
from firmware_sim.bench.smki.organisations import OrganisationCertificates
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId

ROOT_SUBJECT_ID: Final = bytes(8)
"""What a device reports as the root cell's subject unique id."""

Names = Mapping[RemotePartyRole, tuple[str, ...]]
"""The organisations in each role, in the order of a population; all other roles are the DCC's."""

ONE_EACH: Final[Names] = Population.of_one_each(1).organisations
"""Those of a story without a population."""


class DrillCertificates:
    """Makes certificates on demand, always the same ones.

    Wherever an organisation can be named, no name means the first in its role: the one of a story
    without a population, and the DCC in its own roles.

    Args:
        names: None for one organisation in each role.
    """

    def __init__(self, pki: DrillPki, suite: CryptoSuite, names: Names | None = None) -> None:
        self._pki = pki
        self._suite = suite
        self._names = ONE_EACH if names is None else names
        self._issued = OrganisationCertificates(pki, suite, self._names)
        self._holdings: dict[Credential, CellIdentifiers] = {}

    @property
    def issued(self) -> OrganisationCertificates:
        """By whose certificates cells are named."""
        return self._issued

    def entity_id(self, role: RemotePartyRole, organisation: str = "") -> EntityId:
        """The Entity Identifier of a role's party: one organisation through all generations."""
        if role is RemotePartyRole.ROOT:
            return self._pki.contingency_entity_id
        return self.credentials(role, 1, organisation).entity_id

    def credentials(
        self, role: RemotePartyRole, generation: int, organisation: str = ""
    ) -> PartyCredentials:
        """Certificates of one organisation, with the keys that it holds itself.

        Raises:
            PkiError: there is no such organisation in that role, or no such generation.
        """
        under = min(generation, GENERATIONS[-1])
        return self._issued.credentials(role, organisation or self._first(role), generation, under)

    def _first(self, role: RemotePartyRole) -> str:
        return self._names.get(role, (DCC,))[0]

    def replacement(
        self, cell: TrustAnchorCellId, credential: Credential, root: int
    ) -> Replacement:
        """The certificate for a cell of a device that will then have that generation of root.

        Old keys were never certified under the new root: they keep their old certificates.
        """
        under = credential.generation if cell == ROOT_CELL else min(credential.generation, root)
        return Replacement(self._certificate(credential, under).octets, cell)

    def path(
        self,
        generations: Collection[int],
        root: int,
        *,
        links: Collection[int] = (),
        is_forged: bool = False,
        present: int = 0,
    ) -> tuple[bytes, ...]:
        """What stands between certificates of these generations and the root.

        Args:
            links: the roots for each of which the certificate is added by which the one before it
                vouches.
            is_forged: these certificates are signed with another key.
            present: generation of a root that vouches for later Issuing OCAs as well; 0 for none.
        """
        issuers = sorted({min(generation, root) for generation in generations})
        octets = [self._pki.issuing(each, min(each, present or each)).octets for each in issuers]
        for number in links:
            forged = forged_link(self._pki, self._suite, number) if is_forged else b""
            octets.append(forged or self._pki.root_link(number).octets)
        return tuple(octets)

    def holding(self, credential: Credential) -> CellIdentifiers:
        """What a cell with that credential reports."""
        if credential not in self._holdings:
            self._holdings[credential] = holding_of(self._certificate(credential))
        return self._holdings[credential]

    def public_key(self, credential: Credential) -> bytes:
        """The 65-octet point in a cell with that credential."""
        return self._certificate(credential).public_key

    def _certificate(self, credential: Credential, under: int | None = None) -> Certificate:
        issued_for, generation, organisation = credential
        if issued_for == ROOT_CELL:
            return self._pki.root(generation)
        issuer = min(generation, GENERATIONS[-1]) if under is None else under
        if organisation == ATTACKER:
            return attackers_certificate(self._pki, issued_for.key_usage, generation)
        name = organisation or self._first(issued_for.role)
        return self._issued.certificate(HeldData(name, issued_for, generation, issuer))


def holding_of(certificate: Certificate) -> CellIdentifiers:
    """What a cell reports of a certificate; a root has no subject unique id."""
    subject_id = certificate.subject_unique_id
    return CellIdentifiers(subject_id or ROOT_SUBJECT_ID, certificate.key_identifier)
