"""Who does what in a step about a failed supplier, in plain words."""

from firmware_sim.bench.drills.authoring.committee_words import DCC, PMA, Said
from firmware_sim.bench.drills.failing import delayed
from firmware_sim.bench.drills.failure_steps import (
    DelayStep,
    EndDelayStep,
    FailureStep,
    StandInStep,
    SupplierFailsStep,
    TransferStep,
)
from firmware_sim.bench.evidence.wording import several


def said_of_failure(
    step: FailureStep,
) -> Said:
    """Who acts, and what must come of it."""
    expected = "refused" if getattr(step, "expect", "done") == "refused" else "it is done"
    if isinstance(step, SupplierFailsStep):
        return Said(step.party, f"fails: {step.how}")
    if isinstance(step, DelayStep | EndDelayStep):
        return Said(PMA, delayed(step), expected)
    if isinstance(step, StandInStep):
        text = f"runs the systems of {step.party}, and acts with its keys"
        return Said(step.provider, text, expected)
    if isinstance(step, TransferStep):
        of = f" of {several([kind.name for kind in step.devices])}" if step.devices else ""
        text = f"has the identifiers{of} of {step.party} go to {step.to}"
        return Said(DCC, text, expected)
    return Said(DCC, f"has the certificates of {step.party} revoked", expected)
