"""Whether a message survives parsing and building, and its payload decoding and encoding."""

from enum import Enum
from typing import NamedTuple

from firmware_sim.bench.commands.ber import to_der
from firmware_sim.bench.experiments.conformance.payloads import Payload, payload_type
from firmware_sim.bench.experiments.conformance.requests import built_again, request_in
from firmware_sim.gbcs.der import minimal_lengths
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message


class Form(Enum):
    """How what was encoded compares with what was read."""

    IDENTICAL = "identical"
    NON_DER = "non_der"
    """The original is BER but not DER; nothing else differs."""
    DIFFERS = "differs"


class RoundTrip(NamedTuple):
    """The comparison; `reason` is empty if all octets are identical."""

    form: Form
    reason: str = ""


def round_trip(octets: bytes, message: Message) -> RoundTrip:
    """Build the message again, and encode its payload again if it has typed values."""
    if message.build() != octets:
        return RoundTrip(Form.DIFFERS, "the envelope is built otherwise")
    payload = payload_type(message)
    if payload is None:
        return RoundTrip(Form.IDENTICAL)
    found = _payload(message, payload)
    return _request(message) if found.form is Form.IDENTICAL else found


def _request(message: Message) -> RoundTrip:
    """The certification request in the payload, if there is one, from its own values."""
    try:
        request = request_in(message)
        is_same = request is None or built_again(request) == request.octets
    except GbcsError as error:
        return RoundTrip(Form.DIFFERS, str(error))
    reason = "the certification request is encoded otherwise"
    return RoundTrip(Form.IDENTICAL) if is_same else RoundTrip(Form.DIFFERS, reason)


def _payload(message: Message, payload: type[Payload]) -> RoundTrip:
    octets = message.payload
    # A device takes no command with a DEFAULT written out; of answers it is tolerated.
    is_command = message.cra is CraFlag.COMMAND
    try:
        minimal = minimal_lengths(octets) if is_command else to_der(octets)[0]
        encoded = payload.decode(minimal).encode()
    except GbcsError as error:
        return RoundTrip(Form.DIFFERS, str(error))
    if encoded != minimal:
        return RoundTrip(Form.DIFFERS, "the payload is encoded otherwise")
    if minimal == octets:
        return RoundTrip(Form.IDENTICAL)
    excess = len(octets) - len(minimal)
    return RoundTrip(Form.NON_DER, f"not DER: octets more than DER has: {excess}")
