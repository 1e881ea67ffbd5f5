"""The SMI Status of a device: whether it is installed, and whether it counts (SEC L10.30(a)(i)).

Section L names two of these. The others are those of the DCC's user interface specification.
"""

from enum import StrEnum
from typing import Annotated

from firmware_sim.bench.files.terms import named


class SmiStatus(StrEnum):
    """What the Smart Metering Inventory says of a device."""

    PENDING = "pending"
    WHITELISTED = "whitelisted"
    INSTALLED_NOT_COMMISSIONED = "installed not commissioned"
    COMMISSIONED = "commissioned"
    DECOMMISSIONED = "decommissioned"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    RECOVERY = "recovery"
    RECOVERED = "recovered"


Smi = Annotated[SmiStatus, named({status.value: status for status in SmiStatus}, "SMI Status")]
"""The same as a file writes it."""
