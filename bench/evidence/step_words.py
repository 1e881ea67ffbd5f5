"""Names of checks by which a record is understood."""

from typing import Final

REFUSED: Final = "refused by the device"
"""A message that a device must refuse in silence."""

REFUSED_IN_ANSWER: Final = "refused by the device, in its answer"
"""A command that a device must answer with a refusal."""

BY_CUSTODY: Final = "the command is signed with the protected key"
"""Skipped if custody signs nothing: then no device is sent it, and no further step is played."""
