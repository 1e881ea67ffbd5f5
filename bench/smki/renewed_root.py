"""A root certificate for the root's present key, with the contingency key of the next root."""

from dataclasses import replace

from firmware_sim.bench.smki.issuing import IssuingKey, root_request
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import CryptoSuite


def renewed_root(pki: DrillPki, suite: CryptoSuite) -> bytes:
    """The certificate in DER.

    It names its own key as that of its issuer, so it is also what vouches for itself under the
    present root (policy normal_root): the key that signs it is the same.
    """
    held = pki.authority(CertificateKind.ROOT_OCA)
    present = held.certificate
    issuer = IssuingKey.of(present, held.private_key or b"")
    request = root_request(
        issuer,
        present.subject,
        public_key=present.public_key,
        serial=present.serial + 1,
        parameters=Parameters(),
    )
    renewed = replace(
        request,
        not_before=present.not_before,
        not_after=present.not_after,
        policies=present.policies,
        wrapped_contingency_key=pki.root(2).wrapped_contingency_key,
    )
    return issuer.issue(renewed, suite)
