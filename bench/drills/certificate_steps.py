"""The steps of a story in which somebody asks the PKI for certificates."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from firmware_sim.bench.drills.story_step import CaseStep, StoryStep
from firmware_sim.bench.drills.story_terms import Count, Generation, OneLine, Role, Slug, Strict
from firmware_sim.bench.files.terms import named
from firmware_sim.bench.population.smi import Smi, SmiStatus
from firmware_sim.bench.smki.applicants import WANTED, ApplicantLabel, WantedCertificate
from firmware_sim.bench.smki.applying import Application
from firmware_sim.gbcs.certificate_profiles import CertificateKind

_Wanted = Annotated[WantedCertificate, named(WANTED, "certificate")]
_Applicant = Annotated[
    ApplicantLabel, named({each.value: each for each in ApplicantLabel}, "applicant")
]


class CoordinateStep(CaseStep):
    """Subscribers are asked for Certificate Signing Requests (SEC L10.1(c)(ii))."""

    do: Literal["coordinate"]
    asked: Annotated[tuple[Role, ...], Field(min_length=1)]
    """Whose certificates beneath the authority are to be replaced, by role."""
    applied: tuple[Role, ...] = ()
    """Who has sent a request for each certificate that it needs."""
    usual: Annotated[int, Field(strict=True, ge=1, le=10**9)]
    """Requests in a usual month."""
    requests: Count | None = None
    """All requests, those of others too; without it those of the coordination alone."""
    notified: StrictBool = False
    """Whether the DCC was told that demand will be exceptional."""


class RefusedBy(Strict):
    """The PKI must refuse, by this clause."""

    refused: OneLine
    """The clause, e.g. L3.19(b)."""


class IssueStep(StoryStep):
    """Somebody asks the PKI for a certificate, and the PKI issues it to an Eligible Subscriber."""

    do: Literal["issue"]
    certificate: _Wanted = CertificateKind.ROOT_OCA
    """Which certificate is asked for."""
    generation: Generation = 1
    """Of the certificate, from 1."""
    party: Slug | None = None
    """The organisation that asks for all its certificates of that generation."""
    by: _Applicant | None = None
    """Who asks; an Eligible Subscriber if it is left out."""
    subject: Slug | None = None
    """Whose certificate it shall be; the applicant's if it is left out."""
    identifier: Literal["own", "another"] = "own"
    """Whose identifier it shall name."""
    system: Literal["a", "b", "c", "d", "e", "f", "g"] | None = None
    """DCC Live System that the request comes from; that of the role if it is left out."""
    authorised: StrictBool = True
    """Whether the applicant is an Authorised Subscriber under the certificate's policy."""
    migrating: StrictBool = False
    """Whether SMETS1 devices are being migrated."""
    status: Smi = SmiStatus.PENDING
    """SMI Status of the device that it is for."""
    expect: Literal["issued"] | RefusedBy = "issued"
    """What must come of it."""

    def application(self, *, replaces_root: bool) -> Application:
        """What is asked for."""
        return Application(
            wanted=self.certificate,
            by=self.by,
            subject=self.subject or "",
            own_identifier=self.identifier == "own",
            system=self.system,
            authorised=self.authorised,
            migrating=self.migrating,
            smi_status=self.status,
            replaces_root=replaces_root,
        )
