"""`do: read back`: devices are asked which credentials each cell holds."""

from typing import Literal

from pydantic import Field

from firmware_sim.bench.drills.held_terms import Held
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.selection import CellSelector
from firmware_sim.bench.drills.sending_step import SendingStep

Expectation = Literal["accepted"] | RefusalExpected


class ReadBackStep(SendingStep):
    """CS02a, and the flash image beside it: which credentials does each cell hold?"""

    do: Literal["read back"]
    expect: Expectation = "accepted"
    """Whether the device must answer, or for which reasons it must refuse."""
    holding: dict[CellSelector, Held] = Field(default_factory=dict)
    """What the cells must hold; later entries decide. Compared with both sources."""
