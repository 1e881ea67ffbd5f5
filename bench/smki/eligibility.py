"""Is this applicant an Eligible Subscriber for this certificate? SEC L3.15 to L3.21, as checks."""

from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.population.schema import DCC
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.bench.smki.eligibility_table import (
    DCC_ROW,
    GAS_SUPPLIER_ROW,
    IMPORT_SUPPLIER_ROW,
    ORGANISATION_ROWS,
    OTHER_PARTY_ROW,
    CertificatePolicy,
    DeviceRow,
    Migration,
    OrganisationRow,
    PartyKind,
    UserRole,
)
from firmware_sim.bench.smki.signing_request import (
    Applicant,
    AuthoritySigningRequest,
    DeviceSigningRequest,
    OrganisationSigningRequest,
    PersonnelKind,
    PersonnelSigningRequest,
    SigningRequest,
)
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.roles import RemotePartyRole

IKI_RULE: Final = (
    "the IKI Certificate Policy is not public: whoever is authorised under it counts as eligible"
)

ASSUMPTIONS: Final = (
    *(row.assumption for row in ORGANISATION_ROWS.values() if row.assumption),
    IKI_RULE,
)
"""What is no rule of Section L, to be printed with what rests on it."""

RootKind = CertificateKind | PersonnelKind
"""The kinds of authorities, and of what they issue to people."""

_INSTALLED = frozenset({SmiStatus.COMMISSIONED, SmiStatus.INSTALLED_NOT_COMMISSIONED})
_OCA = frozenset({CertificateKind.ROOT_OCA, CertificateKind.ISSUING_OCA})
ROOTS: Final[frozenset[RootKind]] = frozenset(
    {CertificateKind.ROOT_OCA, CertificateKind.ROOT_DCA, PersonnelKind.ROOT_ICA}
)
"""The kinds of which there is one root at a time, but for its replacement."""


class Ineligible(NamedTuple):
    """Why an applicant may not become the Subscriber, and by which clause."""

    clause: str
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} [SEC {self.clause}]"


class NotEligibleError(BenchError):
    """The PKI refuses a request; the text names the clause."""

    def __init__(self, why: Ineligible) -> None:
        self.clause = why.clause
        super().__init__(str(why))


def ineligible(request: SigningRequest, live_roots: Collection[RootKind] = ()) -> Ineligible | None:
    """Why the applicant is no Eligible Subscriber; None if it is one.

    Args:
        live_roots: the kinds of root that there is a certificate of already.
    """
    policy = _policy_of(request)
    if policy not in request.applicant.authorised:
        return Ineligible("L3.15", f"{request.applicant.name} is not authorised under the {policy}")
    if isinstance(request, DeviceSigningRequest):
        return _device(request)
    if isinstance(request, OrganisationSigningRequest):
        return _organisation(request)
    return _authority(request, live_roots)


def require_eligible(request: SigningRequest, live_roots: Collection[RootKind] = ()) -> None:
    """Check a request before anything is issued for it.

    Raises:
        NotEligibleError: its applicant is no Eligible Subscriber.
    """
    why = ineligible(request, live_roots)
    if why is not None:
        raise NotEligibleError(why)


def _policy_of(request: SigningRequest) -> CertificatePolicy:
    if isinstance(request, PersonnelSigningRequest):
        return CertificatePolicy.IKI
    if isinstance(request, OrganisationSigningRequest):
        return CertificatePolicy.ORGANISATION
    if isinstance(request, AuthoritySigningRequest) and request.kind in _OCA:
        return CertificatePolicy.ORGANISATION
    return CertificatePolicy.DEVICE


def _device(request: DeviceSigningRequest) -> Ineligible | None:
    applicant = request.applicant
    if request.device_type is None:
        if PartyKind.DCC in applicant.kinds:
            return None
        return Ineligible("L3.16", "only the DCC asks for Production Proving Devices")
    rows = _device_rows(applicant)
    name = request.device_type.name
    if not any(request.device_type in row.subjects for row in rows):
        who = " and ".join(row.party for row in rows) or applicant.name
        return Ineligible("L3.16", f"{who} may not ask for the certificate of a {name}")
    for row in rows:
        is_free = request.smi_status not in _INSTALLED or not row.unless_installed
        if request.device_type in row.subjects and is_free:
            return None
    return Ineligible("L3.16", f"this {name} is {request.smi_status}: only its supplier may ask")


