"""Who may become the Subscriber for which certificate: SEC L3.15 to L3.21, Annex A."""

from dataclasses import replace
from itertools import product

import pytest

from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.bench.smki.eligibility import NotEligibleError, ineligible, require_eligible
from firmware_sim.bench.smki.eligibility_table import (
    ORGANISATION_ROWS,
    CertificatePolicy,
    NonDeviceRole,
    OrganisationRole,
    PartyKind,
    UserRole,
)
from firmware_sim.bench.smki.parameters import entity_id_of
from firmware_sim.bench.smki.signing_request import (
    Applicant,
    AuthoritySigningRequest,
    DeviceSigningRequest,
    OrganisationSigningRequest,
    PersonnelKind,
    PersonnelSigningRequest,
    SigningRequest,
    of_organisation,
    the_dcc,
)
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole

ROLE, EXTRA, USER = RemotePartyRole, NonDeviceRole, UserRole
ID = entity_id_of(ROLE.SUPPLIER)
DS = KeyUsage.DIGITAL_SIGNATURE
KEY = bytes(65)


def party(kind: PartyKind, *users: UserRole) -> Applicant:
    return Applicant("alpha", frozenset({kind}), dict.fromkeys([ID], users[0]) if users else {})


IMPORT = party(PartyKind.SUPPLIER_PARTY, USER.IMPORT_SUPPLIER)
GAS = party(PartyKind.SUPPLIER_PARTY, USER.GAS_SUPPLIER)
MAKER = party(PartyKind.OTHER_PARTY)
NETWORK = party(PartyKind.NETWORK_PARTY, USER.ELECTRICITY_DISTRIBUTOR)
RDP = party(PartyKind.RDP, USER.REGISTRATION_DATA_PROVIDER)
DCC = the_dcc()


def device(
    applicant: Applicant, kind: DeviceType | None, status: SmiStatus = SmiStatus.PENDING
) -> DeviceSigningRequest:
    return DeviceSigningRequest(applicant, ID, DS, KEY, kind, status)


def organisation(
    applicant: Applicant, role: OrganisationRole, subject: str = "alpha"
) -> OrganisationSigningRequest:
    return OrganisationSigningRequest(applicant, subject, role, ID, DS, KEY)


def authority(
    kind: CertificateKind, applicant: Applicant | None = None, *, replaces: bool = False
) -> AuthoritySigningRequest:
    roles = {
        CertificateKind.ROOT_OCA: ROLE.ROOT,
        CertificateKind.ISSUING_OCA: ROLE.ISSUING_AUTHORITY,
    }
    asks = applicant or the_dcc(roles.get(kind))
    return AuthoritySigningRequest(asks, kind, Name.of_authority("R"), KEY, replaces)


def clause(request: SigningRequest, *live: CertificateKind | PersonnelKind) -> str:
    why = ineligible(request, live)
    return "" if why is None else why.clause


_KIND = DeviceType
DEVICE_TABLE = {
    "DCC": (DCC, {_KIND.CHF, _KIND.GPF}),
    "Import Supplier": (IMPORT, {_KIND.ESME, _KIND.HCALCS, _KIND.PPMID}),
    "Gas Supplier": (GAS, {_KIND.GSME, _KIND.GPF, _KIND.HCALCS, _KIND.PPMID}),
    "other Party": (MAKER, {_KIND.ESME, _KIND.GSME, _KIND.HCALCS, _KIND.PPMID}),
    "Network Party is another Party": (
        NETWORK,
        {_KIND.ESME, _KIND.GSME, _KIND.HCALCS, _KIND.PPMID},
    ),
    "an RDP is no Party": (RDP, set[DeviceType]()),
}


@pytest.mark.parametrize(("applicant", "allowed"), DEVICE_TABLE.values(), ids=DEVICE_TABLE.keys())
def test_each_party_may_ask_for_its_devices_and_no_others(
    applicant: Applicant, allowed: set[DeviceType]
) -> None:
    """The table of SEC L3.16; HCALCS and PPMID are Type 1 Devices."""
    eligible = {kind for kind in DeviceType if not clause(device(applicant, kind))}
    assert eligible == allowed
    refused = {clause(device(applicant, kind)) for kind in set(DeviceType) - allowed}
    assert refused == {"L3.16"}


@pytest.mark.parametrize("status", SmiStatus)
def test_another_party_may_ask_only_before_a_device_is_installed(status: SmiStatus) -> None:
    installed = {SmiStatus.COMMISSIONED, SmiStatus.INSTALLED_NOT_COMMISSIONED}
    assert bool(clause(device(MAKER, _KIND.ESME, status))) == (status in installed)
    assert not clause(device(IMPORT, _KIND.ESME, status))


