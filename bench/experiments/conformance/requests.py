"""The certification request in a CS02c response: a message of its own, with its own signature."""

from firmware_sim.bench.experiments.conformance.payloads import payload_type, read_payload
from firmware_sim.bench.experiments.conformance.protections import Checked
from firmware_sim.gbcs.certification_request import (
    CertificationRequest,
    assemble_request,
    parse_certification_request,
    request_info,
)
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.device_certificates import IssueResponse


def request_in(message: Message) -> CertificationRequest | None:
    """The request that a message carries; None if it is no CS02c response, or holds a code.

    Raises:
        RemoteError: the payload is none of a CS02c response, or its request is none.
    """
    if payload_type(message) is not IssueResponse:
        return None
    payload = read_payload(message)
    if not isinstance(payload, IssueResponse) or not isinstance(payload.result, bytes):
        return None
    return parse_certification_request(payload.result)


def check_request(message: Message, suite: CryptoSuite) -> Checked | None:
    """Whether the request is signed with the key that it asks a certificate for."""
    try:
        request = request_in(message)
    except RemoteError:
        return Checked.BAD
    if request is None:
        return None
    return Checked.OK if request.is_self_signed(suite) else Checked.BAD


def built_again(request: CertificationRequest) -> bytes:
    """The request encoded from its values."""
    info = request_info(
        request.public_key,
        request.key_usage,
        request.entity_id,
        hardware_type=request.hardware_type,
    )
    return assemble_request(info, request.signature)
