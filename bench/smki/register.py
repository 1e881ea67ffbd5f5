"""Which certificates exist by now: keys can be computed beforehand, a certificate is issued.

A drill's later generations come from its seed and can be computed at any time. For parties, for an
attacker and for the rule of one root they exist only from the moment at which they are issued here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.population.schema import DCC
from firmware_sim.bench.smki.eligibility import (
    ROOTS,
    Ineligible,
    NotEligibleError,
    RootKind,
    require_eligible,
)
from firmware_sim.bench.smki.eligibility_table import NonDeviceRole
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.bench.smki.signing_request import (
    AuthoritySigningRequest,
    PersonnelKind,
    PersonnelSigningRequest,
    SigningRequest,
)
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId

_ONE_ROOT: dict[RootKind, str] = {
    CertificateKind.ROOT_OCA: "L3.19(b)",
    CertificateKind.ROOT_DCA: "L3.17(b)",
    PersonnelKind.ROOT_ICA: "L3.21(b)",
}
"""Which clause allows one root of a kind."""


class IssuedFor(NamedTuple):
    """What a certificate is for.

    Attributes:
        organisation: its Subscriber's name; ``dcc`` for every role of the DCC.
        what: the kind of an authority or of people's, the cell that a party's certificate fills,
            or a role that stands in no cell.
    """

    organisation: str
    what: CertificateKind | TrustAnchorCellId | NonDeviceRole | PersonnelKind
    generation: int = 1

    @property
    def name(self) -> str:
        """What it is called."""
        if isinstance(self.what, NonDeviceRole):
            return f"{self.what.label} ({int(self.what)})"
        return self.what.value if isinstance(self.what, CertificateKind) else str(self.what)

    def __str__(self) -> str:
        name = self.name
        return f"{name} Certificate of {self.organisation}, generation {self.generation}"


def first_certificates(
    organisations: Mapping[RemotePartyRole, tuple[str, ...]],
) -> tuple[IssuedFor, ...]:
    """What a drill begins with: every authority, and generation 1 of every organisation.

    Args:
        organisations: those in each role, as a population names them; all other roles are the
            DCC's.
    """
    authorities = (IssuedFor(DCC, kind) for kind in CertificateKind if kind.is_authority)
    parties = (
        IssuedFor(name, cell)
        for cell in PARTY_CELLS
        for name in organisations.get(cell.role, (DCC,))
    )
    return (*authorities, *parties)


class IssueEvent(NamedTuple):
    """One certificate was issued; what a ledger writes down."""

    at: datetime
    issued: IssuedFor
    applicant: str

    def __str__(self) -> str:
        return f"{self.issued} issued to {self.applicant}"


class CertificateRegister:
    """What has been issued, and which roots are live.

    Args:
        start: when the drill begins; `first` counts as issued then.
        first: what the drill begins with.
    """

    def __init__(self, start: datetime, first: Iterable[IssuedFor]) -> None:
        self._events = [IssueEvent(start, each, each.organisation) for each in first]
        self._issued = {each.issued: each.at for each in self._events}
        self._replacing: dict[RootKind, datetime] = {}
        self._retired: set[IssuedFor] = set()

    @property
    def events(self) -> tuple[IssueEvent, ...]:
        """Every issue, in order."""
        return tuple(self._events)

    def exists(self, wanted: IssuedFor, at: datetime) -> bool:
        """Whether a certificate has been issued by a moment."""
        issued = self._issued.get(wanted)
        return issued is not None and issued <= at

    def live_roots(self, kind: RootKind) -> tuple[IssuedFor, ...]:
        """The roots of a kind that have been issued and not retired."""
        return tuple(
            each for each in self._issued if each.what is kind and each not in self._retired
        )

    def is_replacing(self, kind: CertificateKind) -> bool:
        """Whether a root of that kind is being replaced."""
        return kind in self._replacing

    def begin_root_replacement(self, kind: CertificateKind, at: datetime) -> None:
        """From now on a second root of that kind may be issued (SEC L3.17(b), L3.19(b))."""
        if kind in self._replacing:
            raise BenchError(f"the {kind.value} is being replaced already")
        self._replacing[kind] = at

    def end_root_replacement(self, kind: CertificateKind) -> tuple[IssuedFor, ...]:
        """Retire every root of that kind but the newest; returns those.

        Raises:
            BenchError: it is not being replaced.
        """
        if self._replacing.pop(kind, None) is None:
            raise BenchError(f"the {kind.value} is not being replaced")
        *older, _ = sorted(self.live_roots(kind), key=lambda each: each.generation)
        self._retired.update(older)
        return tuple(older)

    def issue(self, request: SigningRequest, issued: IssuedFor, at: datetime) -> IssueEvent:
        """Enter a certificate; the PKI then makes it, or hands out what it computed.

        Raises:
            NotEligibleError: the applicant is no Eligible Subscriber, or it would be a second
                root and no root is being replaced; names the clause.
            BenchError: it has been issued already, or time runs backwards.
        """
        if self._events and at < self._events[-1].at:
            raise BenchError("a certificate is issued after those before it")
        live = [kind for kind in ROOTS if self.live_roots(kind)]
        require_eligible(request, live)
        if isinstance(request, AuthoritySigningRequest | PersonnelSigningRequest) and (
            request.kind in live
        ):
            self._require_replacement(request.kind)
        if issued in self._issued:
            raise BenchError(f"{issued} has been issued already")
        event = IssueEvent(at, issued, request.applicant.name)
        self._events.append(event)
        self._issued[issued] = at
        return event

    def roots_out_of_place(self) -> tuple[CertificateKind, ...]:
        """The kinds with two live roots while none is being replaced; empty if all is well."""
        return tuple(
            kind
            for kind in CertificateKind
            if kind.is_root and len(self.live_roots(kind)) > 1 and kind not in self._replacing
        )

    def _require_replacement(self, kind: RootKind) -> None:
        """That a request says it replaces the root is not enough: one must be being replaced."""
        if kind not in self._replacing:
            clause = _ONE_ROOT[kind]
            text = f"a second {kind.value} Certificate outside a replacement of the root"
            raise NotEligibleError(Ineligible(clause, text))
