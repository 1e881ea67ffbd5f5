"""The certificates that SMKI has issued to the attacker of a drill, in its own name."""

from functools import cache
from typing import Final

from firmware_sim.bench.adversary.forged_certificates import ADVERSARY, leaf_for, own_key
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.roles import KeyUsage

ATTACKER: Final = "the attacker"
"""Whose certificates they are; it has blanks, so that no organisation of a story is named so."""


@cache
def attackers_key(usage: KeyUsage, number: int) -> bytes:
    """One of its private keys, a 32-octet scalar, by usage and number from 1."""
    return own_key(f"{usage.label} of a drill {number}")


def attackers_certificate(pki: DrillPki, usage: KeyUsage, number: int) -> Certificate:
    """The certificate for that key, by the first Issuing OCA.

    Raises:
        BenchError: the drill does not have that authority's key.
    """
    return _issued(issuer_of(pki), usage, number)


def issuer_of(pki: DrillPki) -> IssuingKey:
    """The first Issuing OCA, which certifies the attacker as any subscriber.

    Raises:
        BenchError: the drill does not have its key.
    """
    holding = pki.authority(CertificateKind.ISSUING_OCA)
    if holding.private_key is None:
        raise BenchError("the Issuing OCA's key is not in the drill, so that it issues nothing")
    return IssuingKey.of(holding.certificate, holding.private_key)


@cache
def _issued(issuer: IssuingKey, usage: KeyUsage, number: int) -> Certificate:
    key = attackers_key(usage, number)
    return parse_certificate(leaf_for(issuer, usage, ADVERSARY, key))
