"""What the ledger keeps of a flash image: its layout and its wear, never its contents."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from firmware_sim.bench.evidence.flash_layout import FlashLayout
from firmware_sim.machine.image.scan import ImageError
from firmware_sim.machine.image.wear import least_erases

PUT_FLASH: Final = """
INSERT OR REPLACE INTO flash
VALUES (:device, :phase, :erases, :counted, :layout_id, :problem)
"""
PUT_LAYOUT: Final = """
INSERT OR IGNORE INTO flash_layout SELECT :layout_id, :layout WHERE :layout_id != ''
"""


def flash_entry(
    image: bytes, erases: Sequence[int] | None, *, with_layout: bool
) -> dict[str, str | bool]:
    """The values that `PUT_LAYOUT` and `PUT_FLASH` store of an image.

    If it does not open, `problem` says why, and the rest is empty.

    Args:
        erases: of each block, as the flash counted them; None if it does not count.
    """
    layout, known, problem = "", list(erases or ()), ""
    try:
        if with_layout:
            layout = FlashLayout.of(image).as_json()
        if erases is None:
            known = list(least_erases(image))
    except ImageError as error:
        problem = error.reason
    return {
        "erases": json.dumps(known),
        "counted": erases is not None,
        "layout": layout,
        "layout_id": sha256(layout.encode()).hexdigest()[:16] if layout else "",
        "problem": problem,
    }
