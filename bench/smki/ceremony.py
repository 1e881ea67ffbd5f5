"""The key ceremony: a whole drill PKI from one seed, the same octets every time.

Two generations of everything. New keys of parties are certified twice, under the new Issuing
OCA and under the old one, because a drill may replace credentials and leave the root; the new
Issuing OCA and the new root are certified under the old root too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from firmware_sim.bench.smki.custody import Custody, CustodyKey
from firmware_sim.bench.smki.holdings import Holding, Inventory
from firmware_sim.bench.smki.issuing import (
    IssuingKey,
    issuing_request,
    organisation_request,
    root_request,
)
from firmware_sim.bench.smki.parameters import (
    CONTINGENCY_ENTITY_ID,
    GENERATIONS,
    PARTY_CELLS,
    Parameters,
    entity_id_of,
)
from firmware_sim.gbcs.certificate_build import CertificateRequest
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.contingency import NONCE_OCTETS
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

_SERIAL_OCTETS = 16
_DEVICE_SEED_OCTETS = 32
_AUTHORITY_ROLES = {
    CertificateKind.ROOT_OCA: RemotePartyRole.ROOT,
    CertificateKind.ISSUING_OCA: RemotePartyRole.ISSUING_AUTHORITY,
}


def hold_ceremony(seed: bytes, parameters: Parameters, suite: CryptoSuite) -> Inventory:
    """Make every key and certificate.

    Args:
        seed: all randomness comes from it; at least 16 octets for keys that cannot be guessed.
        parameters: what certificates say.
        suite: signs.
    """
    octets = parameters.wrap_algorithm.key_octets
    custody = Custody.generate(seed, GENERATIONS, octets, suite)
    ceremony = _Ceremony(seed, parameters, suite, custody)
    return Inventory(
        holdings=tuple(ceremony.holdings()),
        custody=custody,
        contingency_entity_id=CONTINGENCY_ENTITY_ID,
        device_seed=HmacDrbg(seed, b"devices").generate(_DEVICE_SEED_OCTETS),
    )


def serial_number(seed: bytes, label: str) -> int:
    """A positive serial number of 16 octets that belongs to `label`."""
    octets = HmacDrbg(seed, f"serial {label}".encode()).generate(_SERIAL_OCTETS)
    return int.from_bytes(bytes((octets[0] & 0x3F | 0x40,)) + octets[1:], "big")


@dataclass(frozen=True, slots=True)
class _Ceremony:
    seed: bytes = field(repr=False)
    parameters: Parameters
    suite: CryptoSuite
    custody: Custody

    def holdings(self) -> Iterator[Holding]:
        roots = {
            generation: self._root(CertificateKind.ROOT_OCA, generation)
            for generation in GENERATIONS
        }
        yield from roots.values()
        yield self._link(roots[1], roots[2])
        for generation, under in ((1, 1), (2, 2), (2, 1)):
            yield self._issuing(CertificateKind.ISSUING_OCA, roots[under], generation)
        for generation, under in ((1, 1), (2, 2), (2, 1)):
            issuer = self._issuing(CertificateKind.ISSUING_OCA, roots[under], under)
            for cell in PARTY_CELLS:
                yield self._party(cell, issuer, generation)
        for generation in GENERATIONS:
            root = self._root(CertificateKind.ROOT_DCA, generation)
            yield root
            yield self._issuing(CertificateKind.ISSUING_DCA, root, generation)

    def _root(self, kind: CertificateKind, generation: int) -> Holding:
        key = self._key(kind.value, generation)
        name = _authority_name(kind, generation)
        issuer = IssuingKey(name, None, key)
        request = root_request(
            issuer,
            name,
            public_key=self.suite.public_key(key),
            serial=serial_number(self.seed, f"{kind.value} {generation}"),
            parameters=self.parameters,
        )
        apex = self._apex(kind, generation)
        certificate = self._issue(replace(request, wrapped_contingency_key=apex), issuer, kind)
        return Holding(certificate, kind, generation, generation, private_key=key)

    def _apex(self, kind: CertificateKind, generation: int) -> bytes | None:
        if kind is not CertificateKind.ROOT_OCA:
            return None
        algorithm = self.parameters.wrap_algorithm
        drbg = HmacDrbg(self.seed, f"nonce {generation}".encode())
        nonce = drbg.generate(NONCE_OCTETS) if algorithm.is_gcm else None
        return self.custody.wrapped_contingency_key(generation, algorithm, nonce)

    def _link(self, old: Holding, new: Holding) -> Holding:
        """NewWithOld: the new root's name and key, certified by the old root (RFC 4210 4.4)."""
        issuer = _issuing_key(old)
        request = root_request(
            issuer,
            new.certificate.subject,
            public_key=new.certificate.public_key,
            serial=serial_number(self.seed, "link"),
            parameters=self.parameters,
        )
        certificate = self._issue(request, issuer, new.kind)
        return Holding(
            certificate, new.kind, new.generation, old.generation, private_key=new.private_key
        )

    def _issuing(self, kind: CertificateKind, root: Holding, generation: int) -> Holding:
        key = self._key(kind.value, generation)
        name = _authority_name(kind, generation)
        issuer = _issuing_key(root)
        request = issuing_request(
            issuer,
            name,
            public_key=self.suite.public_key(key),
            serial=serial_number(self.seed, f"{kind.value} {generation} {root.generation}"),
            parameters=self.parameters,
        )
        certificate = self._issue(request, issuer, kind)
        return Holding(certificate, kind, generation, root.generation, private_key=key)

    def _party(self, cell: TrustAnchorCellId, issuer: Holding, generation: int) -> Holding:
        in_custody = cell.role is RemotePartyRole.RECOVERY
        key = None if in_custody else self._key(str(cell), generation)
        point = (
            self.custody.public_key(CustodyKey.RECOVERY, generation)
            if key is None
            else self.suite.public_key(key)
        )
        signed_by = _issuing_key(issuer)
        request = organisation_request(
            signed_by,
            Name.of_party(cell.role, entity_id_of(cell.role)),
            cell.key_usage,
            public_key=point,
            serial=serial_number(self.seed, f"{cell} {generation} {issuer.generation}"),
            parameters=self.parameters,
        )
        kind = CertificateKind.ORGANISATION
        certificate = self._issue(request, signed_by, kind)
        return Holding(certificate, kind, generation, issuer.generation, cell, key)

    def _issue(
        self, request: CertificateRequest, issuer: IssuingKey, kind: CertificateKind
    ) -> Certificate:
        if kind in (CertificateKind.ROOT_DCA, CertificateKind.ISSUING_DCA):
            request = replace(request, policies=(self.parameters.device_policy,))
        return parse_certificate(issuer.issue(request, self.suite))

    def _key(self, label: str, generation: int) -> bytes:
        return generate_private_key(HmacDrbg(self.seed, f"{label} {generation}".encode()))


def _authority_name(kind: CertificateKind, generation: int) -> Name:
    role = _AUTHORITY_ROLES.get(kind)
    return Name.of_authority(f"Drill {kind.value} {generation}", role)


def _issuing_key(authority: Holding) -> IssuingKey:
    return IssuingKey.of(authority.certificate, authority.private_key or b"")
