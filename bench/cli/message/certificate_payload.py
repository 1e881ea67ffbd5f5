"""Certificates as plain values: in a command, and what CS02c, CS02d and CS02e ask and answer."""

from enum import IntEnum

from firmware_sim.bench.cli.message.payload_words import Fields, coded
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.certification_request import parse_certification_request
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.payloads.device_certificates import (
    CertificateCommand,
    InstallResponse,
    IssueResponse,
    KeyUsageQuery,
    ProvideResponse,
)
from firmware_sim.gbcs.roles import KeyUsage


def certificate_fields(octets: bytes) -> Fields:
    """A certificate in few words: whose it is, its key, its length."""
    try:
        certificate = parse_certificate(octets)
    except RemoteError as error:
        return {"certificate": f"does not parse: {error.reason}"}
    fields: Fields = {
        "subject": in_one_line(str(certificate.subject)),
        "key_identifier": certificate.key_identifier.hex(),
        "octets": len(octets),
    }
    # A Device Certificate has an empty subject: the Device stands in its subjectAltName.
    if certificate.device_entity_id is not None:
        fields["device"] = str(certificate.device_entity_id)
    return fields


def usage_query_fields(payload: bytes) -> Fields:
    """A command that names a key usage."""
    names = {usage.value: usage.label for usage in KeyUsage}
    bits = sorted(KeyUsageQuery.decode(payload).usages)
    return {"key_usage": [names.get(bit, f"bit {bit}") for bit in bits]}


def issued_fields(payload: bytes) -> Fields:
    """The answer to CS02c."""
    result = IssueResponse.decode(payload).result
    if isinstance(result, IntEnum):
        return {"code": coded(result)}
    request = parse_certification_request(result)
    return {
        "request_for": str(request.entity_id),
        "key_usage": request.key_usage.label,
        "hardware_type": request.hardware_type,
        "octets": len(result),
    }


def brought_fields(payload: bytes) -> Fields:
    """The command of CS02d."""
    return certificate_fields(CertificateCommand.decode(payload).certificate)


def installed_fields(payload: bytes) -> Fields:
    """The answer to CS02d."""
    return {"code": coded(InstallResponse.decode(payload).code)}


def provided_fields(payload: bytes) -> Fields:
    """The answer to CS02e."""
    result = ProvideResponse.decode(payload).result
    return {"code": coded(result)} if isinstance(result, IntEnum) else certificate_fields(result)
