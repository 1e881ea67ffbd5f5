"""Certificates of any organisation in any generation, made when they are asked for.

The PKI holds two generations of one organisation in each role. Others come from the PKI's seed for
devices: the same organisation, cell and generation always get the same key and octets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from firmware_sim.bench.population.estate import HeldData
from firmware_sim.bench.population.schema import DCC
from firmware_sim.bench.smki.ceremony import party_request, serial_number
from firmware_sim.bench.smki.certification import CertificationAuthority
from firmware_sim.bench.smki.holdings import PartyCredentials, PkiError
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.bench.smki.parameters import GENERATIONS, PARTY_CELLS, Parameters, entity_id_of
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.signing_request import OrganisationSigningRequest
from firmware_sim.bench.smki.validity import AS_ALL_OTHERS, CertificateName, Period
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key


def certify_organisation(
    pki: DrillPki,
    suite: CryptoSuite,
    request: OrganisationSigningRequest,
    serial: int,
    under: int = 1,
    period: Period = AS_ALL_OTHERS,
) -> Certificate:
    """The Organisation Certificate for a request.

    Args:
        under: generation of the Issuing OCA.
        period: when it is valid.

    Raises:
        PkiError: the PKI has no such Issuing OCA with its private key.
        NotEligibleError: the applicant is no Eligible Subscriber for it.
    """
    issuer = pki.authority(CertificateKind.ISSUING_OCA, under)
    if issuer.private_key is None:
        raise PkiError("the PKI has no private key of its Issuing OCA", "use a generated PKI")
    key = IssuingKey.of(issuer.certificate, issuer.private_key)
    authority = CertificationAuthority(key, Parameters(), suite)
    return parse_certificate(authority.issue(request, serial, period.put))


@dataclass(frozen=True, slots=True)
class OrganisationKeys:
    """One organisation of a story.

    Attributes:
        number: its place among the organisations in its role, from 0; the first is the one that
            the PKI has keys of.
    """

    pki: DrillPki
    suite: CryptoSuite
    role: RemotePartyRole
    name: str
    number: int = 0

    def credentials(self, generation: int = 1, under: int = 1) -> PartyCredentials:
        """Its certificates of one generation, with their private keys.

        Args:
            under: generation of the Issuing OCA.

        Raises:
            PkiError: the PKI has no such Issuing OCA, or no seed to make keys from.
            NotEligibleError: it is no Eligible Subscriber for them.
        """
        if self.number == 0 and generation in GENERATIONS:
            return self.pki.party(self.role, generation, under)
        if self.role is RemotePartyRole.RECOVERY or self.name == DCC:
            raise PkiError(f"the PKI has {len(GENERATIONS)} generations of {self.role.label}")
        cells = [cell for cell in PARTY_CELLS if cell.role is self.role]
        keys = {cell: self._key(cell, generation) for cell in cells}
        return PartyCredentials(
            role=self.role,
            entity_id=entity_id_of(self.role, self.number),
            generation=generation,
            certificates={
                cell: self._certificate(cell, keys[cell], generation, under) for cell in cells
            },
            private_keys=keys,
        )

    def _certificate(
        self, cell: TrustAnchorCellId, key: bytes, generation: int, under: int
    ) -> Certificate:
        request = party_request(
            cell, entity_id_of(self.role, self.number), self.suite.public_key(key), self.name
        )
        serial = serial_number(self._seed(), f"{self._label(cell, generation)} {under}")
        period = self.pki.periods(CertificateName(cell, generation, under, self.name))
        return certify_organisation(self.pki, self.suite, request, serial, under, period)

    def _key(self, cell: TrustAnchorCellId, generation: int) -> bytes:
        label = self._label(cell, generation)
        return generate_private_key(HmacDrbg(self._seed(), label.encode()))

    def _label(self, cell: TrustAnchorCellId, generation: int) -> str:
        return f"organisation {self.number} {cell} {generation}"

    def _seed(self) -> bytes:
        seed = self.pki.inventory.device_seed
        if seed is None:
            raise PkiError("this PKI has no seed for further keys", "use a generated PKI")
        return seed


class OrganisationCertificates:
    """The certificates of all organisations of a story; each is made once.

    Args:
        names: the organisations in each role, in the order of their numbers.
    """

    def __init__(
        self, pki: DrillPki, suite: CryptoSuite, names: Mapping[RemotePartyRole, tuple[str, ...]]
    ) -> None:
        self._pki = pki
        self._suite = suite
        self._names = names
        self._credentials = cache(self._made)

    def credentials(
        self, role: RemotePartyRole, name: str, generation: int = 1, under: int = 1
    ) -> PartyCredentials:
        """As `OrganisationKeys.credentials`, of an organisation by its name.

        Raises:
            PkiError: there is no such organisation in that role, or see there.
        """
        return self._credentials(role, name, generation, under)

    def certificate(self, data: HeldData) -> Certificate:
        """The certificate that data in a cell come from.

        Raises:
            PkiError: this PKI issued none such.
        """
        held = self._credentials(
            data.issued_for.role, data.organisation, data.generation, data.issuer
        )
        return held.certificates[data.issued_for]

    def _made(
        self, role: RemotePartyRole, name: str, generation: int, under: int
    ) -> PartyCredentials:
        names = self._names.get(role, (DCC,))
        if name not in names:
            raise PkiError(f"this PKI issues no {role.label} Certificates to {name}")
        keys = OrganisationKeys(self._pki, self._suite, role, name, names.index(name))
        return keys.credentials(generation, under)
