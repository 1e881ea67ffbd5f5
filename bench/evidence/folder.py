"""Flash images of a run, as files: ``images/<entity>.before.bin`` and ``images/<entity>.bin``."""

from pathlib import Path

from firmware_sim.bench.evidence.redact import Redactor
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.image.blank import blank_secrets
from firmware_sim.machine.image.scan import ImageError

IMAGES_FOLDER = "images"
FILE_LIMIT = 100
"""Of so many devices images and messages are kept as files; of more, only the digests."""


def image_name(entity: str, phase: str) -> str:
    """File name of an image inside the run's folder."""
    suffix = ".before.bin" if phase == "before" else ".bin"
    return f"{IMAGES_FOLDER}/{entity}{suffix}"


def write_image(
    folder: Path, entity: EntityId, phase: str, octets: bytes, redactor: Redactor
) -> None:
    """Write one image; private keys and travelling secrets are blanked if the redactor is on.

    Nothing is written of an image that is damaged so far that nobody can say where they stand.
    """
    path = folder / image_name(str(entity), phase)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if redactor.enabled:
        try:
            octets = redactor.octets(blank_secrets(octets)).octets
        except ImageError:
            return
    path.write_bytes(octets)
