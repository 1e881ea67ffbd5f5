"""How long a test waits for what must come."""

import os
from typing import Final

PLANTED: Final = "FIRMWARE_SIM_TESTS_PLANTED"
"""Set where a bug is planted: what must come may never come then."""

_SHARE: Final = 0.2


def at_most(seconds: float) -> float:
    """Far above what a busy machine takes, as it only ends what hangs; less under a planted bug."""
    return seconds * _SHARE if os.environ.get(PLANTED) else seconds
