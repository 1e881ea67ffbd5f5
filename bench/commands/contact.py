"""What a party must know of a device to address it and to check what it answers."""

from collections.abc import Collection
from dataclasses import dataclass

from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import (
    OWN_KEY_USAGES,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)


@dataclass(frozen=True, slots=True)
class DeviceContact:
    """A device as a party knows it, from its Device Certificates.

    Attributes:
        cells: the Trust Anchor Cells that its profile gives it.
        signing_key: 65-octet public key that its signed responses verify with.
        agreement_key: 65-octet public key that MACs are made with. Of either, no octets if the
            certificate is not known: then only what needs it cannot be done.
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


def contact_of(
    pki: DrillPki,
    device_type: DeviceType,
    entity: EntityId,
    cells: Collection[TrustAnchorCellId] | None = None,
) -> DeviceContact:
    """A device of a drill PKI, as its certificates show it.

    Args:
        cells: those that it has; None for those of its type under the default policy.

    Its certificates are enough, and either may be missing where a PKI issues no devices.
    """
    held = profile_of(device_type, Policy()).cells if cells is None else cells
    signing, agreement = (_public_key(pki, entity, usage) for usage in OWN_KEY_USAGES)
    return DeviceContact(entity, device_type, frozenset(held), signing, agreement)


def missing_keys(contact: DeviceContact) -> str:
    """What cannot be done for want of a device's certificate, in one line; empty if nothing."""
    if not contact.signing_key and not contact.agreement_key:
        return f"no certificate of {contact} is known: its answers cannot be verified"
    if not contact.signing_key:
        return f"no digitalSignature certificate of {contact}: its signatures cannot be verified"
    if not contact.agreement_key:
        return f"no keyAgreement certificate of {contact}: no MAC can be made or verified"
    return ""


def _public_key(pki: DrillPki, entity: EntityId, usage: KeyUsage) -> bytes:
    try:
        return parse_certificate(pki.device_certificate(entity, usage)).public_key
    except PkiError:
        return b""
