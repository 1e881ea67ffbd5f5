"""One number for what a device trusts: the same for two images exactly if all their records are.

Where the records stand does not matter, nor what was superseded: an image and its compaction
have one digest. A board computes the same, so the two can be compared after every command.
"""

from collections.abc import Mapping
from hashlib import sha256

from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.image.areas import contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.scan import scan_journal


def trust_store_digest(image: bytes, geometry: Geometry | None = None) -> bytes:
    """SHA-256, 32 octets, over all live entries of an image; see `entries_digest`.

    Args:
        geometry: that of the flash; by default the one that a superblock names.

    Raises:
        ImageError: a device would not start from this image.
    """
    geometry = geometry or geometry_of(image)
    valid = valid_areas(geometry, contents_of(image, geometry))[0]
    scan = scan_journal(valid.octets, valid.superblock.generation, geometry.erased_value)
    return entries_digest(scan.live)


def entries_digest(live: Mapping[tuple[int, int], bytes]) -> bytes:
    """SHA-256 over whole put entries, header and body, in order of (kind, index)."""
    return sha256(b"".join(live[key] for key in sorted(live))).digest()
