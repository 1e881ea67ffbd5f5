"""Certificates that no device may take: each looks right but for who signed it."""

from firmware_sim.bench.experiments.board_check.checked_device import SUITE, pki
from firmware_sim.bench.smki.issuing import IssuingKey, issuing_request, organisation_request
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

_SERIAL = 666
_VALUES = Parameters()


def own_key(label: str) -> bytes:
    """A private key that is in no certificate of the PKI."""
    return generate_private_key(HmacDrbg(b"of no certificate".ljust(32, b"\0"), label.encode()))


def signed_by_another(cell: TrustAnchorCellId) -> tuple[Replacement, tuple[bytes, ...]]:
    """In the name of the Issuing OCA, signed with another key; with the path to the root."""
    issuing = pki().issuing()
    return _leaf(cell, IssuingKey.of(issuing, own_key("issuing"))), (issuing.octets,)


def by_own_authority(cell: TrustAnchorCellId) -> tuple[Replacement, tuple[bytes, ...]]:
    """By an authority whose certificate is in the name of the root, signed with another key."""
    key = own_key("authority")
    request = issuing_request(
        IssuingKey.of(pki().root(), own_key("root")),
        Name.of_authority("Another Issuing", RemotePartyRole.ISSUING_AUTHORITY),
        public_key=SUITE.public_key(key),
        serial=_SERIAL,
        parameters=_VALUES,
    )
    authority = IssuingKey.of(pki().root(), own_key("root")).issue(request, SUITE)
    return _leaf(cell, IssuingKey.of(parse_certificate(authority), key)), (authority,)


def by_a_party(cell: TrustAnchorCellId) -> tuple[Replacement, tuple[bytes, ...]]:
    """By a party, whose certificate is good but not that of an authority."""
    party: Certificate = pki().party(cell.role).certificate(KeyUsage.DIGITAL_SIGNATURE)
    key = pki().party(cell.role).private_key(KeyUsage.DIGITAL_SIGNATURE)
    return _leaf(cell, IssuingKey.of(party, key)), (pki().issuing().octets, party.octets)


def _leaf(cell: TrustAnchorCellId, issuer: IssuingKey) -> Replacement:
    request = organisation_request(
        issuer,
        Name.of_party(cell.role, pki().party(cell.role).entity_id),
        cell.key_usage,
        public_key=SUITE.public_key(own_key("party")),
        serial=_SERIAL,
        parameters=_VALUES,
    )
    return Replacement(issuer.issue(request, SUITE), cell)
