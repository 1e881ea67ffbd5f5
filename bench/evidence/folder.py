"""What stands where in the folder of a run: the ledger, the messages, the flash images.

Only the owner may look into the folder: it holds every key of its drill.
"""

import re
from pathlib import Path

from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import MessageRow
from firmware_sim.bench.files.whole_files import new_file, own_folder
from firmware_sim.gbcs.identifiers import EntityId

LEDGER_NAME = "run.sqlite"
REPORT_NAME = "report.html"
IMAGES_FOLDER = "images"
MESSAGES_FOLDER = "messages"
FILE_LIMIT = 100
"""Of so many devices images and messages are kept as files; of more, only the digests."""


def new_ledger_file(folder: Path) -> Path:
    """Make the folder (mode 0700) and an empty ledger file in it (mode 0600).

    A folder that is there keeps its mode: it may hold more than this run. All files of the run are
    their owner's alone.

    Raises:
        UsageError: the folder holds a run already.
        BenchError: it cannot be made.
    """
    path = make_run_folder(folder) / LEDGER_NAME
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise UsageError(f"{folder} already holds a run", "choose another --out") from error
    except OSError as error:
        raise _cannot_make(folder, error) from error
    return path


def make_run_folder(folder: Path) -> Path:
    """Make it with mode 0700; one that is there keeps its mode.

    Raises:
        BenchError: it cannot be made.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
            folder.chmod(0o700)
    except OSError as error:
        raise _cannot_make(folder, error) from error
    return folder


def _cannot_make(folder: Path, error: OSError) -> BenchError:
    problem = f"cannot make the run folder {folder}: {error.strerror}"
    return BenchError(problem, "choose another --out")


def image_name(entity: str, phase: str) -> str:
    """File name of an image inside the run's folder."""
    suffix = ".before.bin" if phase == "before" else ".bin"
    return f"{IMAGES_FOLDER}/{entity}{suffix}"


def write_image(folder: Path, entity: EntityId, phase: str, octets: bytes) -> None:
    """Write one image as it was, private keys included."""
    path = folder / image_name(str(entity), phase)
    own_folder(path.parent)
    with new_file(path) as file:
        file.write(octets)


def message_name(message: MessageRow) -> str:
    """Name inside the run's folder; ``_blanked.hex`` if an older version took a secret out."""
    way = "to" if message.direction == "to device" else "from"
    use_case = re.sub(r"[^A-Za-z0-9]+", "-", message.use_case).strip("-") or "unreadable"
    mark = "_blanked" if message.blanked else ""
    return f"{MESSAGES_FOLDER}/{message.id:04d}_{message.device}_{way}_{use_case}{mark}.hex"


def has_files(record: RunRecord) -> bool:
    """Whether messages and images of this run are kept as files."""
    return len(record.devices) <= FILE_LIMIT


def write_messages(record: RunRecord, folder: Path) -> None:
    """Write a file for every message, if the run has at most 100 devices.

    Each holds one line of hexadecimal digits, ready for ``message send``.
    """
    if not has_files(record):
        return
    own_folder(folder / MESSAGES_FOLDER)
    for message in record.messages:
        if message.octets is not None:
            with new_file(folder / message_name(message)) as file:
                file.write(f"{message.octets}\n".encode("ascii"))
