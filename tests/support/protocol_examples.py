"""The examples of hw/PROTOCOL.md, read out of the document."""

import re
from pathlib import Path

from firmware_sim.devices.links.framing import Frame

DOCUMENT = Path(__file__).parents[2] / "hw" / "PROTOCOL.md"
_FIELD = re.compile(r"(type|sequence|payload|check|line) *(.*)")


def _fields(block: str) -> dict[str, bytes]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        match = _FIELD.match(line)
        if match:
            name, text = match.groups()
        else:
            text = line
        fields[name] = fields.get(name, "") + text
    return {name: bytes.fromhex(text) for name, text in fields.items()}


BLOCKS = [
    _fields(block)
    for block in re.findall(
        r"^```frame\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL
    )
]
EXAMPLES = [Frame(fields["type"][0], fields["sequence"][0], fields["payload"]) for fields in BLOCKS]
