"""A root certificate for the root's present key, with the contingency key of the next root."""

from dataclasses import replace

from firmware_sim.bench.smki.certification import CertificationAuthority
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.signing_request import AuthoritySigningRequest, the_dcc
from firmware_sim.gbcs.certificate_build import CertificateRequest
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.roles import RemotePartyRole


def renewed_root(pki: DrillPki, suite: CryptoSuite) -> bytes:
    """The certificate in DER.

    It names its own key as that of its issuer, so it is also what vouches for itself under the
    present root (policy normal_root): the key that signs it is the same.
    """
    held = pki.authority(CertificateKind.ROOT_OCA)
    present = held.certificate
    issuer = IssuingKey.of(present, held.private_key or b"")
    request = AuthoritySigningRequest(
        the_dcc(RemotePartyRole.ROOT),
        held.kind,
        present.subject,
        present.public_key,
        replaces_root=True,
        wrapped_contingency_key=pki.root(2).wrapped_contingency_key,
    )

    def as_present(content: CertificateRequest) -> CertificateRequest:
        return replace(
            content,
            not_before=present.not_before,
            not_after=present.not_after,
            policies=present.policies,
        )

    authority = CertificationAuthority(issuer, Parameters(), suite, (held.kind,))
    return authority.issue(request, present.serial + 1, as_present)
