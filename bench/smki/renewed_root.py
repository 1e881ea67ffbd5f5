"""A root certificate for the root's present key, with the contingency key of the next root."""

from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import CryptoSuite


def renewed_root(pki: DrillPki, suite: CryptoSuite) -> bytes:
    """The certificate in DER.

    It names its own key as that of its issuer, so it is also what vouches for itself under the
    present root (policy normal_root): the key that signs it is the same.
    """
    held = pki.authority(CertificateKind.ROOT_OCA)
    present = held.certificate
    request = CertificateRequest(
        serial=present.serial + 1,
        issuer=present.subject,
        subject=present.subject,
        not_before=present.not_before,
        not_after=present.not_after,
        public_key=present.public_key,
        key_usages=present.key_usages,
        policies=present.policies,
        is_authority=True,
        authority_key_identifier=present.key_identifier,
        wrapped_contingency_key=pki.root(2).wrapped_contingency_key,
    )
    return build_certificate(request, held.private_key or b"", suite)
