"""Certificates for the devices' own keys, from a Device authority that no device knows."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import UNDEFINED_EXPIRY, key_identifier_of
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.support.pki import NOT_BEFORE, SUITE, key, serial

POLICY = "1.2.826.0.1.1800000.1.2.1.4"
HARDWARE_TYPE = "1.2.826.0.1.8641679.1.2.2.1"


def authority_name(number: int = 1) -> Name:
    return Name.of_authority(f"Test Device CA {number}", RemotePartyRole.ISSUING_AUTHORITY)


@lru_cache(512)
def _certificate(
    public_key: bytes, usage: KeyUsage, entity: EntityId, changes: tuple[tuple[str, Any], ...]
) -> bytes:
    issuer = key("device authority")
    request = CertificateRequest(
        serial=serial(f"{entity} {usage.name} {public_key.hex()}"),
        issuer=authority_name(),
        subject=Name.build(()),
        not_before=NOT_BEFORE,
        not_after=UNDEFINED_EXPIRY,
        public_key=public_key,
        key_usages=frozenset({usage.value}),
        policies=(POLICY,),
        authority_key_identifier=key_identifier_of(SUITE.public_key(issuer)),
        device_entity_id=entity,
        hardware_type=HARDWARE_TYPE,
    )
    return build_certificate(replace(request, **dict(changes)), issuer, SUITE)


def device_certificate(
    public_key: bytes, usage: KeyUsage, entity: EntityId, **changes: Any
) -> bytes:
    """A conforming Device Certificate; `changes` replace fields of the request."""
    return _certificate(public_key, usage, entity, tuple(changes.items()))
