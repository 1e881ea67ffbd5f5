"""Who a party is and how it signs; and what every party knows of the device it addresses."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole, TrustAnchorCellId


class Identity(NamedTuple):
    """A party's role on devices, and its Entity Identifier in headers."""

    role: RemotePartyRole
    entity_id: EntityId


class Signer(Protocol):
    """Whatever signs for a party: a key in its hand, or custody behind a decision."""

    def sign(self, octets: bytes) -> bytes:
        """64 octets r || s over `octets`."""


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A party's own digital signing key: a 32-octet scalar."""

    private_key: bytes = field(repr=False)
    suite: CryptoSuite

    def sign(self, octets: bytes) -> bytes:
        return self.suite.sign(self.private_key, octets)


@dataclass(frozen=True, slots=True)
class DeviceContact:
    """A device as a party knows it, from its Device Certificates.

    Attributes:
        cells: the Trust Anchor Cells that its profile gives it.
        signing_key: 65-octet public key that its signed responses verify with.
        agreement_key: 65-octet public key that MACs are made with.
    """

    entity_id: EntityId
    device_type: DeviceType
    cells: frozenset[TrustAnchorCellId]
    signing_key: bytes
    agreement_key: bytes

    def holds(self, role: RemotePartyRole) -> bool:
        """Whether the device has a cell for `role`."""
        return any(cell.role is role for cell in self.cells)

    @property
    def roles(self) -> tuple[RemotePartyRole, ...]:
        """The roles it has cells for, in ascending order."""
        return tuple(sorted({cell.role for cell in self.cells}))

    def __str__(self) -> str:
        return f"{self.device_type.name} {self.entity_id}"
