"""An authority of the PKI at work: it issues for a Certificate Signing Request, or not at all.

What is forged is not made here: see `firmware_sim.bench.smki.issuing`, whose signing key asks for
no request.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from firmware_sim.bench.smki.eligibility import RootKind, require_eligible
from firmware_sim.bench.smki.issuing import (
    IssuingKey,
    device_request,
    issuing_request,
    organisation_request,
    root_request,
)
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.signing_request import (
    AuthoritySigningRequest,
    DeviceSigningRequest,
    OrganisationSigningRequest,
)
from firmware_sim.gbcs.certificate_build import CertificateRequest
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.distinguished_name import Name

IssuedRequest = DeviceSigningRequest | OrganisationSigningRequest | AuthoritySigningRequest
"""The requests for which this PKI issues."""

_DCA = frozenset({CertificateKind.ROOT_DCA, CertificateKind.ISSUING_DCA})


@dataclass(frozen=True, slots=True)
class CertificationAuthority:
    """One issuer.

    Attributes:
        key: its name and private key; of a root that certifies itself, that root's.
        live_roots: the kinds of root that there is a certificate of already.
    """

    key: IssuingKey
    parameters: Parameters
    suite: CryptoSuite
    live_roots: Collection[RootKind] = ()

    def issue(
        self,
        request: IssuedRequest,
        serial: int,
        adjust: Callable[[CertificateRequest], CertificateRequest] = lambda content: content,
    ) -> bytes:
        """The certificate in DER, for an Eligible Subscriber.

        Args:
            adjust: what it says otherwise than the drill's own certificates, e.g. its validity.

        Raises:
            NotEligibleError: the applicant may not have it; names the clause.
        """
        require_eligible(request, self.live_roots)
        return self.key.issue(adjust(self._content(request, serial)), self.suite)

    def _content(self, request: IssuedRequest, serial: int) -> CertificateRequest:
        if isinstance(request, DeviceSigningRequest):
            return device_request(
                self.key,
                request.entity_id,
                request.usage,
                public_key=request.public_key,
                serial=serial,
                parameters=self.parameters,
            )
        if isinstance(request, OrganisationSigningRequest):
            return organisation_request(
                self.key,
                Name.of_party(request.role, request.unique_id),
                request.usage,
                public_key=request.public_key,
                serial=serial,
                parameters=self.parameters,
            )
        return self._authority(request, serial)

    def _authority(self, request: AuthoritySigningRequest, serial: int) -> CertificateRequest:
        content = (root_request if request.kind.is_root else issuing_request)(
            self.key,
            request.subject,
            public_key=request.public_key,
            serial=serial,
            parameters=self.parameters,
        )
        if request.kind in _DCA:
            content = replace(content, policies=(self.parameters.device_policy,))
        return replace(content, wrapped_contingency_key=request.wrapped_contingency_key)