def test_only_the_dcc_asks_for_a_production_proving_device() -> None:
    assert not clause(device(DCC, None))
    assert clause(device(MAKER, None)) == clause(device(GAS, None)) == "L3.16"


ROWS: dict[OrganisationRole, tuple[PartyKind, str, tuple[UserRole, ...]]] = {
    ROLE.ROOT: (PartyKind.DCC, "d", ()),
    ROLE.RECOVERY: (PartyKind.DCC, "f", ()),
    ROLE.TRANSITIONAL_COS: (PartyKind.DCC, "c", ()),
    ROLE.WAN_PROVIDER: (PartyKind.DCC, "a", ()),
    ROLE.ACCESS_CONTROL_BROKER: (PartyKind.DCC, "b", ()),
    ROLE.ISSUING_AUTHORITY: (PartyKind.DCC, "a", ()),
    ROLE.NETWORK_OPERATOR: (
        PartyKind.NETWORK_PARTY,
        "",
        (USER.ELECTRICITY_DISTRIBUTOR, USER.GAS_TRANSPORTER),
    ),
    ROLE.SUPPLIER: (PartyKind.SUPPLIER_PARTY, "", (USER.IMPORT_SUPPLIER, USER.GAS_SUPPLIER)),
    EXTRA.PPP_XML_SIGN: (PartyKind.DCC, "g", ()),
    EXTRA.PPRDP_FILE_SIGN: (PartyKind.DCC, "g", ()),
    EXTRA.S1SP_XML_SIGNING: (PartyKind.DCC, "g", ()),
}
"""SEC L3.18: who, from which DCC Live System or with an identifier in which role."""


@pytest.mark.parametrize(("role", "kind"), list(product(ROWS, PartyKind)), ids=str)
def test_only_the_party_of_its_row_may_ask_for_a_role(
    role: OrganisationRole, kind: PartyKind
) -> None:
    meant, system, users = ROWS[role]
    name = "dcc" if kind is PartyKind.DCC else "alpha"
    identifiers = {ID: users[0]} if users else {}
    asks = Applicant(name, frozenset({kind}), identifiers, system=system)
    expected = "" if kind is meant else "L3.18(b)"
    assert clause(organisation(asks, role, name)) == expected


@pytest.mark.parametrize("role", [role for role, row in ROWS.items() if row[1]], ids=str)
@pytest.mark.parametrize("system", [*"abcdefg", ""])
def test_a_request_of_the_dcc_comes_from_the_system_of_the_role(
    role: OrganisationRole, system: str
) -> None:
    asks = replace(the_dcc(), system=system)
    expected = "" if system == ROWS[role][1] else "L3.18(b)(i)"
    assert clause(organisation(asks, role, "dcc")) == expected


@pytest.mark.parametrize("role", [ROLE.SUPPLIER, ROLE.NETWORK_OPERATOR], ids=str)
@pytest.mark.parametrize("user", UserRole)
def test_the_identifier_must_be_one_in_a_role_of_the_row(
    role: RemotePartyRole, user: UserRole
) -> None:
    kind, _, users = ROWS[role]
    expected = "" if user in users else "L3.18(b)(ii)"
    assert clause(organisation(party(kind, user), role)) == expected


def test_an_identifier_of_another_organisation_is_refused() -> None:
    request = replace(organisation(IMPORT, ROLE.SUPPLIER), unique_id=entity_id_of(ROLE.SUPPLIER, 1))
    assert clause(request) == "L3.18(b)(ii)"


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        (RDP, ""),
        (party(PartyKind.OTHER_PARTY, USER.OTHER_USER), ""),
        (party(PartyKind.SUPPLIER_PARTY, USER.EXPORT_SUPPLIER), ""),
        (party(PartyKind.OTHER_PARTY, USER.REGISTERED_SUPPLIER_AGENT), ""),
        (party(PartyKind.OTHER_PARTY, USER.IMPORT_SUPPLIER), "L3.18(b)(ii)"),
        (replace(the_dcc(), name="alpha"), "L3.18(b)"),
    ],
)
def test_every_party_but_the_dcc_and_every_rdp_may_ask_for_the_role_other(
    asks: Applicant, expected: str
) -> None:
    assert clause(organisation(asks, ROLE.OTHER)) == expected


@pytest.mark.parametrize(
    "role",
    [
        EXTRA.COMMISSIONING_PARTY_FILE_SIGNING,
        EXTRA.REQUESTING_PARTY_FILE_SIGNING,
        EXTRA.S1SP_MIGRATION_SIGNING,
        EXTRA.COMMISSIONING_PARTY_XML_SIGNING,
    ],
)
def test_roles_of_the_migration_are_for_the_dcc_and_only_while_it_lasts(
    role: NonDeviceRole,
) -> None:
    request = organisation(the_dcc(), role, "dcc")
    assert clause(request) == "L3.18"
    assert clause(replace(request, migrating=True)) == ""


