"""Certificates of an attacker's: a link that a wrong key signed, a root that was altered."""

from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_build import signature_value
from firmware_sim.gbcs.certificate_fields import SIGNATURE_ALGORITHM
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.payloads.update_credentials import Replacement


def forged_link(pki: DrillPki, suite: CryptoSuite, root: int = 2) -> bytes:
    """The link certificate for a root in DER, signed by its own key in place of the old root's.

    Raises:
        PkiError: the PKI was imported without the new root's private key.
    """
    key = pki.authority(CertificateKind.ROOT_OCA, root).private_key
    if key is None:
        raise PkiError("a link certificate cannot be forged without the new root's private key")
    tbs = pki.root_link(root).tbs
    signature = der.BitString(signature_value(suite.sign(key, tbs)), 0)
    return der.in_sequence(tbs + SIGNATURE_ALGORITHM + der.encode(signature))


def with_damaged_key(replacement: Replacement) -> Replacement:
    """The same root with one bit of its wrapped contingency key turned; others as they are."""
    wrapped = parse_certificate(replacement.certificate).wrapped_contingency_key
    if wrapped is None:
        return replacement
    damaged = wrapped[:-1] + bytes((wrapped[-1] ^ 1,))
    return replacement._replace(certificate=replacement.certificate.replace(wrapped, damaged))
