"""How a decision follows the SMKI Recovery Key Guidance, put on record (SEC L10.9, L10.10(a))."""

from typing import Final

from firmware_sim.bench.drills.meeting_steps import DecideStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.procedure import Case

GUIDANCE_CLAUSES: Final = "SEC L10.9(b), L10.9(c), L10.9(d)"
PRECEDENCE_CLAUSE: Final = "SEC L10.2(c)(i)"

_OF_OPTIONAL: Final = "SEC L10.9(b), L10.9(c), L10.10(a)"
_OF_CRITERIA: Final = "SEC L10.9(d), L10.10(a)"


def record_guidance(state: DrillState, step: DecideStep, case: Case) -> None:
    """Every answer, those to optional factors by weight; the criteria; what was left out."""
    guidance, factors = state.procedure.guidance, step.factors
    mandatory = {each.name for each in guidance.mandatory}
    for factor in guidance.by_weight(factors):
        weight = f" (weight {factor.weight})" if factor.weight else ""
        text = f"{factor.name}{weight}, by the Guidance {guidance.version}: {factors[factor.name]}"
        clause = None if factor.name in mandatory else _OF_OPTIONAL
        state.record(GovernanceEvent.GUIDANCE, text, clause=clause)
    for criterion in guidance.criteria:
        text = f"criterion of the Guidance {guidance.version}: {criterion}"
        state.record(GovernanceEvent.GUIDANCE, text, clause=_OF_CRITERIA)
    for name in guidance.unknown(factors):
        text = f"{name!r} is no factor of the Guidance {guidance.version}"
        state.procedure.depart(text, "L10.10(a)")
    for event in guidance.not_done(case.done):
        text = f"the Guidance {guidance.version} wants this before a decision: {event}"
        state.procedure.depart(text, "L10.9(d)")


def record_precedence(state: DrillState, step: DecideStep) -> None:
    """Before which other provisions of the Code the decision goes."""
    for provision in step.precedence:
        text = f"the decision goes before {provision}, as the Recovery Procedure may provide"
        state.record(GovernanceEvent.DECISION, text, clause=PRECEDENCE_CLAUSE)
