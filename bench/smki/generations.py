"""Generations of the keys in a source, by what certificates say: never by the order of files.

For each purpose the key that is valid first is generation 1 and the next is generation 2. Where
validity is equal, the key that a newer authority certified is the newer one.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.bench.smki.content import Fate, ImportLine, SourceCertificate, SourceContent
from firmware_sim.bench.smki.holdings import Holding
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.purposes import Purpose, purposes
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole

_ISSUERS: Final = {
    CertificateKind.ROOT_OCA: CertificateKind.ROOT_OCA,
    CertificateKind.ISSUING_OCA: CertificateKind.ROOT_OCA,
    CertificateKind.ORGANISATION: CertificateKind.ISSUING_OCA,
    CertificateKind.ROOT_DCA: CertificateKind.ROOT_DCA,
    CertificateKind.ISSUING_DCA: CertificateKind.ROOT_DCA,
    CertificateKind.DEVICE: CertificateKind.ISSUING_DCA,
}
"""Who issues what; keys of an issuer are numbered before those that it certified."""


class _Age(NamedTuple):
    """What orders the keys of one purpose; `key` is its identifier and point."""

    start: datetime
    issuer: int
    end: datetime
    subject: str
    key: bytes


class _Key(NamedTuple):
    """One key with its certificates and its generation."""

    purpose: Purpose
    number: int
    certificates: list[SourceCertificate]


@dataclass(slots=True)
class Arrangement:
    """Where everything went.

    Attributes:
        lines: what became of each certificate.
        notes: generations that validity does not tell, one sentence each.
    """

    holdings: list[Holding] = field(default_factory=list)
    lines: list[ImportLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def arrange(content: SourceContent) -> Arrangement:
    """Give every certificate of a source its place, or say why it has none."""
    arrangement = Arrangement()
    by_purpose: dict[Purpose, list[SourceCertificate]] = defaultdict(list)
    for found, purpose in purposes(content):
        if isinstance(purpose, str):
            arrangement.lines.append(ImportLine(found.place, Fate.NO_PLACE, purpose))
        else:
            by_purpose[purpose].append(found)
    numbering = _Numbering(content, arrangement)
    for kind in _ISSUERS:
        for purpose in sorted((each for each in by_purpose if each.kind is kind), key=str):
            numbering.number(purpose, by_purpose[purpose])
    numbering.place()
    return arrangement


class _Numbering:
    """Generations of keys, issuers first, and the holdings that follow from them."""

    def __init__(self, content: SourceContent, arrangement: Arrangement) -> None:
        self._content = content
        self._arrangement = arrangement
        self._authorities = {
            (CertificateKind.ISSUING_OCA, each): 1 for each in content.issuing_identifiers
        }
        self._keys: list[_Key] = []

    def number(self, purpose: Purpose, certificates: list[SourceCertificate]) -> None:
        """Give each key of one purpose its generation."""
        keys: dict[bytes, list[SourceCertificate]] = defaultdict(list)
        for found in certificates:
            keys[found.certificate.public_key].append(found)
        ages = {point: self._age(purpose.kind, held) for point, held in keys.items()}
        points = sorted(keys, key=lambda point: ages[point])
        for number, point in enumerate(points, 1):
            self._keys.append(_Key(purpose, number, keys[point]))
            identifier = keys[point][0].certificate.key_identifier
            self._authorities.setdefault((purpose.kind, identifier), number)
        for older, newer in pairwise(points):
            if ages[older][:-1] == ages[newer][:-1]:
                self._note_equal(purpose, keys[older][0], keys[newer][0])

    def place(self) -> None:
        """Make a holding of every certificate that has a place, when all are numbered."""
        unknown = self._unknown_issuers()
        for key in self._keys:
            by_issuer: dict[int, list[SourceCertificate]] = defaultdict(list)
            for found in key.certificates:
                issuer = _issuer(key.purpose.kind, found.certificate)
                number = self._authorities.get(issuer) or unknown[issuer]
                by_issuer[number].append(found)
            for number, held in by_issuer.items():
                self._place(key, number, held)

    def _age(self, kind: CertificateKind, held: list[SourceCertificate]) -> _Age:
        certificates = [each.certificate for each in held]
        if kind.is_root:
            # A root that another root certified came after it (RFC 4210 4.4).
            issuer = sum(_issuer(kind, each)[1] != each.key_identifier for each in certificates)
        else:
            issuers = (_issuer(kind, each) for each in certificates)
            issuer = max(self._authorities.get(each, 0) for each in issuers)
        return _Age(
            min(each.not_before for each in certificates),
            issuer,
            max(each.not_after for each in certificates),
            min(str(each.subject) for each in certificates),
            certificates[0].key_identifier + certificates[0].public_key,
        )

    def _unknown_issuers(self) -> dict[tuple[CertificateKind, bytes], int]:
        """An authority that is not there counts with the first generation that it certified."""
        numbers: dict[tuple[CertificateKind, bytes], int] = {}
        for key in self._keys:
            for found in key.certificates:
                issuer = _issuer(key.purpose.kind, found.certificate)
                numbers[issuer] = min(key.number, numbers.get(issuer, key.number))
        return numbers

    def _place(self, key: _Key, issuer_number: int, held: list[SourceCertificate]) -> None:
        def newest(found: SourceCertificate) -> tuple[datetime, datetime, bytes]:
            certificate = found.certificate
            return certificate.not_before, certificate.not_after, certificate.octets

        *older, taken = sorted(held, key=newest)
        holding = self._holding(key, issuer_number, taken.certificate)
        if max(key.number, issuer_number) not in GENERATIONS:
            for found in held:
                self._end(found, Fate.NO_PLACE, f"{_name(holding)}: two generations are enough")
            return
        self._arrangement.holdings.append(holding)
        self._end(taken, Fate.TAKEN, _name(holding))
        for found in older:
            text = f"{holding.label}: the same key has a newer certificate, {taken.place}"
            self._end(found, Fate.NO_PLACE, text)

    def _holding(self, key: _Key, issuer_number: int, certificate: Certificate) -> Holding:
        cell = key.purpose.cell
        in_custody = cell is not None and cell.role is RemotePartyRole.RECOVERY
        private = None if in_custody else self._content.keys.get(certificate.public_key)
        return Holding(
            certificate=certificate,
            kind=key.purpose.kind,
            generation=key.number,
            issuer_generation=issuer_number,
            cell=cell,
            private_key=None if private is None else private.octets,
        )

    def _end(self, found: SourceCertificate, fate: Fate, text: str) -> None:
        remark = f" ({found.remark})" if found.remark else ""
        self._arrangement.lines.append(ImportLine(found.place, fate, text + remark))

    def _note_equal(
        self, purpose: Purpose, older: SourceCertificate, newer: SourceCertificate
    ) -> None:
        both = " and ".join(in_one_line(each.place) for each in (older, newer))
        note = (
            f"{both} are valid at the same time: which is the older is told by key identifier alone"
        )
        cell = purpose.cell
        if cell is not None and (cell.role, cell.key_usage) == _MAY_BE_TOP_UP:
            note += "; if one is for prepayment top-up, say pp in its name"
        self._arrangement.notes.append(note)


_MAY_BE_TOP_UP: Final = (RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT)


def _issuer(kind: CertificateKind, certificate: Certificate) -> tuple[CertificateKind, bytes]:
    """Which authority issued a certificate, by its key identifier; a root is its own."""
    return _ISSUERS[kind], certificate.authority_key_identifier or certificate.key_identifier


def _name(holding: Holding) -> str:
    certificate = holding.certificate
    whose = certificate.subject_unique_id or (holding.kind.is_authority and certificate.subject)
    of = f" of {whose}" if whose else ""
    name = f"{holding.label}{of}, generation {holding.generation}"
    if holding.issuer_generation == holding.generation:
        return name
    return f"{name}, under generation {holding.issuer_generation}"
