"""A test PKI made elsewhere as one of ours: each certificate by itself, generations by age.

What a certificate is for is read from the certificate: authority, role, usage. Only that a
supplier's second key agreement certificate is for prepayment top-up must be said by its
source. For each purpose the oldest key is generation 1 and the next generation 2; more are
left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_sim.bench.smki.custody import Custody, CustodyKey
from firmware_sim.bench.smki.holdings import Holding, Inventory
from firmware_sim.bench.smki.parameters import CONTINGENCY_ENTITY_ID, GENERATIONS, PARTY_CELLS
from firmware_sim.bench.smki.sources import Found, FoundCertificate
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.roles import CellUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg

_DEVICE_SEED_OCTETS = 32
_ISSUERS = {
    CertificateKind.ISSUING_OCA: CertificateKind.ROOT_OCA,
    CertificateKind.ORGANISATION: CertificateKind.ISSUING_OCA,
    CertificateKind.ISSUING_DCA: CertificateKind.ROOT_DCA,
    CertificateKind.DEVICE: CertificateKind.ISSUING_DCA,
    CertificateKind.ROOT_OCA: CertificateKind.ROOT_OCA,
    CertificateKind.ROOT_DCA: CertificateKind.ROOT_DCA,
}


class _Purpose(NamedTuple):
    kind: CertificateKind
    cell: TrustAnchorCellId | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A PKI, and one sentence for everything that was left out or does not fit."""

    inventory: Inventory
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Sorting:
    found: Found
    generations: dict[tuple[_Purpose, bytes], int] = field(default_factory=dict)
    identifiers: dict[tuple[CertificateKind, bytes], int] = field(default_factory=dict)


def import_pki(found: Found, suite: CryptoSuite) -> Imported:
    """Arrange what was found in a source as a PKI."""
    sorting = _Sorting(found)
    purposes = [(each, _purpose(each, found.notes)) for each in found.certificates]
    known = [(each, purpose) for each, purpose in purposes if purpose is not None]
    _number(known, sorting)
    for identifier in found.issuing_identifiers:
        sorting.identifiers.setdefault((CertificateKind.ISSUING_OCA, identifier), 1)
    holdings = tuple(_holdings(known, sorting))
    custody = Custody(_custody_keys(holdings, found), suite)
    _check_contingency(holdings, found, suite)
    inventory = Inventory(
        holdings=holdings,
        custody=custody,
        contingency_entity_id=CONTINGENCY_ENTITY_ID,
        roots=dict(zip(GENERATIONS, found.roots, strict=False)),
        device_seed=_device_seed(holdings),
    )
    return Imported(inventory, tuple(found.notes))


def _purpose(found: FoundCertificate, notes: list[str]) -> _Purpose | None:
    certificate = found.certificate
    if certificate.is_ca:
        return _Purpose(_authority_kind(certificate))
    if certificate.device_entity_id is not None:
        return _Purpose(CertificateKind.DEVICE)
    role, usage = certificate.subject_role, certificate.key_usage
    if isinstance(role, RemotePartyRole) and usage is not None:
        top_up = CellUsage.PREPAYMENT_TOP_UP if found.is_top_up else CellUsage.MANAGEMENT
        cell = TrustAnchorCellId(role, usage, top_up)
        if cell in PARTY_CELLS:
            return _Purpose(CertificateKind.ORGANISATION, cell)
    notes.append(f"{found.place} is left out: no Trust Anchor Cell takes it")
    return None


def _authority_kind(certificate: Certificate) -> CertificateKind:
    if certificate.subject_role is RemotePartyRole.ROOT:
        return CertificateKind.ROOT_OCA
    if certificate.subject_role is RemotePartyRole.ISSUING_AUTHORITY:
        return CertificateKind.ISSUING_OCA
    is_root = certificate.is_self_issued
    return CertificateKind.ROOT_DCA if is_root else CertificateKind.ISSUING_DCA


def _number(known: list[tuple[FoundCertificate, _Purpose]], sorting: _Sorting) -> None:
    """Give every key its generation: by start of validity, then in the order of the source."""
    for found, purpose in sorted(known, key=lambda each: each[0].certificate.not_before):
        certificate = found.certificate
        if purpose.kind is CertificateKind.DEVICE:
            sorting.generations[purpose, certificate.public_key] = 1
            continue
        if (purpose, certificate.public_key) in sorting.generations:
            continue
        number = 1 + sum(each == purpose for each, _ in sorting.generations)
        sorting.generations[purpose, certificate.public_key] = number
        sorting.identifiers[purpose.kind, certificate.key_identifier] = number


def _holdings(
    known: list[tuple[FoundCertificate, _Purpose]], sorting: _Sorting
) -> Iterator[Holding]:
    seen: set[tuple[object, ...]] = set()
    for found, purpose in known:
        holding = _holding(found.certificate, purpose, sorting)
        device = found.certificate.device_entity_id, found.certificate.key_usage
        place = (purpose, holding.generation, holding.issuer_generation, device)
        if holding.generation not in GENERATIONS or place in seen:
            sorting.found.notes.append(f"{found.place} is left out: two generations are enough")
            continue
        seen.add(place)
        yield holding


def _holding(certificate: Certificate, purpose: _Purpose, sorting: _Sorting) -> Holding:
    generation = sorting.generations[purpose, certificate.public_key]
    identifier = certificate.authority_key_identifier or certificate.key_identifier
    in_custody = purpose.cell is not None and purpose.cell.role is RemotePartyRole.RECOVERY
    return Holding(
        certificate=certificate,
        kind=purpose.kind,
        generation=generation,
        issuer_generation=sorting.identifiers.get((_ISSUERS[purpose.kind], identifier), generation),
        cell=purpose.cell,
        private_key=None if in_custody else sorting.found.keys.get(certificate.public_key),
    )


def _custody_keys(
    holdings: tuple[Holding, ...], found: Found
) -> dict[tuple[CustodyKey, int], bytes]:
    keys = {
        (CustodyKey.RECOVERY, each.generation): found.keys[each.certificate.public_key]
        for each in holdings
        if each.cell is not None
        and each.cell.role is RemotePartyRole.RECOVERY
        and each.certificate.public_key in found.keys
    }
    keys |= {(CustodyKey.CONTINGENCY, at): key for at, key in found.contingency.items()}
    return keys | {(CustodyKey.SYMMETRIC, at): key for at, key in found.symmetric.items()}


def _check_contingency(holdings: tuple[Holding, ...], found: Found, suite: CryptoSuite) -> None:
    """Note roots whose contingency key is not the one that came with them."""
    for root in holdings:
        apex, number = root.certificate.wrapped_contingency_key, root.generation
        keys = found.symmetric.get(number), found.contingency.get(number)
        if root.kind is not CertificateKind.ROOT_OCA or apex is None or None in keys:
            continue
        symmetric, scalar = (each or b"" for each in keys)
        try:
            point = unwrap_contingency_key(apex, symmetric, suite, allowed=set(WrapAlgorithm))
        except GbcsError as error:
            found.notes.append(f"Root OCA of generation {number}: {error}")
            continue
        if point != suite.public_key(scalar):
            found.notes.append(f"Root OCA of generation {number} wraps another contingency key")


def _device_seed(holdings: tuple[Holding, ...]) -> bytes | None:
    for each in holdings:
        if each.kind is CertificateKind.ISSUING_DCA and each.private_key is not None:
            return HmacDrbg(each.private_key, b"devices").generate(_DEVICE_SEED_OCTETS)
    return None
