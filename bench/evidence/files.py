"""Every message of a run as a file: hexadecimal, one line, ready for ``message send``."""

import re
from pathlib import Path

from firmware_sim.bench.evidence.images import FILE_LIMIT
from firmware_sim.bench.evidence.record import MessageRow, Record

MESSAGES_FOLDER = "messages"


def message_name(message: MessageRow) -> str:
    """Name inside the run's folder; it ends in ``_blanked.hex`` if a secret was taken out."""
    way = "to" if message.direction == "to device" else "from"
    use_case = re.sub(r"[^A-Za-z0-9]+", "-", message.use_case).strip("-") or "unreadable"
    mark = "_blanked" if message.blanked else ""
    return f"{MESSAGES_FOLDER}/{message.id:04d}_{message.device}_{way}_{use_case}{mark}.hex"


def has_files(record: Record) -> bool:
    """Whether messages and images of this run are kept as files."""
    return len(record.devices) <= FILE_LIMIT


def write_messages(record: Record, folder: Path) -> None:
    """Write the files, if the run has at most 100 devices."""
    if not has_files(record):
        return
    (folder / MESSAGES_FOLDER).mkdir(mode=0o700, exist_ok=True)
    for message in record.messages:
        if message.octets is not None:
            (folder / message_name(message)).write_text(f"{message.octets}\n", encoding="ascii")
