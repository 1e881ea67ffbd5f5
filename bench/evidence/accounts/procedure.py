"""What is told of the procedure: verdicts declared, and where it was not followed."""

from dataclasses import dataclass

from firmware_sim.bench.evidence.columns import Entity, Time, Words
from firmware_sim.bench.outcome import DevicesVerdict, ProcedureVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredVerdicts:
    """The verdicts with which the story says that it ends; None where it does not say."""

    procedure: ProcedureVerdict | None = None
    devices: DevicesVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureFault:
    """Where the procedure was not followed.

    Attributes:
        rule: a name that a test or a reader can look up, e.g. ``I8``.
        clause: e.g. ``SEC L10.3``.
        reason: one sentence.
        at: by the drill's clock.
    """

    rule: Words
    clause: Words
    reason: Words
    at: Time
    device: Entity | None = None
