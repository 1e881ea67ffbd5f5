"""What a PKI consists of: certificates with their keys, by what they are for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.smki.custody import Custody
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import Anchor
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId

_T = TypeVar("_T")


class PkiError(BenchError):
    """The PKI has no such certificate or key."""


class NoGenerationError(PkiError):
    """The PKI has no certificate of the generation that was named."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One certificate, and its private key if the PKI has it outside custody.

    Attributes:
        generation: of the key in it.
        issuer_generation: of the authority that issued it: differs from `generation` where a
            new key is certified under the old authority.
        cell: what an Organisation Certificate is for; None for all others.
        private_key: 32-octet scalar; None if custody holds it, or if it is not there.
    """

    certificate: Certificate
    kind: CertificateKind
    generation: int
    issuer_generation: int
    cell: TrustAnchorCellId | None = None
    private_key: bytes | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """What it is, e.g. ``Root OCA`` or ``supplier.KA.PP``."""
        if self.cell is not None:
            return str(self.cell)
        if self.kind is CertificateKind.ROOT_OCA and self.generation != self.issuer_generation:
            return "Root OCA link (NewWithOld)"
        if self.kind is CertificateKind.DEVICE and self.certificate.key_usage is not None:
            return f"Device {self.certificate.device_entity_id} {self.certificate.key_usage.short}"
        return self.kind.value


@dataclass(frozen=True, slots=True)
class PartyCredentials:
    """A party's certificates of one generation, and the keys it may use by itself.

    Attributes:
        certificates: by the cell that each fills on a device.
        private_keys: 32-octet scalars by cell; none for Recovery, whose key is in custody.
    """

    role: RemotePartyRole
    entity_id: EntityId
    generation: int
    certificates: Mapping[TrustAnchorCellId, Certificate]
    private_keys: Mapping[TrustAnchorCellId, bytes] = field(repr=False)

    def certificate(
        self, usage: KeyUsage, cell_usage: CellUsage = CellUsage.MANAGEMENT
    ) -> Certificate:
        """The certificate for one usage.

        Raises:
            PkiError: the party has none.
        """
        return self._find(self.certificates, usage, cell_usage, "certificate")

    def private_key(self, usage: KeyUsage, cell_usage: CellUsage = CellUsage.MANAGEMENT) -> bytes:
        """The 32-octet scalar for one usage.

        Raises:
            PkiError: the party itself holds none.
        """
        return self._find(self.private_keys, usage, cell_usage, "private key")

    def _find(
        self,
        held: Mapping[TrustAnchorCellId, _T],
        usage: KeyUsage,
        cell_usage: CellUsage,
        what: str,
    ) -> _T:
        cell = TrustAnchorCellId(self.role, usage, cell_usage)
        try:
            return held[cell]
        except KeyError:
            raise PkiError(f"generation {self.generation} has no {what} for {cell}") from None


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that a PKI has.

    Attributes:
        holdings: every certificate.
        custody: the keys that need a decision.
        roots: roots known by public key only, by generation.
        contingency_entity_id: who originates a contingency command.
        device_seed: what device keys are derived from; None if the PKI issues no devices.
    """

    holdings: tuple[Holding, ...]
    custody: Custody
    contingency_entity_id: EntityId
    roots: Mapping[int, Anchor] = field(default_factory=dict)
    device_seed: bytes | None = field(default=None, repr=False)