def _device_rows(applicant: Applicant) -> list[DeviceRow]:
    """The rows that an applicant falls under; a Party with none of the first three is another."""
    rows = [
        row
        for holds, row in (
            (PartyKind.DCC in applicant.kinds, DCC_ROW),
            (UserRole.IMPORT_SUPPLIER in applicant.user_roles, IMPORT_SUPPLIER_ROW),
            (UserRole.GAS_SUPPLIER in applicant.user_roles, GAS_SUPPLIER_ROW),
        )
        if holds
    ]
    is_party = bool(applicant.kinds - {PartyKind.RDP, PartyKind.SECCO})
    return rows or ([OTHER_PARTY_ROW] if is_party else [])


def _organisation(request: OrganisationSigningRequest) -> Ineligible | None:
    applicant = request.applicant
    is_dcc = PartyKind.DCC in applicant.kinds
    if request.subject == DCC and not is_dcc:
        return Ineligible("L3.18(a)(i)", "only the DCC asks for itself and its Service Providers")
    if request.subject not in (DCC, applicant.name):
        return Ineligible("L3.18(a)(ii)", f"{applicant.name} is not {request.subject}, the Subject")
    row = ORGANISATION_ROWS[request.role]
    if not row.parties & applicant.kinds:
        who = " and ".join(sorted(applicant.kinds))
        return Ineligible("L3.18(b)", f"{who} may not ask for the role {request.role.label}")
    for broken in _SUBJECT_CHECKS[is_dcc]:
        why = broken(request, row)
        if why is not None:
            return why
    return None


def _system(request: OrganisationSigningRequest, row: OrganisationRow) -> Ineligible | None:
    if row.system and request.applicant.system != row.system:
        text = f"a request for {row.role.label} comes from DCC Live System ({row.system})"
        return Ineligible("L3.18(b)(i)", text)
    return None


def _migration(request: OrganisationSigningRequest, row: OrganisationRow) -> Ineligible | None:
    if row.when is Migration.SMETS1 and not request.migrating:
        return Ineligible("L3.18", f"{row.role.label} is relevant {row.when}")
    return None


def _identifier(request: OrganisationSigningRequest, row: OrganisationRow) -> Ineligible | None:
    if request.applicant.identifiers.get(request.unique_id) in row.user_roles:
        return None
    wanted = " or ".join(sorted(row.user_roles))
    text = f"{request.unique_id} is none of its identifiers as {wanted}"
    return Ineligible("L3.18(b)(ii)", text)


_Check = Callable[[OrganisationSigningRequest, OrganisationRow], Ineligible | None]
_SUBJECT_CHECKS: dict[bool, tuple[_Check, ...]] = {
    True: (_migration, _system),
    False: (_identifier,),
}
"""What is checked of the DCC's requests, and of all others."""


def _authority(
    request: AuthoritySigningRequest | PersonnelSigningRequest, live_roots: Collection[RootKind]
) -> Ineligible | None:
    if request.kind is PersonnelKind.IKI:
        return None
    clause = _authority_clause(request.kind)
    if PartyKind.DCC not in request.applicant.kinds:
        return Ineligible(f"{clause}(a)", f"only the DCC asks for a {request.kind.value}")
    if request.kind in ROOTS and request.kind in live_roots and not request.replaces_root:
        text = f"there is a {request.kind.value} Certificate, and it is not being replaced"
        return Ineligible(f"{clause}(b)", text)
    role = _AUTHORITY_ROLES.get(request.kind)
    if role is not None and request.applicant.system != ORGANISATION_ROWS[role].system:
        system = ORGANISATION_ROWS[role].system
        text = f"a request for {role.label} comes from DCC Live System ({system})"
        return Ineligible("L3.18(b)(i)", text)
    return None


_AUTHORITY_ROLES: dict[RootKind, RemotePartyRole] = {
    CertificateKind.ROOT_OCA: RemotePartyRole.ROOT,
    CertificateKind.ISSUING_OCA: RemotePartyRole.ISSUING_AUTHORITY,
}


def _authority_clause(kind: RootKind) -> str:
    if isinstance(kind, PersonnelKind):
        return "L3.21"
    return "L3.19" if kind in _OCA else "L3.17"
