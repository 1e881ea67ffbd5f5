"""What wrong keys make: a link, a command's signature, a root that was altered."""

from dataclasses import replace

from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.drills.attackers_keys import attackers_key
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs import der
from firmware_sim.gbcs.certificate_build import signature_value
from firmware_sim.gbcs.certificate_fields import SIGNATURE_ALGORITHM
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import CryptoSuite, P256Suite
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.roles import KeyUsage


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


def with_wrong_signature(command: Message) -> Message:
    """The command signed by a key that stands in no device; as it is if it has no signature."""
    if not command.signature:
        return command
    signer = KeySigner(attackers_key(KeyUsage.DIGITAL_SIGNATURE, 1), P256Suite())
    return replace(command, signature=signer.sign(command.signed_octets()))


def with_damaged_key(replacement: Replacement) -> Replacement:
    """The same root with one bit of its wrapped contingency key turned; others as they are."""
    wrapped = parse_certificate(replacement.certificate).wrapped_contingency_key
    if wrapped is None:
        return replacement
    damaged = wrapped[:-1] + bytes((wrapped[-1] ^ 1,))
    return replacement._replace(certificate=replacement.certificate.replace(wrapped, damaged))
