"""Which certificates are compromised when a key has fallen, and whose they are (SEC L10.30)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.population.estate import HeldData
from firmware_sim.bench.population.schema import DCC
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId

ROOT_KEYS_RULE: Final = (
    "the Contingency Private Key and the Contingency Symmetric Key compromise the Root OCA "
    "Certificate, whose data carry the wrapped key"
)
"""An assumption, to be printed: L10.30(c) names the symmetric key and no certificate for it, and
the Contingency Private Key not at all."""


class SubscriberCertificate(StrEnum):
    """The two kinds of certificate of which SEC L10.25 and L10.30(b) speak."""

    ORGANISATION = "Organisation Certificate"
    OCA = "OCA Certificate"


class RelevantSubscriber(NamedTuple):
    """The Subscriber for a compromised certificate (SEC L10.30(b)).

    Attributes:
        beneath: its certificate is compromised only because an OCA Certificate above it is.
    """

    organisation: str
    certificate: SubscriberCertificate
    beneath: bool = False


@dataclass(frozen=True, slots=True)
class FallenKey:
    """A Relevant Private Key that is compromised, or suspected of being.

    Attributes:
        organisation: whose key it is; ``dcc`` for all of the DCC's.
        cell: what its certificate was issued for: the root cell for the Root OCA's key and for the
            keys of Contingency; None for an Issuing OCA and for keys of no device.
    """

    kind: RelevantKeyKind
    organisation: str
    generation: int = 1
    cell: TrustAnchorCellId | None = None

    def __post_init__(self) -> None:
        is_credential = self.kind is RelevantKeyKind.DEVICE_CREDENTIAL
        if is_credential and self.cell is None:
            raise BenchError("a key behind a device's cell names its cell [SEC L10.30(c)(ii)]")

    def compromises(self, data: HeldData) -> bool:
        """Whether these data are from a certificate that is compromised with this key."""
        if self.kind is RelevantKeyKind.DEVICE_CREDENTIAL:
            return (data.organisation, data.issued_for, data.generation) == (
                self.organisation,
                self.cell,
                self.generation,
            )
        if self.kind is RelevantKeyKind.CONTINGENCY_SYMMETRIC_KEY:
            return (data.issued_for, data.generation) == (ROOT_CELL, self.generation)
        if self.kind is RelevantKeyKind.ISSUER:
            return data.issuer == self.generation and (
                data.issued_for != ROOT_CELL or self.cell == ROOT_CELL
            )
        # An XML-signing key, a key of an S1SP and an S1SPKI key stand behind no cell of a device.
        return False

    def subscribers(self, beneath: tuple[str, ...] = ()) -> tuple[RelevantSubscriber, ...]:
        """The Relevant Subscribers; none for an S1SPKI key, which has no such certificate.

        Args:
            beneath: the organisations with certificates under a fallen OCA key.
        """
        oca, organisation = SubscriberCertificate.OCA, SubscriberCertificate.ORGANISATION
        if self.kind is RelevantKeyKind.S1SPKI:
            return ()
        if self.kind is RelevantKeyKind.ISSUER:
            others = (each for each in dict.fromkeys(beneath) if each != DCC)
            return (
                RelevantSubscriber(DCC, oca),
                *(RelevantSubscriber(each, organisation, beneath=True) for each in others),
            )
        if self.cell == ROOT_CELL or self.kind is RelevantKeyKind.CONTINGENCY_SYMMETRIC_KEY:
            return (RelevantSubscriber(DCC, oca),)
        return (RelevantSubscriber(self.organisation, organisation),)
