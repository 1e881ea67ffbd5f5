"""Which generations of an organisation's certificates there are at a moment of a drill.

Keys of any generation come from the seed at any time. Their certificates exist for parties, for an
attacker and for the rules about them only from the moment at which they are issued.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from firmware_sim.bench.drills.certificates import DrillCertificates, Names
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.population.estate import CellData, Estate
from firmware_sim.bench.population.schema import DCC
from firmware_sim.bench.smki.ceremony import party_request
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.bench.smki.register import CertificateRegister, IssuedFor, first_certificates
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole, TrustAnchorCellId

GENERATIONS_RULE: Final = (
    "where a step names no organisation, generation N of one is the newest, not above N, that it "
    "has been issued"
)
"""To be printed with what rests on it."""


class IssuedGenerations:
    """The register of a drill, and what organisations have been issued.

    Args:
        start: when the drill begins; what the devices hold then counts as issued.
    """

    def __init__(
        self, start: datetime, names: Names, certificates: DrillCertificates, estate: Estate
    ) -> None:
        self._names = names
        self._certificates = certificates
        first = dict.fromkeys(first_certificates(names))
        first |= dict.fromkeys(each for device in estate for each in certificates_of(device.holds))
        self._register = CertificateRegister(start, first)

    @property
    def register(self) -> CertificateRegister:
        """Every certificate that exists by now."""
        return self._register

    def exists(self, name: str, cell: TrustAnchorCellId, generation: int, at: datetime) -> bool:
        """Whether a certificate has been issued by a moment."""
        return self._register.exists(IssuedFor(name or DCC, cell, generation), at)

    def up_to(self, name: str, cell: TrustAnchorCellId, generation: int, at: datetime) -> int:
        """The newest generation of an organisation, not above the one that is asked for.

        Raises:
            BenchError: no organisation in the role has been issued the one that is asked for.
        """
        if not any(self.exists(each, cell, generation, at) for each in self.in_role(cell.role)):
            raise BenchError(
                f"no {cell.role.label} has been issued {cell} of generation {generation} yet",
                "put an issue step, or an update that installs it, before",
            )
        fitting = (each for each in range(generation, 0, -1) if self.exists(name, cell, each, at))
        return next(fitting)

    def in_role(self, role: RemotePartyRole) -> tuple[str, ...]:
        """The organisations in a role; the DCC's name in its own."""
        return self._names.get(role, (DCC,))

    def issue(
        self, name: str, cells: Iterable[TrustAnchorCellId], generation: int, at: datetime
    ) -> tuple[TrustAnchorCellId, ...]:
        """Issue what is not there yet, each certificate by a request of its Subscriber.

        Returns:
            The cells that certificates were issued for.

        Raises:
            NotEligibleError: the organisation is no Eligible Subscriber for one.
            PkiError: the PKI has no such generation.
        """
        wanted = [cell for cell in cells if not self.exists(name, cell, generation, at)]
        for cell in wanted:
            held = self._certificates.credentials(cell.role, generation, name)
            key = held.certificates[cell].public_key
            request = party_request(cell, held.entity_id, key, name)
            self._register.issue(request, IssuedFor(name, cell, generation), at)
        return tuple(wanted)


def cells_of(role: RemotePartyRole) -> tuple[TrustAnchorCellId, ...]:
    """The cells that an organisation in that role has certificates for."""
    return tuple(cell for cell in PARTY_CELLS if cell.role is role)


def certificates_of(held: CellData) -> Iterable[IssuedFor]:
    """The certificates whose data the cells of one device hold."""
    for cell, data in held.items():
        if cell == ROOT_CELL:
            yield IssuedFor(DCC, CertificateKind.ROOT_OCA, data.generation)
        else:
            yield IssuedFor(data.organisation, data.issued_for, data.generation)
