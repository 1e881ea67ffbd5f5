"""Where two messages differ in header or content; signatures are made with different keys.

That goes for the certification request in a CS02c response too: its signature is made with the
key that it is about, so only what the signature covers is compared.
"""

from collections.abc import Sequence

from firmware_sim.bench.commands.ber import to_der
from firmware_sim.bench.experiments.conformance.requests import request_in
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.uses import USES, Language

_HEADER = ("cra", "counter", "originator", "target", "code", "date_time", "supplementary")


def difference(expected: Sequence[Message], actual: Sequence[bytes]) -> str:
    """The first difference in words; empty if all messages are equal.

    Payloads are compared with lengths in their shortest form. A MAC is compared where the
    expected payload has that form already, since it covers the octets as they were sent.
    """
    if len(actual) != len(expected):
        return f"{len(actual)} messages instead of {len(expected)}"
    for wanted, octets in zip(expected, actual, strict=True):
        try:
            found = _differs(wanted, parse_message(octets))
        except RemoteError as error:
            return f"an answer does not parse: {error}"
        if found:
            return found
    return ""


def mac_is_comparable(expected: Message) -> bool:
    """Whether a device that encodes in DER must send the very same MAC."""
    is_minimal = _content(expected)[1] == expected.payload
    return expected.mac is not None and not expected.signature and is_minimal


def _differs(expected: Message, actual: Message) -> str:
    for name in _HEADER:
        if getattr(expected, name) != getattr(actual, name):
            return (
                f"{name} is {_shown(getattr(actual, name))}, not {_shown(getattr(expected, name))}"
            )
    if _content(expected) != _content(actual):
        return f"the payload is {actual.payload.hex()}, not {_content(expected)[1].hex()}"
    if bool(expected.signature) != bool(actual.signature):
        return "one has a signature, the other has none"
    if (expected.mac is None) != (actual.mac is None):
        return "one has a MAC, the other has none"
    if mac_is_comparable(expected) and expected.mac != actual.mac:
        return "the MAC differs"
    return ""


def _content(message: Message) -> tuple[str, bytes]:
    """What is compared of a payload, after what it is; of one that is not ASN.1 every octet."""
    use = USES.get(message.code)
    if use is not None and use.language is not Language.ASN1:
        return "payload", message.payload
    try:
        request = request_in(message)
    except RemoteError:
        request = None  # none that can be taken apart: compared as it is
    if request is None:
        return "payload", _minimal(message.payload)
    return "certificationRequestInfo", request.info


def _minimal(payload: bytes) -> bytes:
    try:
        return to_der(payload)[0]
    except RemoteError:
        return payload  # no DER at all: compared as it is


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
