"""A small PKI with fixed keys: two generations of root, issuing authority and parties.

Everything is made by name and generation, so a test asks for what it needs and may have any
certificate with any of its fields changed.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import key_identifier_of
from firmware_sim.gbcs.certificates import CRL_SIGN_BIT
from firmware_sim.gbcs.contingency import WrapAlgorithm, wrap_contingency_key
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import Anchor
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    CellUsage,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)

SUITE = P256Suite()
POLICY = "1.2.826.0.1.8641679.1.2.1.4"
NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2039, 12, 31, 23, 59, 59, tzinfo=UTC)

CONTINGENCY_PARTY = EntityId(bytes.fromhex("02465300000000ff"))


def key(label: str) -> bytes:
    """A private key that belongs to a label."""
    return sha256(label.encode()).digest()


def serial(label: str) -> int:
    return int.from_bytes(sha256(b"serial " + label.encode()).digest()[:8], "big") | 1


def entity(role: RemotePartyRole) -> EntityId:
    """The Entity Identifier of the party in a role."""
    return EntityId(bytes.fromhex("02465300000000") + bytes((role,)))


def cell(name: str) -> TrustAnchorCellId:
    return TrustAnchorCellId.parse(name)


class Leaf(NamedTuple):
    """A key and the certificate for it."""

    key: bytes
    certificate: bytes

    @property
    def point(self) -> bytes:
        return SUITE.public_key(self.key)

    @property
    def key_identifier(self) -> bytes:
        return key_identifier_of(self.point)


@dataclass(frozen=True)
class Generation:
    """One generation of keys; `under` is the generation of root that certifies them.

    Attributes:
        wrap: how the root carries the contingency key.
    """

    number: int = 1
    under: int = 1
    wrap: WrapAlgorithm = WrapAlgorithm.AES128_WRAP_PAD

    @property
    def symmetric_key(self) -> bytes:
        """What unwraps the contingency key of this generation's root."""
        return key(f"symmetric {self.number}")[: self.wrap.key_octets]

    @property
    def contingency_key(self) -> bytes:
        return key(f"contingency {self.number}")

    @property
    def name(self) -> Name:
        return Name.of_authority(f"Test Root {self.number}", RemotePartyRole.ROOT)

    def root(self, **changes: Any) -> Leaf:
        """The root of this generation, self-signed."""
        return _root(self, tuple(changes.items()))

    def anchor(self) -> Anchor:
        root = self.root()
        return Anchor(self.name, root.point, root.key_identifier)

    def link(self, old: "Generation", **changes: Any) -> bytes:
        """This generation's root key, certified by an older root (NewWithOld)."""
        root, issuer = self.root(), old.root()
        request = replace(
            _authority(f"link {self.number}", old.name, self.name, root.point),
            authority_key_identifier=issuer.key_identifier,
        )
        return build_certificate(replace(request, **changes), issuer.key, SUITE)

    def issuing(self, **changes: Any) -> Leaf:
        """The Issuing Authority, certified by the root of generation `under`."""
        return _issuing(self, tuple(changes.items()))

    def leaf(self, cell_id: TrustAnchorCellId | str, **changes: Any) -> Leaf:
        """Key and certificate for a cell; `changes` replace fields of the request."""
        chosen = cell(cell_id) if isinstance(cell_id, str) else cell_id
        if chosen == ROOT_CELL:
            return self.root(**changes)
        return _leaf(self, chosen, tuple(changes.items()))

    def key_of(self, cell_id: TrustAnchorCellId | str) -> bytes:
        return self.leaf(cell_id).key


FIRST = Generation()
SECOND = Generation(2, 2)
SECOND_UNDER_FIRST = Generation(2, 1)


@lru_cache(512)
def _root(generation: Generation, changes: tuple[tuple[str, Any], ...]) -> Leaf:
    private = key(f"root {generation.number}")
    algorithm = generation.wrap
    apex = wrap_contingency_key(
        SUITE.public_key(generation.contingency_key),
        generation.symmetric_key,
        algorithm,
        SUITE,
        bytes(12) if algorithm.is_gcm else None,
    )
    request = replace(
        _authority(
            f"root {generation.number}",
            generation.name,
            generation.name,
            SUITE.public_key(private),
        ),
        wrapped_contingency_key=apex,
    )
    return Leaf(private, build_certificate(replace(request, **dict(changes)), private, SUITE))


@lru_cache(512)
def _issuing(generation: Generation, changes: tuple[tuple[str, Any], ...]) -> Leaf:
    parent = Generation(generation.under, generation.under, generation.wrap)
    issuer = parent.root()
    private = key(f"issuing {generation.number}")
    name = Name.of_authority(f"Test Issuing {generation.number}", RemotePartyRole.ISSUING_AUTHORITY)
    request = replace(
        _authority(
            f"issuing {generation.number} {generation.under}",
            parent.name,
            name,
            SUITE.public_key(private),
        ),
        key_usages=frozenset({KeyUsage.KEY_CERT_SIGN.value, CRL_SIGN_BIT}),
        authority_key_identifier=issuer.key_identifier,
        path_length=0,
    )
    return Leaf(private, build_certificate(replace(request, **dict(changes)), issuer.key, SUITE))


@lru_cache(512)
def _leaf(
    generation: Generation, cell_id: TrustAnchorCellId, changes: tuple[tuple[str, Any], ...]
) -> Leaf:
    issuer = generation.issuing()
    private = key(f"{cell_id} {generation.number}")
    request = CertificateRequest(
        serial=serial(f"{cell_id} {generation.number} {generation.under}"),
        issuer=Name.of_authority(
            f"Test Issuing {generation.number}", RemotePartyRole.ISSUING_AUTHORITY
        ),
        subject=Name.of_party(cell_id.role, entity(cell_id.role)),
        not_before=NOT_BEFORE,
        not_after=NOT_AFTER,
        public_key=SUITE.public_key(private),
        key_usages=frozenset({cell_id.key_usage.value}),
        policies=(POLICY,),
        authority_key_identifier=issuer.key_identifier,
    )
    return Leaf(private, build_certificate(replace(request, **dict(changes)), issuer.key, SUITE))


def _authority(label: str, issuer: Name, subject: Name, point: bytes) -> CertificateRequest:
    return CertificateRequest(
        serial=serial(label),
        issuer=issuer,
        subject=subject,
        not_before=NOT_BEFORE,
        not_after=NOT_AFTER,
        public_key=point,
        key_usages=frozenset({KeyUsage.KEY_CERT_SIGN.value}),
        policies=(POLICY,),
        is_authority=True,
    )


TOP_UP = TrustAnchorCellId(
    RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP
)
