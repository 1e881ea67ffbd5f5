"""Who may ask for which certificate, as data: SEC L3.16 to L3.21 and Annex A to Section L."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from firmware_sim.gbcs.roles import DeviceType, IntEnumWithLabel, RemotePartyRole


class NonDeviceRole(IntEnumWithLabel):
    """Remote Party Roles of Annex A, Table 1: their certificates stand in no device's cell."""

    S1SP_XML_SIGNING = 126, "s1SPxmlSigning"
    PPP_XML_SIGN = 128, "pPPXmlSign"
    PPRDP_FILE_SIGN = 129, "pPRDPFileSign"
    S1SP_MIGRATION_SIGNING = 130, "slSPMigrationSigning"  # spelled so, with a small L
    REQUESTING_PARTY_FILE_SIGNING = 131, "requestingPartyFileSigning"
    COMMISSIONING_PARTY_FILE_SIGNING = 132, "commissioningPartyFileSigning"
    COMMISSIONING_PARTY_XML_SIGNING = 133, "commissioningPartyXmlSigning"


OrganisationRole = RemotePartyRole | NonDeviceRole
"""What the OU of an Organisation Certificate can say, as two hexadecimal digits."""


class PartyKind(StrEnum):
    """What an applicant is under the Code."""

    DCC = "the DCC"
    NETWORK_PARTY = "a Network Party"
    SUPPLIER_PARTY = "a Supplier Party"
    OTHER_PARTY = "another Party"
    RDP = "a Registration Data Provider"
    SECCO = "SECCo"


class UserRole(StrEnum):
    """The role in which a User ID or RDP ID is used."""

    IMPORT_SUPPLIER = "Import Supplier"
    GAS_SUPPLIER = "Gas Supplier"
    ELECTRICITY_DISTRIBUTOR = "Electricity Distributor"
    GAS_TRANSPORTER = "Gas Transporter"
    OTHER_USER = "Other User"
    REGISTERED_SUPPLIER_AGENT = "Registered Supplier Agent"
    REGISTRATION_DATA_PROVIDER = "Registration Data Provider"
    EXPORT_SUPPLIER = "Export Supplier"
    LOAD_CONTROLLER = "Load Controller"


class CertificatePolicy(StrEnum):
    """Under which policy an applicant is an Authorised Subscriber (SEC L3.2)."""

    DEVICE = "Device Certificate Policy"
    ORGANISATION = "Organisation Certificate Policy"
    IKI = "IKI Certificate Policy"


class Migration(StrEnum):
    """When a role of the DCC's matters."""

    ALWAYS = "always"
    SMETS1 = "only during the migration of SMETS1 devices"


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """One row of the table in SEC L3.18.

    Attributes:
        parties: who may ask.
        user_roles: the roles one of whose identifiers the certificate must name; none for the DCC.
        system: paragraph of the definition of DCC Live Systems from which the DCC's request comes.
        assumption: why the row is no row of Section L; empty if it is.
    """

    role: OrganisationRole
    parties: frozenset[PartyKind]
    user_roles: frozenset[UserRole] = frozenset()
    system: str = ""
    when: Migration = Migration.ALWAYS
    assumption: str = ""


_DCC = frozenset({PartyKind.DCC})
_LOAD_CONTROLLER_RULE: Final = (
    "role 8 is later than the draft of Section L that was at hand; taken to be that of a Party "
    "with a User ID as Load Controller"
)


def _of_dcc(system: str, *roles: OrganisationRole) -> Iterable[OrganisationRow]:
    return (OrganisationRow(role, _DCC, system=system) for role in roles)


def _of_migration(*roles: OrganisationRole) -> Iterable[OrganisationRow]:
    return (OrganisationRow(role, _DCC, when=Migration.SMETS1) for role in roles)


_ROLE, _EXTRA, _USER = RemotePartyRole, NonDeviceRole, UserRole
ORGANISATION_ROWS: Mapping[OrganisationRole, OrganisationRow] = MappingProxyType(
    {
        row.role: row
        for row in (
            *_of_dcc("d", _ROLE.ROOT),
            *_of_dcc("f", _ROLE.RECOVERY),
            *_of_dcc("c", _ROLE.TRANSITIONAL_COS),
            *_of_dcc("a", _ROLE.WAN_PROVIDER),
            *_of_dcc("b", _ROLE.ACCESS_CONTROL_BROKER),
            *_of_dcc("a", _ROLE.ISSUING_AUTHORITY),
            OrganisationRow(
                _ROLE.NETWORK_OPERATOR,
                frozenset({PartyKind.NETWORK_PARTY}),
                frozenset({_USER.ELECTRICITY_DISTRIBUTOR, _USER.GAS_TRANSPORTER}),
            ),
            OrganisationRow(
                _ROLE.SUPPLIER,
                frozenset({PartyKind.SUPPLIER_PARTY}),
                frozenset({_USER.IMPORT_SUPPLIER, _USER.GAS_SUPPLIER}),
            ),
            OrganisationRow(
                _ROLE.OTHER,
                frozenset(PartyKind) - {PartyKind.DCC, PartyKind.SECCO},
                frozenset(
                    {
                        _USER.OTHER_USER,
                        _USER.REGISTERED_SUPPLIER_AGENT,
                        _USER.REGISTRATION_DATA_PROVIDER,
                        _USER.EXPORT_SUPPLIER,
                    }
                ),
            ),
            *_of_dcc("g", _EXTRA.PPP_XML_SIGN, _EXTRA.PPRDP_FILE_SIGN, _EXTRA.S1SP_XML_SIGNING),
            *_of_migration(
                _EXTRA.COMMISSIONING_PARTY_FILE_SIGNING,
                _EXTRA.REQUESTING_PARTY_FILE_SIGNING,
                _EXTRA.S1SP_MIGRATION_SIGNING,
                _EXTRA.COMMISSIONING_PARTY_XML_SIGNING,
            ),
            OrganisationRow(
                _ROLE.LOAD_CONTROLLER,
                frozenset({PartyKind.OTHER_PARTY, PartyKind.SUPPLIER_PARTY}),
                frozenset({_USER.LOAD_CONTROLLER}),
                assumption=_LOAD_CONTROLLER_RULE,
            ),
        )
    }
)
"""The table of SEC L3.18, in its order, and one row that is an assumption."""

_TYPE_1 = frozenset({DeviceType.HCALCS, DeviceType.PPMID})


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One row of the table in SEC L3.16: who, and for which devices.

    Attributes:
        party: in the words of the table.
        unless_installed: only while the SMI Status is neither ``commissioned`` nor ``installed
            not commissioned``.
    """

    party: str
    subjects: frozenset[DeviceType]
    unless_installed: bool = False


DCC_ROW = DeviceRow("the DCC", frozenset({DeviceType.CHF, DeviceType.GPF}))
IMPORT_SUPPLIER_ROW = DeviceRow("an Import Supplier", frozenset({DeviceType.ESME}) | _TYPE_1)
GAS_SUPPLIER_ROW = DeviceRow(
    "a Gas Supplier", frozenset({DeviceType.GSME, DeviceType.GPF}) | _TYPE_1
)
OTHER_PARTY_ROW = DeviceRow(
    "any other Party",
    frozenset({DeviceType.ESME, DeviceType.GSME}) | _TYPE_1,
    unless_installed=True,
)
DEVICE_ROWS: Final = (DCC_ROW, IMPORT_SUPPLIER_ROW, GAS_SUPPLIER_ROW, OTHER_PARTY_ROW)
"""The table of SEC L3.16 but for its last row, Production Proving Devices of the DCC."""
