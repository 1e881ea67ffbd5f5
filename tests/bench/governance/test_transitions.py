"""The table of the procedure: the ways that it must have, and no state without a way out."""

from collections import defaultdict
from datetime import UTC, datetime

import pytest

from firmware_sim.bench.governance.compromise import Body, Certainty, Compromise, RelevantKeyKind
from firmware_sim.bench.governance.earned_clauses import all_clauses, cited, is_earned
from firmware_sim.bench.governance.procedure import Case, Procedure
from firmware_sim.bench.governance.states import CaseEvent, CaseState, Track
from firmware_sim.bench.governance.transitions import BESIDE, ENDS, TRANSITIONS, next_to_do
from firmware_sim.bench.outcome import ProcedureVerdict

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)

# From the law and the issue that asks for the machine, not from the table.
WAYS = """
NORMAL: SUSPECTED
SUSPECTED: CONFIRMING
CONFIRMING: CONFIRMING FALSE_ALARM NOTIFIED
NOTIFIED: PREPARING SOFT_RECOVERY MEETING
PREPARING: PREPARING SOFT_RECOVERY MEETING
SOFT_RECOVERY: PREPARING SOFT_RECOVERY MEETING READBACK
MEETING: PREPARING SOFT_RECOVERY MEETING INFORMATION DECIDED
INFORMATION: MEETING
DECIDED: EVENT_A EVENT_B NO_EVENT
EVENT_A: CEREMONY
CEREMONY: CSR_COORDINATION EXECUTING
CSR_COORDINATION: EXECUTING
EXECUTING: EXECUTING READBACK
READBACK: EXECUTING READBACK MEETING REPORTED
EVENT_B: REPORTED
NO_EVENT: REPORTED
REPORTED: CLOSED
"""


def test_the_table_has_the_ways_that_it_must_have_and_no_other() -> None:
    expected = {
        (CaseState[source], CaseState[target])
        for source, _, targets in (line.partition(":") for line in WAYS.split("\n") if line)
        for target in targets.split()
    }
    assert {(row.source, row.target) for row in TRANSITIONS} == expected


def test_every_state_is_reached_and_leads_to_an_end() -> None:
    onward = defaultdict(set)
    for row in TRANSITIONS:
        onward[row.source].add(row.target)
    reached, waiting = {CaseState.NORMAL}, [CaseState.NORMAL]
    while waiting:
        new = onward[waiting.pop()] - reached
        reached |= new
        waiting += new
    assert reached == set(CaseState)
    assert {state for state in CaseState if next_to_do(state) is None} == ENDS


def test_costs_and_breach_go_on_beside_every_event() -> None:
    assert {state: tuple(Track) for state in (CaseState.EVENT_A, CaseState.EVENT_B)} == BESIDE


def test_every_clause_of_the_table_is_one() -> None:
    clauses = {row.clause for row in TRANSITIONS}
    clauses |= {row.guard.clause for row in TRANSITIONS if row.guard is not None}
    assert clauses <= all_clauses()


def opened() -> tuple[Procedure, Case]:
    procedure = Procedure()
    procedure.begin("a step", AT)
    fallen = Compromise("k", RelevantKeyKind.ISSUER, Certainty.ACTUAL, AT, Body.DCC)
    case = Case("fall", fallen)
    procedure.open_case(case)
    return procedure, case


def test_what_has_no_place_in_a_state_is_a_departure_and_moves_forward_only() -> None:
    procedure, case = opened()
    procedure.fire(case, CaseEvent.MEET)
    assert case.state is CaseState.MEETING
    procedure.fire(case, CaseEvent.TELL_DCC)
    assert case.state is CaseState.MEETING
    first, second = map(str, procedure.departures)
    assert "while the case stands at “suspected”: first of all the DCC is told" in first
    assert "the DCC is told while the case stands at “meeting”" in second
    assert procedure.verdict is ProcedureVerdict.NOT_FOLLOWED


def test_a_condition_that_does_not_hold_is_a_departure_with_its_clause() -> None:
    procedure, case = opened()
    procedure.fire(case, CaseEvent.TELL_DCC)
    procedure.fire(case, CaseEvent.NOTIFY_PMA)
    assert case.state is CaseState.NOTIFIED
    (departure,) = procedure.departures
    assert (departure.step, departure.clause) == ("a step", "L10.1(d)(i)")


def test_a_procedure_without_anything_has_nothing_to_follow() -> None:
    procedure = Procedure()
    procedure.begin("a step", AT)
    procedure.check_invariants()
    procedure.finish()
    assert procedure.verdict is ProcedureVerdict.NOTHING_TO_FOLLOW


@pytest.mark.parametrize(
    ("reference", "by", "earned"),
    [
        ("SEC L10.3", ["L10.3"], True),
        ("SEC L10.3", ["L10.30(a)(i)"], False),
        ("SEC L10.30(a)", ["L10.30(a)(ii)"], True),
        ("SEC L10.30(a)(i)", ["L10.30(a)"], False),
        ("SEC L10.1(a), L10.3", ["L10.3"], False),
        ("SEC L10.1(a), L10.3", ["L10.3", "L10.1(a)"], True),
        ("SEC L99.99", ["L10.3"], False),
    ],
)
def test_a_clause_is_earned_by_itself_or_a_part_of_it(
    reference: str, by: list[str], earned: bool
) -> None:
    assert is_earned(reference, by) is earned


def test_only_clauses_that_there_are_are_cited() -> None:
    assert cited("SEC L10.1(a), L10.15(a)") == ("L10.1(a)", "L10.15(a)")
    assert cited("SEC L10.31, L2.1") == ()
