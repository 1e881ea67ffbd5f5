"""What stands in a message, as plain values: one shape for the tree on screen and for JSON."""

from firmware_sim.bench.cli.message.certificate_payload import certificate_fields
from firmware_sim.bench.cli.message.payload import payload_fields
from firmware_sim.bench.cli.message.payload_words import Fields
from firmware_sim.gbcs.blocks import Block
from firmware_sim.gbcs.envelope import Supplementary
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.times import decode_date_time
from firmware_sim.gbcs.use_cases import use_case_name

_CLOCK = {0: "reliable", 1: "invalid", 2: "unreliable"}


def headline(message: Message) -> str:
    """One line: ``CS02a Command, counter 7, 90b3… to 00db…``."""
    return (
        f"{use_case_name(message.code)} {message.cra.name.title()}, counter {message.counter}, "
        f"{message.originator} to {message.target}"
    )


def headline_of(octets: bytes) -> str:
    """As `headline`; of octets that are no message, their number."""
    try:
        return headline(parse_message(octets))
    except RemoteError:
        return f"{len(octets)} octets that are no message"


def message_fields(message: Message) -> Fields:
    """The envelope, and the payload where the project knows the use case.

    Raises:
        RemoteError: the payload is not what the use case says.
    """
    return {**envelope_fields(message), "payload": payload_fields(message)}


def envelope_fields(message: Message) -> Fields:
    """Everything but the payload."""
    fields: Fields = {
        "use_case": use_case_name(message.code),
        "code": f"{message.code:04x}",
        "kind": message.cra.name.title(),
        "originator": str(message.originator),
        "target": str(message.target),
        "counter": message.counter,
        "octets": len(message.build()),
        "signature": _presence(message.signature),
        "mac": "present" if message.mac is not None else "none",
    }
    if message.date_time:
        fields["time"] = _time(message.date_time)
    return fields if message.supplementary is None else fields | _behalf(message.supplementary)


def _behalf(user: Supplementary) -> Fields:
    fields: Fields = {"on_behalf_of": str(user.party)}
    if user.counter is not None:
        fields["on_behalf_of_counter"] = user.counter
    if user.originator_counter is not None:
        fields["on_behalf_of_originator_counter"] = user.originator_counter
    if user.certificate:
        fields["on_behalf_of_certificate"] = certificate_fields(user.certificate)
    return fields


def block_headline(block: Block) -> str:
    """One line: ``block 2 of a CS02b … Command, counter 7, 90b3… to 00db…``."""
    route = block.route
    return (
        f"block {block.number} of a {use_case_name(route.code)} {route.cra.name.title()}, "
        f"counter {route.counter}, {route.originator} to {route.target}"
    )


def block_fields(block: Block) -> Fields:
    """A block of a General Block Transfer; what it carries is part of a message, not read."""
    route = block.route
    return {
        "use_case": use_case_name(route.code),
        "code": f"{route.code:04x}",
        "kind": route.cra.name.title(),
        "originator": str(route.originator),
        "target": str(route.target),
        "counter": route.counter,
        "block": block.number,
        "last": block.last,
        "streaming": block.streaming,
        "window": block.window,
        "acknowledged": block.acknowledged,
        "data_octets": len(block.data),
    }


def _presence(signature: bytes | None) -> str:
    if signature is None:
        return "no field"
    return "present" if signature else "empty"


def _time(octets: bytes) -> str:
    try:
        at, status = decode_date_time(octets)
    except RemoteError as error:
        return f"{octets.hex()} ({error.reason})"
    return f"{at.isoformat()} (clock {_CLOCK.get(status, f'status {status:02x}')})"
