"""A Certificate Signing Request for any certificate that a story can name."""

from dataclasses import dataclass

from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.bench.smki.applicants import (
    ApplicantLabel,
    WantedCertificate,
    applicant,
    usual_applicant,
)
from firmware_sim.bench.smki.eligibility_table import (
    ORGANISATION_ROWS,
    NonDeviceRole,
    OrganisationRole,
)
from firmware_sim.bench.smki.parameters import entity_id_of
from firmware_sim.bench.smki.register import IssuedFor
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
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId

_AUTHORITY_ROLES = {
    CertificateKind.ROOT_OCA: RemotePartyRole.ROOT,
    CertificateKind.ISSUING_OCA: RemotePartyRole.ISSUING_AUTHORITY,
}
_DS = KeyUsage.DIGITAL_SIGNATURE
_STRANGER = EntityId(bytes.fromhex("0246530000ffffff"))
"""An identifier that is nobody's."""
_DCCS = EntityId(bytes.fromhex("024653000000ff80"))
"""The DCC's, in a role that no device knows."""
_NEW_DEVICE = EntityId(bytes.fromhex("0246530001000000"))
"""A device that is in no home of a drill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What is asked for, by whom, and what of it is not as usual.

    Attributes:
        by: None for an Eligible Subscriber.
        subject: whose certificate it shall be, if not the applicant's; ``dcc`` for the DCC.
        own_identifier: whether it shall name the applicant's identifier; otherwise nobody's.
        system: DCC Live System that the DCC asks from; None for that of the role.
        authorised: whether the applicant is an Authorised Subscriber.
        migrating: whether SMETS1 devices are being migrated.
        smi_status: of the device that it is for.
        replaces_root: whether a root is being replaced by it.
    """

    wanted: WantedCertificate
    by: ApplicantLabel | None = None
    subject: str = ""
    own_identifier: bool = True
    system: str | None = None
    authorised: bool = True
    migrating: bool = False
    smi_status: SmiStatus = SmiStatus.PENDING
    replaces_root: bool = False

    @property
    def role(self) -> OrganisationRole | None:
        """The Remote Party Role in it; None for authorities below no role, devices and people."""
        if isinstance(self.wanted, TrustAnchorCellId):
            return self.wanted.role
        if isinstance(self.wanted, CertificateKind):
            return _AUTHORITY_ROLES.get(self.wanted)
        return None if isinstance(self.wanted, DeviceType | PersonnelKind) else self.wanted

    @property
    def name(self) -> str:
        """What is asked for, in words."""
        wanted = self.wanted
        if isinstance(wanted, DeviceType):
            return f"the Device Certificate of a {wanted.name}"
        if wanted is CertificateKind.DEVICE:
            return "the certificate of a Production Proving Device"
        article = "an" if str(IssuedFor("", wanted).name)[0] in "AEIOUaeio" else "a"
        return f"{article} {IssuedFor('', wanted).name} Certificate"

    @property
    def clause(self) -> str:
        """By which clauses an applicant is the Eligible Subscriber for it."""
        wanted = self.wanted
        if isinstance(wanted, PersonnelKind):
            return "L3.20" if wanted is PersonnelKind.IKI else "L3.21"
        if isinstance(wanted, DeviceType) or wanted is CertificateKind.DEVICE:
            return "L3.16"
        if isinstance(wanted, CertificateKind):
            return "L3.19(a)" if wanted in _AUTHORITY_ROLES else "L3.17(a)"
        is_dcc = self.applicant_label is ApplicantLabel.DCC
        return f"L3.18(a), L3.18(b)({'i' if is_dcc else 'ii'})"

    @property
    def applicant_label(self) -> ApplicantLabel:
        """Who asks."""
        return self.by or usual_applicant(self.wanted)

    @property
    def applicant(self) -> Applicant:
        """All that the applicant has under the Code."""
        label = self.applicant_label
        usual = "" if self.role is None else ORGANISATION_ROWS[self.role].system
        system = usual if self.system is None else self.system
        is_dcc = label is ApplicantLabel.DCC
        return applicant(label, authorised=self.authorised, system=system if is_dcc else "")

    def request(self, public_key: bytes) -> SigningRequest:
        """The request; `public_key` is a 65-octet point."""
        wanted, who = self.wanted, self.applicant
        if isinstance(wanted, PersonnelKind):
            return PersonnelSigningRequest(who, wanted, self.replaces_root)
        if isinstance(wanted, DeviceType) or wanted is CertificateKind.DEVICE:
            kind = wanted if isinstance(wanted, DeviceType) else None
            return DeviceSigningRequest(who, _NEW_DEVICE, _DS, public_key, kind, self.smi_status)
        if isinstance(wanted, CertificateKind):
            name = Name.of_authority(f"Drill {wanted.value}", _AUTHORITY_ROLES.get(wanted))
            return AuthoritySigningRequest(who, wanted, name, public_key, self.replaces_root)
        return self._organisation(who, wanted, public_key)

    def _organisation(
        self, who: Applicant, wanted: TrustAnchorCellId | NonDeviceRole, public_key: bytes
    ) -> OrganisationSigningRequest:
        role = wanted.role if isinstance(wanted, TrustAnchorCellId) else wanted
        own = next(
            iter(who.identifiers), _DCCS if isinstance(role, NonDeviceRole) else entity_id_of(role)
        )
        return OrganisationSigningRequest(
            applicant=who,
            subject=self.subject or who.name,
            role=role,
            unique_id=own if self.own_identifier else _STRANGER,
            usage=wanted.key_usage if isinstance(wanted, TrustAnchorCellId) else _DS,
            public_key=public_key,
            migrating=self.migrating,
        )

    def issued_for(self, generation: int) -> IssuedFor | None:
        """What a register enters; None for a device's or a person's, of which there are many."""
        wanted = self.wanted
        if isinstance(wanted, DeviceType) or wanted in (CertificateKind.DEVICE, PersonnelKind.IKI):
            return None
        return IssuedFor(self.subject or self.applicant.name, wanted, generation)
