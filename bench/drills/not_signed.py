"""Commands of Recovery and Contingency that custody must not sign (SEC L10.2(a)).

Nothing is sent. That custody signs what the decision does not cover is the bench's own error.
"""

from collections.abc import Callable, Sequence
from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.custody_steps import decision_never_taken
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.sending import speaker
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.committee import GateError
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.party import Party
from firmware_sim.bench.smki.custody import CustodyError, CustodyRefusal
from firmware_sim.gbcs.message import Message

_NAME: Final = "custody signs nothing outside the decision"
_BY_DECISION: Final = (
    CustodyRefusal.NO_DECISION,
    CustodyRefusal.OTHER_KEY,
    CustodyRefusal.OUTSIDE,
)


def check_not_signed(
    state: DrillState,
    step: UpdateStep,
    log: StepLog,
    contacts: Sequence[DeviceContact],
    build: Callable[[Party, DeviceContact], Message],
) -> None:
    """Have the command for each device built: custody must refuse each for the decision's sake.

    Before there is a decision, custody is shown one that the SMKI PMA never took.

    Raises:
        BenchError: it refuses for another reason, and might sign on another day.
    """
    state.procedure.act()
    decision = state.decision or decision_never_taken(state, IN_CUSTODY[step.role])
    for contact in contacts:
        problem = ""
        try:
            build(speaker(state, step, contact, decision), contact)
        except (CustodyError, GateError) as error:
            if not any(event.refusal in _BY_DECISION for event in state.custody.events[-1:]):
                raise BenchError(f"custody refuses for another reason: {error}") from error
            problem = str(error)
        verdict = Verdict.PASSED if problem else Verdict.ERROR
        log.check(None, _NAME, verdict, "refused", "refused" if problem else "signed", problem)
