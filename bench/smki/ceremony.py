"""The key ceremony: a whole drill PKI from one seed, the same octets every time.

Two generations of everything. New keys of parties are certified twice, under the new Issuing
OCA and under the old one, because a drill may replace credentials and leave the root; the new
Issuing OCA and the new root are certified under the old root too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from firmware_sim.bench.smki.custody import Custody, CustodyKey
from firmware_sim.bench.smki.holdings import Holding, Inventory
from firmware_sim.bench.smki.parameters import (
    CONTINGENCY_ENTITY_ID,
    GENERATIONS,
    PARTY_CELLS,
    Parameters,
    entity_id_of,
)
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import CRL_SIGN_BIT, Certificate, parse_certificate
from firmware_sim.gbcs.contingency import NONCE_OCTETS
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

_SERIAL_OCTETS = 16
_DEVICE_SEED_OCTETS = 32
_AUTHORITY_USAGES = frozenset({KeyUsage.KEY_CERT_SIGN.value, CRL_SIGN_BIT})
_ROOT_USAGES = frozenset({KeyUsage.KEY_CERT_SIGN.value})
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
        request = replace(
            self._authority_request(kind, generation, key, name, name),
            key_usages=_ROOT_USAGES,
            wrapped_contingency_key=self._apex(kind, generation),
        )
        certificate = parse_certificate(build_certificate(request, key, self.suite))
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
        subject = new.certificate
        request = CertificateRequest(
            serial=serial_number(self.seed, "link"),
            issuer=old.certificate.subject,
            subject=subject.subject,
            not_before=subject.not_before,
            not_after=old.certificate.not_after,
            public_key=subject.public_key,
            key_usages=subject.key_usages,
            policies=subject.policies,
            authority_key_identifier=old.certificate.key_identifier,
            is_authority=True,
        )
        certificate = self._issue(request, old)
        return Holding(
            certificate, new.kind, new.generation, old.generation, private_key=new.private_key
        )

    def _issuing(self, kind: CertificateKind, root: Holding, generation: int) -> Holding:
        key = self._key(kind.value, generation)
        name = _authority_name(kind, generation)
        request = replace(
            self._authority_request(kind, generation, key, root.certificate.subject, name),
            serial=serial_number(self.seed, f"{kind.value} {generation} {root.generation}"),
            authority_key_identifier=root.certificate.key_identifier,
            path_length=0,
        )
        certificate = self._issue(request, root)
        return Holding(certificate, kind, generation, root.generation, private_key=key)

    def _party(self, cell: TrustAnchorCellId, issuer: Holding, generation: int) -> Holding:
        in_custody = cell.role is RemotePartyRole.RECOVERY
        key = None if in_custody else self._key(str(cell), generation)
        point = (
            self.custody.public_key(CustodyKey.RECOVERY, generation)
            if key is None
            else self.suite.public_key(key)
        )
        request = CertificateRequest(
            serial=serial_number(self.seed, f"{cell} {generation} {issuer.generation}"),
            issuer=issuer.certificate.subject,
            subject=Name.of_party(cell.role, entity_id_of(cell.role)),
            not_before=self.parameters.not_before,
            not_after=self.parameters.party_not_after,
            public_key=point,
            key_usages=frozenset({cell.key_usage.value}),
            policies=(self.parameters.organisation_policy,),
            authority_key_identifier=issuer.certificate.key_identifier,
        )
        certificate = self._issue(request, issuer)
        return Holding(
            certificate, CertificateKind.ORGANISATION, generation, issuer.generation, cell, key
        )

    def _authority_request(
        self, kind: CertificateKind, generation: int, key: bytes, issuer: Name, subject: Name
    ) -> CertificateRequest:
        is_oca = kind in _AUTHORITY_ROLES
        parameters = self.parameters
        return CertificateRequest(
            serial=serial_number(self.seed, f"{kind.value} {generation}"),
            issuer=issuer,
            subject=subject,
            not_before=parameters.not_before,
            not_after=parameters.authority_not_after,
            public_key=self.suite.public_key(key),
            key_usages=_AUTHORITY_USAGES,
            policies=(parameters.organisation_policy if is_oca else parameters.device_policy,),
            is_authority=True,
        )

    def _issue(self, request: CertificateRequest, issuer: Holding) -> Certificate:
        key = issuer.private_key or b""
        return parse_certificate(build_certificate(request, key, self.suite))

    def _key(self, label: str, generation: int) -> bytes:
        return generate_private_key(HmacDrbg(self.seed, f"{label} {generation}".encode()))


def _authority_name(kind: CertificateKind, generation: int) -> Name:
    role = _AUTHORITY_ROLES.get(kind)
    return Name.of_authority(f"Drill {kind.value} {generation}", role)
