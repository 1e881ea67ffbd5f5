"""Who can ask a drill's PKI for a certificate, by a label; and who usually asks for which."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from firmware_sim.bench.population.schema import DCC, NETWORK_OPERATOR, SUPPLIER
from firmware_sim.bench.smki.eligibility_table import (
    CertificatePolicy,
    NonDeviceRole,
    PartyKind,
    UserRole,
)
from firmware_sim.bench.smki.parameters import PARTY_CELLS, entity_id_of
from firmware_sim.bench.smki.signing_request import Applicant, PersonnelKind
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId

WantedCertificate = CertificateKind | PersonnelKind | TrustAnchorCellId | NonDeviceRole | DeviceType
"""An authority's, people's, an organisation's for a cell, one for no cell, or a device's of a type;
`CertificateKind.DEVICE` is a Production Proving Device's."""

_OTHER: Final = TrustAnchorCellId(RemotePartyRole.OTHER, KeyUsage.DIGITAL_SIGNATURE)

WANTED: Final[Mapping[str, WantedCertificate]] = MappingProxyType(
    {
        "root-oca": CertificateKind.ROOT_OCA,
        "issuing-oca": CertificateKind.ISSUING_OCA,
        "root-dca": CertificateKind.ROOT_DCA,
        "issuing-dca": CertificateKind.ISSUING_DCA,
        "iki": PersonnelKind.IKI,
        "root-ica": PersonnelKind.ROOT_ICA,
        "issuing-ica": PersonnelKind.ISSUING_ICA,
        **{str(cell): cell for cell in PARTY_CELLS},
        "other": _OTHER,
        **{role.label: role for role in NonDeviceRole},
        **{kind.name: kind for kind in DeviceType},
        "production-proving": CertificateKind.DEVICE,
    }
)
"""What a story calls each certificate."""


class ApplicantLabel(StrEnum):
    """Who asks, as a story names it."""

    DCC = "dcc"
    IMPORT_SUPPLIER = "import-supplier"
    GAS_SUPPLIER = "gas-supplier"
    ELECTRICITY_DISTRIBUTOR = "electricity-distributor"
    GAS_TRANSPORTER = "gas-transporter"
    LOAD_CONTROLLER = "load-controller"
    OTHER_USER = "other-user"
    REGISTERED_SUPPLIER_AGENT = "registered-supplier-agent"
    EXPORT_SUPPLIER = "export-supplier"
    RDP = "registration-data-provider"
    MANUFACTURER = "device-manufacturer"
    SECCO = "secco"


_LABEL, _KIND, _USER, _ROLE = ApplicantLabel, PartyKind, UserRole, RemotePartyRole
_USERS: Final[Mapping[ApplicantLabel, tuple[str, PartyKind, UserRole, RemotePartyRole]]] = {
    _LABEL.IMPORT_SUPPLIER: (
        SUPPLIER,
        _KIND.SUPPLIER_PARTY,
        _USER.IMPORT_SUPPLIER,
        _ROLE.SUPPLIER,
    ),
    _LABEL.GAS_SUPPLIER: (SUPPLIER, _KIND.SUPPLIER_PARTY, _USER.GAS_SUPPLIER, _ROLE.SUPPLIER),
    _LABEL.ELECTRICITY_DISTRIBUTOR: (
        NETWORK_OPERATOR,
        _KIND.NETWORK_PARTY,
        _USER.ELECTRICITY_DISTRIBUTOR,
        _ROLE.NETWORK_OPERATOR,
    ),
    _LABEL.GAS_TRANSPORTER: (
        NETWORK_OPERATOR,
        _KIND.NETWORK_PARTY,
        _USER.GAS_TRANSPORTER,
        _ROLE.NETWORK_OPERATOR,
    ),
    _LABEL.LOAD_CONTROLLER: (
        _LABEL.LOAD_CONTROLLER,
        _KIND.OTHER_PARTY,
        _USER.LOAD_CONTROLLER,
        _ROLE.LOAD_CONTROLLER,
    ),
    _LABEL.OTHER_USER: (_LABEL.OTHER_USER, _KIND.OTHER_PARTY, _USER.OTHER_USER, _ROLE.OTHER),
    _LABEL.REGISTERED_SUPPLIER_AGENT: (
        _LABEL.REGISTERED_SUPPLIER_AGENT,
        _KIND.OTHER_PARTY,
        _USER.REGISTERED_SUPPLIER_AGENT,
        _ROLE.OTHER,
    ),
    _LABEL.EXPORT_SUPPLIER: (
        _LABEL.EXPORT_SUPPLIER,
        _KIND.OTHER_PARTY,
        _USER.EXPORT_SUPPLIER,
        _ROLE.OTHER,
    ),
    _LABEL.RDP: (_LABEL.RDP, _KIND.RDP, _USER.REGISTRATION_DATA_PROVIDER, _ROLE.OTHER),
}
"""Its name, what it is under the Code, its user role, and in which role its identifier stands."""

_OTHERS: Final = {
    _LABEL.DCC: (DCC, _KIND.DCC),
    _LABEL.MANUFACTURER: (_LABEL.MANUFACTURER.value, _KIND.OTHER_PARTY),
    _LABEL.SECCO: (_LABEL.SECCO.value, _KIND.SECCO),
}


def applicant(label: ApplicantLabel, *, authorised: bool = True, system: str = "") -> Applicant:
    """An applicant with all that it has under the Code.

    Args:
        authorised: whether it is an Authorised Subscriber, under every policy (SEC L3.2).
        system: of the DCC: paragraph of the definition of DCC Live Systems, ``a`` to ``g``.
    """
    policies = frozenset(CertificatePolicy) if authorised else frozenset[CertificatePolicy]()
    if label in _OTHERS:
        name, kind = _OTHERS[label]
        return Applicant(name, frozenset({kind}), {}, policies, system)
    name, kind, user, role = _USERS[label]
    return Applicant(name, frozenset({kind}), {entity_id_of(role): user}, policies)


_USUAL_ROLES: Final = {
    _ROLE.SUPPLIER: _LABEL.IMPORT_SUPPLIER,
    _ROLE.NETWORK_OPERATOR: _LABEL.ELECTRICITY_DISTRIBUTOR,
    _ROLE.LOAD_CONTROLLER: _LABEL.LOAD_CONTROLLER,
    _ROLE.OTHER: _LABEL.OTHER_USER,
}


def usual_applicant(wanted: WantedCertificate) -> ApplicantLabel:
    """Who asks for a certificate if nobody else is named: an Eligible Subscriber for it."""
    if isinstance(wanted, TrustAnchorCellId):
        return _USUAL_ROLES.get(wanted.role, _LABEL.DCC)
    if isinstance(wanted, DeviceType):
        is_dccs = wanted in (DeviceType.CHF, DeviceType.GPF)
        return _LABEL.DCC if is_dccs else _LABEL.MANUFACTURER
    return _LABEL.SECCO if wanted is PersonnelKind.IKI else _LABEL.DCC
