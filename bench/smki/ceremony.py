"""The key ceremony: a whole drill PKI from one seed, the same octets every time.

Two generations of everything. New keys of parties are certified twice, under the new Issuing
OCA and under the old one, because a drill may replace credentials and leave the root; the new
Issuing OCA and the new root are certified under the old root too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from firmware_sim.bench.smki.certification import CertificationAuthority, IssuedRequest
from firmware_sim.bench.smki.custody import Custody, CustodyKey
from firmware_sim.bench.smki.holdings import Holding, Inventory
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.bench.smki.parameters import (
    CONTINGENCY_ENTITY_ID,
    GENERATIONS,
    PARTY_CELLS,
    Parameters,
    entity_id_of,
)
from firmware_sim.bench.smki.signing_request import (
    AuthoritySigningRequest,
    OrganisationSigningRequest,
    of_organisation,
    the_dcc,
)
from firmware_sim.bench.smki.validity import CertificateName, Periods, as_all_others
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.contingency import NONCE_OCTETS
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

_SERIAL_OCTETS = 16
_DEVICE_SEED_OCTETS = 32
_AUTHORITY_ROLES = {
    CertificateKind.ROOT_OCA: RemotePartyRole.ROOT,
    CertificateKind.ISSUING_OCA: RemotePartyRole.ISSUING_AUTHORITY,
}


def hold_ceremony(
    seed: bytes,
    parameters: Parameters,
    suite: CryptoSuite,
    periods: Periods = as_all_others,
    roots: int = len(GENERATIONS),
) -> Inventory:
    """Make every key and certificate.

    Args:
        seed: all randomness comes from it; at least 16 octets for keys that cannot be guessed.
        parameters: what certificates say.
        suite: signs.
        periods: of single certificates.
        roots: how many; a third has an Issuing OCA beneath it, and no certificate of the DCC's own
            parties.
    """
    octets = parameters.wrap_algorithm.key_octets
    custody = Custody.generate(seed, tuple(range(1, roots + 1)), octets, suite)
    ceremony = _Ceremony(seed, parameters, suite, custody, periods, roots)
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
    periods: Periods
    last_root: int

    def holdings(self) -> Iterator[Holding]:
        roots = {
            generation: self._root(CertificateKind.ROOT_OCA, generation)
            for generation in range(1, self.last_root + 1)
        }
        yield from roots.values()
        for old, new in pairwise(roots.values()):
            yield self._link(old, new)
        later = [(generation, generation) for generation in roots if generation not in GENERATIONS]
        for generation, under in ((1, 1), (2, 2), (2, 1), *later):
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
        request = AuthoritySigningRequest(
            the_dcc(_AUTHORITY_ROLES.get(kind)),
            kind,
            name,
            self.suite.public_key(key),
            # Later generations are made beforehand, for the replacement of the root, and count as
            # issued only then: see `firmware_sim.bench.smki.register`.
            replaces_root=generation > 1,
            wrapped_contingency_key=self._apex(kind, generation),
        )
        live = () if generation == 1 else (kind,)
        serial = serial_number(self.seed, f"{kind.value} {generation}")
        issued = CertificateName(kind, generation, generation)
        certificate = self._issue(IssuingKey(name, None, key), request, serial, issued, live)
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
        request = AuthoritySigningRequest(
            the_dcc(RemotePartyRole.ROOT),
            new.kind,
            new.certificate.subject,
            new.certificate.public_key,
            replaces_root=True,
        )
        first = new.generation == GENERATIONS[-1]
        serial = serial_number(self.seed, "link" if first else f"link {new.generation}")
        issued = CertificateName(new.kind, new.generation, old.generation)
        certificate = self._issue(_issuing_key(old), request, serial, issued, (old.kind,))
        return Holding(
            certificate, new.kind, new.generation, old.generation, private_key=new.private_key
        )

    def _issuing(self, kind: CertificateKind, root: Holding, generation: int) -> Holding:
        key = self._key(kind.value, generation)
        request = AuthoritySigningRequest(
            the_dcc(_AUTHORITY_ROLES.get(kind)),
            kind,
            _authority_name(kind, generation),
            self.suite.public_key(key),
        )
        serial = serial_number(self.seed, f"{kind.value} {generation} {root.generation}")
        issued = CertificateName(kind, generation, root.generation)
        certificate = self._issue(_issuing_key(root), request, serial, issued)
        return Holding(certificate, kind, generation, root.generation, private_key=key)

    def _party(self, cell: TrustAnchorCellId, issuer: Holding, generation: int) -> Holding:
        in_custody = cell.role is RemotePartyRole.RECOVERY
        key = None if in_custody else self._key(str(cell), generation)
        point = (
            self.custody.public_key(CustodyKey.RECOVERY, generation)
            if key is None
            else self.suite.public_key(key)
        )
        request = party_request(cell, entity_id_of(cell.role), point)
        serial = serial_number(self.seed, f"{cell} {generation} {issuer.generation}")
        issued = CertificateName(cell, generation, issuer.generation)
        certificate = self._issue(_issuing_key(issuer), request, serial, issued)
        kind = CertificateKind.ORGANISATION
        return Holding(certificate, kind, generation, issuer.generation, cell, key)

    def _issue(
        self,
        issuer: IssuingKey,
        request: IssuedRequest,
        serial: int,
        name: CertificateName,
        live_roots: tuple[CertificateKind, ...] = (),
    ) -> Certificate:
        authority = CertificationAuthority(issuer, self.parameters, self.suite, live_roots)
        return parse_certificate(authority.issue(request, serial, self.periods(name).put))

    def _key(self, label: str, generation: int) -> bytes:
        return generate_private_key(HmacDrbg(self.seed, f"{label} {generation}".encode()))


def party_request(
    cell: TrustAnchorCellId, entity: EntityId, public_key: bytes, name: str = ""
) -> OrganisationSigningRequest:
    """What the organisation in a role asks for, so that its certificate can fill a cell.

    Args:
        name: of the organisation; by default that of its role.
        public_key: 65-octet point.
    """
    applicant = of_organisation(cell.role, name or cell.role.label, entity)
    subject = applicant.name
    return OrganisationSigningRequest(
        applicant, subject, cell.role, entity, cell.key_usage, public_key
    )


def _authority_name(kind: CertificateKind, generation: int) -> Name:
    role = _AUTHORITY_ROLES.get(kind)
    return Name.of_authority(f"Drill {kind.value} {generation}", role)


def _issuing_key(authority: Holding) -> IssuingKey:
    return IssuingKey.of(authority.certificate, authority.private_key or b"")
