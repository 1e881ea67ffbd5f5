"""What the commands of a story mean for its procedure, and what custody saw of them."""

from typing import Final

from firmware_sim.bench.drills.attack_accounts import tell_attacks
from firmware_sim.bench.drills.ceremony_steps import AskCustodyStep
from firmware_sim.bench.drills.consequences import tell_consequences
from firmware_sim.bench.drills.drill_parties import IN_CUSTODY
from firmware_sim.bench.drills.failing import tell_failures
from firmware_sim.bench.drills.issuing_certificates import issue_before
from firmware_sim.bench.drills.ordinary_attempts import OrdinaryAttempts, puts_back
from firmware_sim.bench.drills.outcomes import tell_outcomes
from firmware_sim.bench.drills.prepayment import tell_prepayment
from firmware_sim.bench.drills.proofs import tell_proofs
from firmware_sim.bench.drills.read_back_step import ReadBackStep
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.top_up_gaps import tell_gaps
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance.book import ProtectedUse
from firmware_sim.bench.governance.compromise import RelevantKeyKind
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.states import CaseEvent, CaseState
from firmware_sim.bench.smki.custody import CustodyAct, CustodyRefusal

_TO_READ_BACK: Final = (CaseState.SOFT_RECOVERY, CaseState.EXECUTING, CaseState.READBACK)


def is_probe(step: object) -> bool:
    """Whether custody is asked only to show that it refuses."""
    is_unsigned = isinstance(step, UpdateStep) and step.expect == "not signed"
    return isinstance(step, AskCustodyStep) or is_unsigned


class Following:
    """Keeps a drill's procedure up to date while its steps are played."""

    def __init__(self, state: DrillState) -> None:
        self._state = state
        self._seen = len(state.custody.events)
        self._told = 0
        self._stood: dict[str, CaseState] = {}
        self._attempts = OrdinaryAttempts(state)

    def begin(self, step: object) -> None:
        """Before a step is played."""
        state = self._state
        self._stood = {case.name: case.state for case in state.procedure.cases}
        self._attempts.begin(step)
        issue_before(state, step)
        if not isinstance(step, SendingStep) or step.stolen:
            return
        if step.role not in IN_CUSTODY or is_probe(step):
            return
        if state.decision is None:
            key, reason = IN_CUSTODY[step.role], "there is no decision of the SMKI PMA"
            use = ProtectedUse(state.clock.time, key, "", CustodyRefusal.NO_DECISION, reason)
            state.procedure.book.uses.append(use)
            return
        if not state.has_ceremony:
            self._open_without_ceremony()

    def end(self, step: object, log: StepLog) -> None:
        """After a step was played, however it went."""
        state = self._state
        uses = self._take_custody(is_probe=is_probe(step))
        case = state.case_of_decision()
        if uses and case is not None and isinstance(step, UpdateStep):
            case.commanded.update(log.addressed)
            state.procedure.fire(case, CaseEvent.EXECUTE)
            self._look_for_what_fell(step, case, log)
        self._attempts.end(step, log)
        if isinstance(step, SendingStep) and step.stolen:
            state.conditions.stolen_tries += len(log.addressed)
        is_reading = isinstance(step, ReadBackStep) and not step.stolen
        if is_reading and step.expect == "accepted":  # type: ignore[attr-defined]
            for case in list(state.procedure.open_cases(*_TO_READ_BACK)):
                state.procedure.fire(case, CaseEvent.READ_BACK)
        self._take_progress(step, log)
        state.procedure.check_invariants()
        self.tell()

    def finish(self, *, is_whole: bool = True) -> None:
        """The story is over.

        Args:
            is_whole: all its steps were played; what people would have done in the others is not
                known, and is not held against them.
        """
        state = self._state
        threshold = state.procedure.assumptions.threshold
        state.claims.review(state.procedure.book, state.clock.time, threshold)
        tell_outcomes(state)
        tell_proofs(state)
        tell_prepayment(state)
        tell_gaps(state)
        tell_failures(state)
        tell_attacks(state)
        tell_consequences(self._state)
        if is_whole:
            self._state.procedure.finish()
        self.tell()
        self._state.notices.write(self._state.ledger.folder)

    def tell(self) -> None:
        """Put new departures on record."""
        departures = self._state.procedure.departures
        for departure in departures[self._told :]:
            # The clause stands in the text: what was departed from was not rehearsed.
            self._state.ledger.governance(
                departure.at, GovernanceEvent.DEPARTURE, str(departure), clause=""
            )
        self._told = len(departures)

    def _take_progress(self, step: object, log: StepLog) -> None:
        """A row of the progress file for each case with an Event that a step took further."""
        state = self._state
        is_custodys = isinstance(step, UpdateStep) and step.role in IN_CUSTODY and not step.stolen
        commanded = log.addressed if is_custodys else set()
        for case in state.procedure.cases:
            moved = case.state is not self._stood.get(case.name)
            if case.event is not None and (moved or commanded):
                sent = commanded | case.attempted
                state.notices.progress(state.clock.time, case, state.held, sent)

    def _look_for_what_fell(self, step: UpdateStep, case: Case, log: StepLog) -> None:
        """A protected key brings other credentials than those that fell."""
        if case.key is None or case.key.kind is RelevantKeyKind.ISSUER:
            return  # beneath which authority a certificate stands is seen in the device
        back = [each for each in log.addressed if puts_back(self._state, step, case, each)]
        if back:
            text = f"the command puts what fell into {count(len(back), 'device')} again"
            self._state.procedure.depart(text, "L10.1(c)(i)")

    def _open_without_ceremony(self) -> None:
        """A story of an earlier version names no custodians: it is played, and that is told."""
        state = self._state
        custodians = state.custody.custodians
        if custodians is not None:
            state.custody.hold_ceremony(custodians.names)
            state.procedure.depart(
                "the story has no ceremony of the Key Custodians: the keys were put together "
                "without one",
                "L10.1(b)",
            )

    def _take_custody(self, *, is_probe: bool) -> int:
        """Put what custody did into the book; returns how often a key was used."""
        state, case = self._state, self._state.case_of_decision()
        about = "" if case is None else case.compromise.key
        new = state.custody.events[self._seen :]
        self._seen += len(new)
        before = state.procedure.book.unreported
        book = state.procedure.book
        for event in new:
            if event.act is CustodyAct.COMPROMISE:
                continue
            refusal = "" if event.refusal is None else event.refusal.value
            book.uses.append(
                ProtectedUse(event.at, event.key, about, refusal, event.reason, is_probe,
                             event.stale_root)
            )  # fmt: skip
            if event.allowed:
                book.unreported += 1
            elif event.refusal is CustodyRefusal.NO_CEREMONY and not is_probe:
                state.procedure.depart(event.reason, "L10.1(b)")
        return book.unreported - before
