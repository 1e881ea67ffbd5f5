"""Names of checks by which a record is understood."""

from typing import Final

REFUSED: Final = "refused by the device"
"""A message that a device must refuse in silence."""

REFUSED_IN_ANSWER: Final = "refused by the device, in its answer"
"""A command that a device must answer with a refusal."""
