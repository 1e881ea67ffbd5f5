"""Which certificates exist at a moment: what the drill began with, and what was issued since."""

from collections.abc import Iterable
from datetime import datetime

from firmware_sim.bench.drills.drill_estate import Filled, data_of
from firmware_sim.bench.population.schema import (
    DCC,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    SUPPLIER,
)
from firmware_sim.bench.smki.register import CertificateRegister, IssuedFor, first_certificates
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.roles import ROOT_CELL, RemotePartyRole

_NAMES = {
    RemotePartyRole.SUPPLIER: (SUPPLIER,),
    RemotePartyRole.NETWORK_OPERATOR: (NETWORK_OPERATOR,),
    RemotePartyRole.LOAD_CONTROLLER: (LOAD_CONTROLLER,),
}


class CertificatesSoFar:
    """The register of a drill, opened when a step first asks for it."""

    def __init__(self) -> None:
        self._register: CertificateRegister | None = None

    def register(self, at: datetime, known: Iterable[Filled]) -> CertificateRegister:
        """The register of the drill.

        Args:
            known: what the cells of each device hold: these certificates exist already.
        """
        if self._register is None:
            held = dict.fromkeys(each for filled in known for each in certificates_of(filled))
            first = first_certificates(_NAMES)
            self._register = CertificateRegister(at, dict.fromkeys((*first, *held)))
        return self._register


def certificates_of(filled: Filled) -> Iterable[IssuedFor]:
    """The certificates whose data the cells of one device hold."""
    for cell, data in data_of(filled).items():
        if cell == ROOT_CELL:
            yield IssuedFor(DCC, CertificateKind.ROOT_OCA, data.generation)
        else:
            yield IssuedFor(data.organisation, data.issued_for, data.generation)
