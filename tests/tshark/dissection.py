"""What stock tshark reads in a capture file: header fields by name, payloads value by value."""

import os
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.requirements import require_tool

_BINDING = 'uat:user_dlts:"User 0 (DLT=147)","gbcs_message","0","","0",""'
_PAYLOAD = "GBCS ASN.1"
_BITS_PADDING = "ber.bitstring.padding"


class Value(NamedTuple):
    """One BER value: `octets` is its content; a BIT STRING's starts with its padding octet."""

    kind: str
    octets: bytes
    children: tuple["Value", ...] = ()


@dataclass
class Frame:
    """One message as tshark shows it.

    Attributes:
        fields: what it shows for a field's name, the first of each.
        payload: the values of an ASN.1 payload.
        complaints: malformed or dubious, in tshark's words.
    """

    fields: dict[str, str] = field(default_factory=dict)
    payload: tuple[Value, ...] = ()
    complaints: list[str] = field(default_factory=list)


def dissect(capture: Path, home: Path) -> list[Frame]:
    """Every message in a capture file; `home` is an empty folder, so that no preference counts."""
    command = [str(require_tool("tshark")), "-r", str(capture), "-o", _BINDING, "-n", "-T", "pdml"]
    environment = {"HOME": str(home), "TZ": "UTC", "LC_ALL": "C", "PATH": os.environ["PATH"]}
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=600)
    return [_frame(packet) for packet in ET.fromstring(done.stdout).iter("packet")]


def _frame(packet: ET.Element) -> Frame:
    frame = Frame()
    for element in packet.iter("field"):
        name, show = element.get("name", ""), element.get("show", "")
        frame.fields.setdefault(name, show)
        if show == _PAYLOAD:
            frame.payload = tuple(_values(element))
    for element in packet.iter():
        name = element.get("name", "")
        if name.startswith(("_ws.malformed", "_ws.expert.message", "_ws.short")):
            frame.complaints.append(element.get("showname") or name)
    return frame


def _values(parent: ET.Element) -> Iterator[Value]:
    padding = b""
    for element in parent.findall("field"):
        octets = bytes.fromhex(element.get("value", ""))
        shown = element.get("showname", "")
        if element.get("name") == _BITS_PADDING:
            padding = octets
            continue
        if element.get("name") == "":
            yield Value(element.get("show", ""), octets, tuple(_values(element)))
        elif shown.startswith("[CONTEXT"):
            # Of a primitive value with a tag of its own, tshark tells the octets in its text.
            kind, _, text = shown.partition("] ")
            yield Value(f"{kind}]", bytes.fromhex(text))
        else:
            kind = shown.partition(":")[0].removesuffix(" tag")
            yield Value(kind, padding + octets)
        padding = b""
