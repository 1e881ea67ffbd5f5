"""The steps in which the PKI is asked for certificates: one by one, or by all beneath an OCA."""

from fractions import Fraction
from typing import Final

from firmware_sim.bench.drills.certificate_steps import CoordinateStep, IssueStep
from firmware_sim.bench.drills.certifying import (
    certify,
    issue_beneath,
    key_for,
    not_lodged,
    register_of,
    subscribers_beneath,
)
from firmware_sim.bench.drills.issued import cells_of
from firmware_sim.bench.drills.issuing_certificates import issue_to
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.governance.book import IssuedRoot
from firmware_sim.bench.governance.earned_clauses import listed
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.states import CaseEvent
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.population.shares import per_cent
from firmware_sim.bench.smki.applying import Application
from firmware_sim.bench.smki.coordination import (
    COORDINATION_CLAUSE,
    DEMAND_RULE,
    CsrCoordination,
    coordination,
)
from firmware_sim.bench.smki.eligibility import NotEligibleError, require_eligible
from firmware_sim.gbcs.certificate_profiles import CertificateKind

_ROOT: Final = CertificateKind.ROOT_OCA
_SECOND_ROOT: Final = "L3.19(b)"
_FINDING: Final = "answer to a Certificate Signing Request"


async def play_issue(state: DrillState, step: IssueStep, log: StepLog) -> None:
    """The PKI issues to an Eligible Subscriber; any other it refuses, by the clause (SEC L3.15)."""
    state.procedure.act()
    if step.party is not None:
        _issue_to_organisation(state, step.party, step.generation, log)
        return
    register = register_of(state)
    application = step.application(replaces_root=register.is_replacing(_ROOT))
    wanted = "issued" if step.expect == "issued" else f"refused by {step.expect.refused}"
    try:
        text = _issued(state, application, step.generation)
    except NotEligibleError as error:
        actual, reason, broken = f"refused by {error.clause}", str(error), listed(error.clause)
        clause = f"SEC L3.15(b), {broken}"
        text = f"{_asks(application)}, and the PKI refuses: {reason}"
        state.record(GovernanceEvent.CERTIFICATE_REFUSED, text, clause=clause)
        if error.clause == _SECOND_ROOT and step.expect == "issued":
            # The invariant of one root tells this; a second sentence would tell it twice.
            _second_root(state, step, log, reason)
            return
    else:
        actual, reason, broken = "issued", "", ""
        clause = f"SEC L3.15(a), L3.15(b), {application.clause}"
        is_root = application.wanted is _ROOT
        event = GovernanceEvent.ROOT_ISSUED if is_root else GovernanceEvent.CERTIFICATE
        state.record(event, text, clause=clause)
    finding = StepFinding(_FINDING, actual == wanted, wanted, actual, reason)
    state.find_of_people(log, finding, clause=broken)


def _issue_to_organisation(state: DrillState, name: str, generation: int, log: StepLog) -> None:
    role = state.ownership.role_of(name)
    issued = () if role is None else issue_to(state, name, cells_of(role), generation)
    if not issued:
        text = f"{name} has been issued generation {generation} already"
        raise BenchError(text, "leave the step out, or name another generation")
    listed_cells = ", ".join(map(str, issued))
    log.find(
        None, StepFinding("Organisation Certificates issued", passed=True, actual=listed_cells)
    )


def _second_root(state: DrillState, step: IssueStep, log: StepLog, reason: str) -> None:
    issued = IssuedRoot(state.clock.time, step.generation, in_replacement=False)
    state.procedure.book.roots.append(issued)
    log.check(None, _FINDING, Verdict.SKIPPED, "issued", f"refused by {_SECOND_ROOT}", reason)


def _asks(application: Application) -> str:
    return f"{application.applicant_label} asks for {application.name}"


def _issued(state: DrillState, application: Application, generation: int) -> str:
    """Issue it, and say so; a certificate of people is judged only, as this PKI makes none.

    Raises:
        NotEligibleError: the applicant may not have it.
    """
    register, issued = register_of(state), application.issued_for(generation)
    request = application.request(key_for(state, application, generation))
    if issued is None:
        require_eligible(request)
    else:
        register.issue(request, issued, state.clock.time)
    if application.wanted is _ROOT:
        state.procedure.book.roots.append(IssuedRoot(state.clock.time, generation, True))
        return f"the DCC issues a Root OCA Certificate of generation {generation}"
    made = certify(state, application, request, generation)
    if made is None:
        return (
            f"{_asks(application)}, and is an Eligible Subscriber; this PKI issues none to people"
        )
    return f"{_asks(application)}, and the PKI issues it: key identifier {made.hex()}"


async def play_coordinate(state: DrillState, step: CoordinateStep, log: StepLog) -> None:
    """Who was asked for requests, who applied, and how far above the usual rate that is."""
    case = state.case(step.about)
    state.procedure.fire(case, CaseEvent.COORDINATE)
    found = _coordinated(state, step)
    for fault in found.faults():
        state.procedure.depart(fault, COORDINATION_CLAUSE)
    state.record(GovernanceEvent.ASSUMPTION, DEMAND_RULE)
    text = _told(step, found)
    state.record(GovernanceEvent.COORDINATION, text)
    issued = issue_beneath(state, case, step.applied)
    if issued:
        told = f"the PKI issues {issued} Organisation Certificates beneath the new authority"
        state.record(GovernanceEvent.CERTIFICATE, told, clause="SEC L3.15(a), L3.15(b), L3.18(a)")
    _tell_lodged(state, case)
    log.find(None, StepFinding("Certificate Signing Requests", passed=True, actual=text))


def _coordinated(state: DrillState, step: CoordinateStep) -> CsrCoordination:
    at, case = state.clock.time, state.case(step.about)
    beneath = [role for role, _ in subscribers_beneath(state, case)]
    applied = [role for role in beneath if role in step.applied]
    others = 0 if step.requests is None else step.requests - len(applied)
    if others < 0:
        text = f"{step.requests} requests are too few for {len(applied)} certificates"
        state.procedure.depart(text, COORDINATION_CLAUSE)
    return coordination(
        [role.label for role in beneath],
        asked={role.label: at for role in step.asked},
        applied=[role.label for role in applied],
        usual=Fraction(step.usual),
        notified_at=at if step.notified else None,
        others=max(others, 0),
    )


def _told(step: CoordinateStep, found: CsrCoordination) -> str:
    asked = ", ".join(role.label for role in step.asked)
    applied = ", ".join(role.label for role in step.applied) or "none"
    text = (
        f"asked for Certificate Signing Requests: {asked}; applied: {applied}; "
        f"{found.requests:,} requests, {per_cent(found.demand)} of a usual month"
    )
    if found.is_exceptional:
        told = "was notified" if step.notified else "was not notified"
        text += f", which is exceptional demand and {told}"
    return text


def _tell_lodged(state: DrillState, case: Case) -> None:
    """Of the nine Certificates that the DCC maintains, those beneath the new authority."""
    missing = ", ".join(map(str, not_lodged(state, case)))
    if missing:
        state.procedure.depart(f"the DCC has not lodged: {missing}", "L3.22")
        return
    text = (
        "the nine Certificates for the commissioning of Devices are lodged in the SMKI Repository"
    )
    state.record(GovernanceEvent.CERTIFICATE, text, clause="SEC L3.22, L3.23")
