"""What we read in a message, against what tshark shows of it."""

from collections.abc import Iterator
from datetime import datetime

from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.certification_request import parse_certification_request
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.times import decode_date_time
from tests.tshark.dissection import Frame, Value
from tests.tshark.typed_trees import Tree, tree_of

_HEADER = "gbcs_message.grouping_header."


def differences(message: Message, frame: Frame) -> list[str]:
    """Where tshark reads otherwise than we do; empty if nowhere."""
    found = [*frame.complaints, *_header_differences(message, frame)]
    expected = tree_of(message)
    if expected is not None:
        found += _compare("payload", expected, frame.payload)
    return found


def _header_differences(message: Message, frame: Frame) -> Iterator[str]:
    shown = frame.fields
    actual = {
        "cra": int(shown.get(f"{_HEADER}cra_flag", "-1"), 16),
        "counter": int(shown.get(f"{_HEADER}originator_counter", "-1")),
        "originator": shown.get(f"{_HEADER}business_originator_id"),
        "target": shown.get(f"{_HEADER}business_target_id"),
        "code": int(shown.get(f"{_HEADER}message_code", "-1"), 16),
        "time": _time(shown.get(f"{_HEADER}date_time")),
        "signature": _octets(shown.get("gbcs_message.krp")),
        "mac": _octets(shown.get("gbcs_message.mac")),
        "security": shown.get("gbcs_message.mac_header.security_control_byte"),
        "invocation": shown.get("gbcs_message.mac_header.invocation_counter"),
    }
    has_mac = message.mac is not None
    wanted = {
        "cra": int(message.cra),
        "counter": message.counter,
        "originator": message.originator.hex(":"),
        "target": message.target.hex(":"),
        "code": int(message.code),
        "time": decode_date_time(message.date_time)[0] if message.date_time else None,
        "signature": message.signature or None,
        "mac": message.mac,
        "security": "0x11" if has_mac else None,
        "invocation": "0x00000000" if has_mac else None,
    }
    for name, value in wanted.items():
        if actual[name] != value:
            yield f"{name}: we read {value!r}, tshark {actual[name]!r}"


def _time(shown: str | None) -> datetime | None:
    if shown is None:
        return None
    whole, _, fraction = shown.partition(".")
    return datetime.strptime(f"{whole} {fraction[9:].strip()}+0000", "%b %d, %Y %H:%M:%S UTC%z")


def _octets(shown: str | None) -> bytes | None:
    return None if shown is None else bytes.fromhex(shown.replace(":", ""))


def _compare(where: str, expected: list[Tree], actual: tuple[Value, ...]) -> Iterator[str]:
    if len(expected) != len(actual):
        yield f"{where}: {len(expected)} values expected, tshark shows {len(actual)}"
        return
    for number, (tree, value) in enumerate(zip(expected, actual, strict=True)):
        yield from _compare_one(f"{where}.{number}", tree, value)


def _compare_one(where: str, tree: Tree, value: Value) -> Iterator[str]:
    content = tree.content
    if tree.kind == "DER":
        assert isinstance(content, bytes)
        yield from _compare_der(where, content, value)
    elif value.kind != tree.kind:
        yield f"{where}: {tree.kind} expected, tshark shows {value.kind}"
    elif isinstance(content, list):
        yield from _compare(where, content, value.children)
    else:
        shown = value.octets
        found = int.from_bytes(shown, "big", signed=True) if isinstance(content, int) else shown
        if found != content:
            yield f"{where}: {content!r} expected, tshark shows {found!r}"


def _compare_der(where: str, octets: bytes, value: Value) -> Iterator[str]:
    """Where it starts and ends; and in it, the public key and the key identifier."""
    head = len(octets) - len(value.octets)
    if value.kind != "SEQUENCE" or octets[head:] != value.octets or head not in (2, 3, 4):
        yield f"{where}: other octets than those of the certificate or request"
        return
    inside = {(each.kind, each.octets) for each in _everything(value)}
    for name, wanted in _known_values(octets):
        if wanted not in inside:
            yield f"{where}: tshark does not show the {name} that we read"


def _known_values(octets: bytes) -> Iterator[tuple[str, tuple[str, bytes]]]:
    try:
        certificate = parse_certificate(octets)
    except RemoteError:
        request = parse_certification_request(octets)
        yield "public key", ("BITSTRING", b"\0" + request.public_key)
        return
    yield "public key", ("BITSTRING", b"\0" + certificate.public_key)
    yield "key identifier", ("OCTETSTRING", b"\x04\x08" + certificate.key_identifier)


def _everything(value: Value) -> Iterator[Value]:
    yield value
    for child in value.children:
        yield from _everything(child)