def test_the_subject_is_the_applicant_and_for_the_dcc_the_dcc() -> None:
    assert clause(organisation(IMPORT, ROLE.SUPPLIER, "beta")) == "L3.18(a)(ii)"
    assert clause(organisation(IMPORT, ROLE.SUPPLIER, "dcc")) == "L3.18(a)(i)"
    assert clause(organisation(the_dcc(), ROLE.SUPPLIER, "alpha")) == "L3.18(a)(ii)"


def test_annex_a_gives_seven_roles_their_codes() -> None:
    assert {role.label: int(role) for role in NonDeviceRole} == {
        "pPPXmlSign": 128,
        "pPRDPFileSign": 129,
        "s1SPxmlSigning": 126,
        "commissioningPartyFileSigning": 132,
        "requestingPartyFileSigning": 131,
        "slSPMigrationSigning": 130,
        "commissioningPartyXmlSigning": 133,
    }


def test_every_remote_party_role_has_a_row_and_only_the_load_controllers_is_an_assumption() -> None:
    assert set(ORGANISATION_ROWS) == {*RemotePartyRole, *NonDeviceRole}
    assumed = {row.role for row in ORGANISATION_ROWS.values() if row.assumption}
    assert assumed == {ROLE.LOAD_CONTROLLER}


AUTHORITIES = {
    CertificateKind.ROOT_DCA: "L3.17",
    CertificateKind.ISSUING_DCA: "L3.17",
    CertificateKind.ROOT_OCA: "L3.19",
    CertificateKind.ISSUING_OCA: "L3.19",
}


@pytest.mark.parametrize(("kind", "section"), AUTHORITIES.items(), ids=str)
def test_only_the_dcc_asks_for_an_authority_and_for_one_root_at_a_time(
    kind: CertificateKind, section: str
) -> None:
    assert clause(authority(kind)) == ""
    assert clause(authority(kind, IMPORT)) == f"{section}(a)"
    assert clause(authority(kind), kind) == (f"{section}(b)" if kind.is_root else "")
    assert clause(authority(kind, replaces=True), kind) == ""


def test_an_oca_certificate_is_asked_for_from_the_system_of_its_role() -> None:
    request = authority(CertificateKind.ROOT_OCA, the_dcc(ROLE.ISSUING_AUTHORITY))
    assert clause(request) == "L3.18(b)(i)"


IKI = frozenset({CertificatePolicy.IKI})


def test_iki_certificates_follow_their_policy_and_their_authorities_are_the_dccs() -> None:
    secco = Applicant("secco", frozenset({PartyKind.SECCO}), authorised=IKI)
    dcc = replace(the_dcc(), authorised=IKI)
    root = PersonnelSigningRequest(dcc, PersonnelKind.ROOT_ICA)
    assert clause(PersonnelSigningRequest(secco, PersonnelKind.IKI)) == ""
    assert clause(PersonnelSigningRequest(IMPORT, PersonnelKind.IKI)) == "L3.15"
    assert clause(PersonnelSigningRequest(secco, PersonnelKind.ISSUING_ICA)) == "L3.21(a)"
    assert clause(root) == clause(replace(root, replaces_root=True), PersonnelKind.ROOT_ICA) == ""
    assert clause(root, PersonnelKind.ROOT_ICA) == "L3.21(b)"


@pytest.mark.parametrize(
    "request_",
    [
        device(MAKER, _KIND.ESME),
        organisation(IMPORT, ROLE.SUPPLIER),
        authority(CertificateKind.ROOT_OCA),
        authority(CertificateKind.ROOT_DCA),
    ],
    ids=lambda each: type(each).__name__,
)
def test_who_is_not_authorised_under_the_policy_is_not_eligible(
    request_: DeviceSigningRequest | OrganisationSigningRequest | AuthoritySigningRequest,
) -> None:
    assert clause(request_) == ""
    stranger = replace(request_.applicant, authorised=IKI)
    assert clause(replace(request_, applicant=stranger)) == "L3.15"


def test_a_refusal_names_the_clause() -> None:
    with pytest.raises(NotEligibleError, match=r"may not ask for the role supplier \[SEC L3.18"):
        require_eligible(organisation(NETWORK, ROLE.SUPPLIER))


@pytest.mark.parametrize("role", [*RemotePartyRole, *NonDeviceRole], ids=str)
def test_the_drills_own_organisations_are_eligible_for_their_roles(role: OrganisationRole) -> None:
    applicant = of_organisation(role, "alpha", ID)
    request = organisation(applicant, role, applicant.name)
    assert clause(replace(request, migrating=True)) == ""
