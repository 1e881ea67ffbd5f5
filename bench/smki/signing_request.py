"""Certificate Signing Requests: who asks the PKI for a certificate, and for which (SEC L3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firmware_sim.bench.population.schema import DCC
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.bench.smki.eligibility_table import (
    ORGANISATION_ROWS,
    CertificatePolicy,
    OrganisationRole,
    PartyKind,
    UserRole,
)
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks.

    Attributes:
        name: of the organisation in a story; ``dcc`` for the DCC.
        identifiers: its User IDs and RDP IDs, with the role in which each is used.
        authorised: under which policies it is an Authorised Subscriber (SEC L3.2).
        system: of the DCC: paragraph of the definition of DCC Live Systems, ``a`` to ``g``.
    """

    name: str
    kinds: frozenset[PartyKind]
    identifiers: Mapping[EntityId, UserRole] = field(default_factory=dict)
    authorised: frozenset[CertificatePolicy] = frozenset(
        {CertificatePolicy.DEVICE, CertificatePolicy.ORGANISATION}
    )
    system: str = ""

    @property
    def user_roles(self) -> frozenset[UserRole]:
        """All roles in which it is a User or an RDP."""
        return frozenset(self.identifiers.values())


def the_dcc(role: OrganisationRole | None = None) -> Applicant:
    """The DCC, from the system that such a role's requests come from."""
    system = "" if role is None else ORGANISATION_ROWS[role].system
    return Applicant(DCC, frozenset({PartyKind.DCC}), system=system)


def of_manufacturer(device_type: DeviceType | None) -> Applicant:
    """Who asks for a new device's certificates before it is installed (SEC L3.16).

    The DCC for the functions of a Communications Hub, and for a device whose type it is not told,
    as a Production Proving Device; for all others a Party that is no supplier.
    """
    if device_type in (None, DeviceType.CHF, DeviceType.GPF):
        return the_dcc()
    return Applicant("device-manufacturer", frozenset({PartyKind.OTHER_PARTY}))


def of_responsible_supplier(device_type: DeviceType, name: str, entity: EntityId) -> Applicant:
    """Who asks for a new certificate of an installed device: its supplier, or the DCC for a CHF.

    Args:
        entity: the supplier's User ID.
    """
    if device_type is DeviceType.CHF:
        return the_dcc()
    is_gas = device_type in (DeviceType.GSME, DeviceType.GPF)
    role = UserRole.GAS_SUPPLIER if is_gas else UserRole.IMPORT_SUPPLIER
    return Applicant(name, frozenset({PartyKind.SUPPLIER_PARTY}), {entity: role})


_USES: Mapping[RemotePartyRole, tuple[PartyKind, UserRole]] = {
    RemotePartyRole.SUPPLIER: (PartyKind.SUPPLIER_PARTY, UserRole.IMPORT_SUPPLIER),
    RemotePartyRole.NETWORK_OPERATOR: (
        PartyKind.NETWORK_PARTY,
        UserRole.ELECTRICITY_DISTRIBUTOR,
    ),
    RemotePartyRole.LOAD_CONTROLLER: (PartyKind.OTHER_PARTY, UserRole.LOAD_CONTROLLER),
    RemotePartyRole.OTHER: (PartyKind.OTHER_PARTY, UserRole.OTHER_USER),
}
"""What an organisation in a role is under the Code; all other roles are the DCC's.

A drill's supplier and network operator serve both fuels; one User ID is enough to ask.
"""


def of_organisation(role: OrganisationRole, name: str, entity: EntityId) -> Applicant:
    """The organisation that acts in a role: the DCC in its own, else a Party with one identifier.

    Args:
        entity: its User ID; the Entity Identifier that its certificates name.
    """
    if not isinstance(role, RemotePartyRole) or role not in _USES:
        return the_dcc(role)
    kind, user_role = _USES[role]
    return Applicant(name, frozenset({kind}), {entity: user_role})


@dataclass(frozen=True, slots=True)
class DeviceSigningRequest:
    """For a Device Certificate.

    Attributes:
        device_type: None for a Production Proving Device, which only the DCC may ask for.
        smi_status: of the device at that time.
        public_key: 65-octet point.
    """

    applicant: Applicant
    entity_id: EntityId
    usage: KeyUsage
    public_key: bytes
    device_type: DeviceType | None = None
    smi_status: SmiStatus = SmiStatus.PENDING


@dataclass(frozen=True, slots=True)
class OrganisationSigningRequest:
    """For an Organisation Certificate.

    Attributes:
        subject: name of the organisation that the certificate is for; ``dcc`` also for a DCC
            Service Provider.
        unique_id: value of its subjectUniqueID.
        public_key: 65-octet point.
        migrating: whether SMETS1 devices are being migrated at that time.
    """

    applicant: Applicant
    subject: str
    role: OrganisationRole
    unique_id: EntityId
    usage: KeyUsage
    public_key: bytes
    migrating: bool = False


@dataclass(frozen=True, slots=True)
class AuthoritySigningRequest:
    """For the certificate of a Root or Issuing OCA or DCA.

    Attributes:
        subject: distinguished name of the authority.
        replaces_root: whether it is for the replacement of the root (SEC L3.17(b), L3.19(b)).
        public_key: 65-octet point.
        wrapped_contingency_key: of a Root OCA: ApexContingencyKey in DER.
    """

    applicant: Applicant
    kind: CertificateKind
    subject: Name
    public_key: bytes
    replaces_root: bool = False
    wrapped_contingency_key: bytes | None = None


class PersonnelKind(StrEnum):
    """Certificates of people and systems, which no device sees and this PKI does not issue."""

    IKI = "IKI"
    ROOT_ICA = "Root ICA"
    ISSUING_ICA = "Issuing ICA"


@dataclass(frozen=True, slots=True)
class PersonnelSigningRequest:
    """For an IKI Certificate or one of its authorities; can be judged, and is never issued."""

    applicant: Applicant
    kind: PersonnelKind
    replaces_root: bool = False


SigningRequest = (
    DeviceSigningRequest
    | OrganisationSigningRequest
    | AuthoritySigningRequest
    | PersonnelSigningRequest
)
