"""What each certificate of a source is for, and which party is taken for a role.

Authority, role and usage are read from the certificate. That a supplier's second key agreement
certificate is for prepayment top-up must be said by the source.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from firmware_sim.bench.smki.content import SourceCertificate, SourceContent
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId


class Purpose(NamedTuple):
    """What a certificate is for; keys of one purpose are generations of one another."""

    kind: CertificateKind
    cell: TrustAnchorCellId | None = None
    device: EntityId | None = None
    usage: KeyUsage | None = None


_Known = tuple[SourceCertificate, Purpose]


def purposes(content: SourceContent) -> Iterator[tuple[SourceCertificate, Purpose | str]]:
    """Each certificate with its purpose, or with the reason why a PKI of Devices has none for it.

    A PKI has one party a role, told by its Entity Identifier: of several the one is taken that
    fills most cells, then the one with most private keys, then the one that is valid first.
    """
    parties: dict[RemotePartyRole, dict[EntityId, list[_Known]]] = {}
    found = [(each, _purpose(each)) for each in content.certificates]
    for each, purpose in found:
        entity = each.certificate.subject_unique_id
        if isinstance(purpose, Purpose) and purpose.cell is not None and entity is not None:
            of_role = parties.setdefault(purpose.cell.role, {})
            of_role.setdefault(entity, []).append((each, purpose))
    chosen = {role: _chosen(of_role, content) for role, of_role in parties.items()}
    for each, purpose in found:
        yield each, _unless_another_is_chosen(each.certificate, purpose, chosen)


def _unless_another_is_chosen(
    certificate: Certificate, purpose: Purpose | str, chosen: dict[RemotePartyRole, EntityId]
) -> Purpose | str:
    if isinstance(purpose, str) or purpose.cell is None:
        return purpose
    role, entity = purpose.cell.role, certificate.subject_unique_id
    if chosen[role] == entity:
        return purpose
    return f"{purpose.cell} of {entity}: this PKI has one {role.label}, {chosen[role]}"


def _purpose(found: SourceCertificate) -> Purpose | str:
    """What a certificate is for, or why a PKI of Devices has no place for it."""
    certificate = found.certificate
    role, usage = certificate.subject_role, certificate.key_usage
    if certificate.is_ca:
        return Purpose(_authority_kind(certificate))
    if usage is None:
        return "it has not exactly one key usage"
    if certificate.device_entity_id is not None:
        return Purpose(CertificateKind.DEVICE, None, certificate.device_entity_id, usage)
    if role is None or certificate.subject_unique_id is None:
        return "its subject names no Remote Party Role or no Entity Identifier"
    if not isinstance(role, RemotePartyRole):
        return f"no Trust Anchor Cell is for the role {role:02X}"
    top_up = CellUsage.PREPAYMENT_TOP_UP if found.is_top_up else CellUsage.MANAGEMENT
    cell = TrustAnchorCellId(role, usage, top_up)
    if cell not in PARTY_CELLS:
        return f"there is no Trust Anchor Cell {cell}"
    return Purpose(CertificateKind.ORGANISATION, cell)


def _authority_kind(certificate: Certificate) -> CertificateKind:
    if certificate.subject_role is RemotePartyRole.ROOT:
        return CertificateKind.ROOT_OCA
    if certificate.subject_role is RemotePartyRole.ISSUING_AUTHORITY:
        return CertificateKind.ISSUING_OCA
    is_root = certificate.is_self_issued
    return CertificateKind.ROOT_DCA if is_root else CertificateKind.ISSUING_DCA


def _chosen(parties: dict[EntityId, list[_Known]], content: SourceContent) -> EntityId:
    def rank(entity: EntityId) -> tuple[int, int, datetime, EntityId]:
        certificates = [found.certificate for found, _ in parties[entity]]
        cells = {purpose.cell for _, purpose in parties[entity]}
        keys = {each.public_key for each in certificates} & content.keys.keys()
        return -len(cells), -len(keys), min(each.not_before for each in certificates), entity

    return min(parties, key=rank)
