"""`verdicts` of a story: how it says that it ends; a run that ends otherwise is not green."""

from typing import Literal

from firmware_sim.bench.files.terms import Strict
from firmware_sim.bench.outcome import Declared, DevicesVerdict, ProcedureVerdict


class VerdictTerms(Strict):
    """Both verdicts; what is left out is not declared.

    That a device does wrong, or that the bench breaks, cannot be declared.
    """

    procedure: Literal["followed", "not followed", "nothing to follow"] | None = None
    """Whether the procedure was followed."""
    devices: Literal["right", "outstanding", "not asked"] | None = None
    """What is said of the devices."""

    @property
    def values(self) -> Declared:
        """As a run compares them."""
        procedure = None if self.procedure is None else ProcedureVerdict(self.procedure)
        return Declared(procedure, None if self.devices is None else DevicesVerdict(self.devices))
