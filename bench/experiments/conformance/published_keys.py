"""The keys published with a reference set: certificates, some private scalars, issuers' points.

A certificate is known by its content (entity, key usage, key identifier), never by the label
of its entry: published labels are wrong in places. The label is trusted for one thing that
no certificate says, that a key agreement key is for prepayment top-up.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.published import ROOT_KIND, Issuer, KeyEntry, read_issuers, read_keys
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """One certificate, with its 32-octet private scalar if that is published too."""

    certificate: Certificate
    entity: EntityId
    usage: KeyUsage
    top_up: bool
    private_key: bytes | None = field(default=None, repr=False)

    @property
    def is_device(self) -> bool:
        """Whether it is a Device Certificate."""
        return self.certificate.device_entity_id is not None

    def fits(self, cell: TrustAnchorCellId) -> bool:
        """Whether the key has the usages of a cell; the role is not looked at."""
        top_up = cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP
        return self.usage is cell.key_usage and self.top_up is top_up


class PublishedKeys:
    """All keys of one reference set.

    Attributes:
        unusable: label and reason of entries whose certificate does not parse, or names no
            entity or no single usage.
    """

    def __init__(
        self, entries: Iterable[KeyEntry], issuers: Iterable[Issuer], suite: CryptoSuite
    ) -> None:
        self.issuers = tuple(issuers)
        self.unusable: list[tuple[str, str]] = []
        self._scalars: dict[bytes, bytes] = {}
        self._by_entity: dict[EntityId, list[PublishedKey]] = defaultdict(list)
        entries = list(entries)
        for entry in entries:
            if entry.private_scalar is not None:
                self._scalars[suite.public_key(entry.private_scalar)] = entry.private_scalar
        for entry in entries:
            self._add(entry)

    def _add(self, entry: KeyEntry) -> None:
        try:
            certificate = parse_certificate(entry.certificate)
        except GbcsError as error:
            self.unusable.append((entry.label, str(error)))
            return
        entity = certificate.device_entity_id or certificate.subject_unique_id
        usage = certificate.key_usage
        if entity is None or usage is None:
            self.unusable.append((entry.label, "it names no entity, or no single usage"))
            return
        key = PublishedKey(
            certificate,
            entity,
            usage,
            entry.is_top_up,
            self._scalars.get(certificate.public_key),
        )
        if key not in self._by_entity[entity]:
            self._by_entity[entity].append(key)

    def of(self, entity: EntityId, usage: KeyUsage) -> list[PublishedKey]:
        """The management keys of an entity: several generations may be published."""
        return [
            key for key in self._by_entity.get(entity, ()) if key.usage is usage and not key.top_up
        ]

    def top_up_keys(self, entity: EntityId) -> list[PublishedKey]:
        """The prepayment keys of an entity."""
        return [key for key in self._by_entity.get(entity, ()) if key.top_up]

    def identified(self, entity: bytes, key_identifier: bytes) -> PublishedKey | None:
        """The key with this entity and key identifier."""
        keys = self._by_entity.get(EntityId(entity), ()) if len(entity) == 8 else ()
        return next((key for key in keys if key.certificate.key_identifier == key_identifier), None)

    def knows(self, entity: EntityId) -> bool:
        """Whether any certificate of the entity is published."""
        return entity in self._by_entity

    def is_device(self, entity: EntityId) -> bool:
        """Whether the entity is a Device, by its certificates."""
        return any(key.is_device for key in self._by_entity.get(entity, ()))

    def scalar(self, public_key: bytes) -> bytes | None:
        """The private half of a 65-octet point, if it is published."""
        return self._scalars.get(public_key)

    def held_by(self, role: RemotePartyRole, usage: KeyUsage) -> list[PublishedKey]:
        """The management keys of every party whose certificates state a role."""
        return [
            key
            for entity in self._by_entity
            for key in self.of(entity, usage)
            if key.certificate.subject_role == role
        ]

    def roots(self) -> list[Issuer]:
        """The issuers that are roots of Organisation Certificates."""
        return [issuer for issuer in self.issuers if issuer.kind == ROOT_KIND]


def read_published_keys(
    keys: Path | None, issuers: Path | None, suite: CryptoSuite
) -> PublishedKeys:
    """Read the two files of a set; a file that is None counts as empty.

    Raises:
        UsageError: a file is not what it should be; the text names the entry, never its value.
    """
    entries = [] if keys is None else read_keys(keys)
    known_issuers = [] if issuers is None else read_issuers(issuers)
    try:
        return PublishedKeys(entries, known_issuers, suite)
    except GbcsError as error:
        problem = f"{keys} holds a private scalar that is none: {error.reason}"
        raise UsageError(problem, "correct the entry") from error
