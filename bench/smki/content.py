"""What the source of a foreign PKI holds, and what becomes of each thing in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.acceptance import accept
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.path import Anchor

MAX_PLACES = 50_000
"""More files, certificates and keys than this are not taken from one source."""


class Fate(StrEnum):
    """What became of one thing in a source."""

    TAKEN = "taken"
    NO_PLACE = "no place"
    """Sound, but this PKI has no place for it."""
    REFUSED = "refused"
    """Damaged, unsound, or in a form that cannot be read."""
    NOTHING = "nothing"
    """Neither certificate nor key."""


@dataclass(frozen=True, slots=True)
class ImportLine:
    """The end of one thing in a source.

    Attributes:
        place: where it stands, not escaped: it may come from a foreign file name.
        text: taken as what, or left out why.
    """

    place: str
    fate: Fate
    text: str


@dataclass(frozen=True, slots=True)
class SourceCertificate:
    """One certificate and where it stands.

    Attributes:
        is_top_up: the source says that it is for prepayment top-up.
        remark: what else to say of it, such as a form it had to be read from.
    """

    certificate: Certificate
    place: str
    is_top_up: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SourceKey:
    """One secret and where it stands: a 32-octet scalar, or a symmetric key."""

    place: str
    octets: bytes = field(repr=False)


@dataclass(slots=True)
class SourceContent:
    """Everything in a source.

    Attributes:
        certificates: those that were accepted.
        keys: private keys by their public point; of equal ones the first.
        roots: Root OCAs known by public key only.
        issuing_identifiers: key identifiers of Issuing OCAs known by public key only.
        symmetric: symmetric keys by generation.
        contingency: contingency scalars by generation.
        lines: what became of everything else.
        places: every place, in the order of the source.
    """

    suite: CryptoSuite
    certificates: list[SourceCertificate] = field(default_factory=list)
    keys: dict[bytes, SourceKey] = field(default_factory=dict)
    roots: list[Anchor] = field(default_factory=list)
    issuing_identifiers: set[bytes] = field(default_factory=set)
    symmetric: dict[int, SourceKey] = field(default_factory=dict)
    contingency: dict[int, SourceKey] = field(default_factory=dict)
    lines: list[ImportLine] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    _seen: dict[tuple[bytes, bool], str] = field(default_factory=dict, repr=False)

    def end(self, place: str, fate: Fate, text: str) -> None:
        """Say what became of the thing at a place."""
        self.see(place)
        self.lines.append(ImportLine(place, fate, text))

    def see(self, place: str) -> None:
        """Remember a place in the order of the source; UsageError if there are too many."""
        self.places.setdefault(place, len(self.places))
        if len(self.places) > MAX_PLACES:
            raise UsageError(
                f"the source holds over {MAX_PLACES} certificates and keys", "import it in parts"
            )

    def add_certificate(
        self, octets: bytes, place: str, *, is_top_up: bool, entity: str = "", form: str = ""
    ) -> None:
        """Take one certificate in DER, or say why not.

        Args:
            entity: whose it is by the source; the certificate itself decides.
            form: what it was read from, if that is worth saying.
        """
        self.see(place)
        try:
            certificate = accept(octets, self.suite)
        except GbcsError as error:
            self.end(place, Fate.REFUSED, str(error))
            return
        same = self._seen.setdefault((certificate.octets, is_top_up), place)
        if same != place:
            self.end(place, Fate.TAKEN, f"the same certificate as {same}")
            return
        named = certificate.subject_unique_id or certificate.device_entity_id
        is_other = entity and named is not None and str(named) != entity
        other = f"the certificate is of {named}, and taken so" if is_other else ""
        remark = "; ".join(filter(None, (form, other)))
        self.certificates.append(SourceCertificate(certificate, place, is_top_up, remark))

    def add_key(self, scalar: bytes, place: str) -> None:
        """Take one private key, a 32-octet scalar, or say why not; never the scalar."""
        self.see(place)
        try:
            point = self.suite.public_key(scalar)
        except GbcsError:
            self.end(place, Fate.REFUSED, "its private key is no scalar of P-256")
            return
        if point in self.keys:
            self.end(place, Fate.TAKEN, f"the same private key as {self.keys[point].place}")
            return
        self.keys[point] = SourceKey(place, scalar)

    def in_order(self, more: Iterable[ImportLine]) -> tuple[ImportLine, ...]:
        """All lines, in the order of the source."""
        return tuple(sorted((*self.lines, *more), key=lambda each: self.places[each.place]))
