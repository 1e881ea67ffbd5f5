"""Alternatives about updates that are authentic and yet not fit, and about what is due."""

from collections.abc import Callable
from datetime import timedelta

from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.times import NEVER
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.refusals import RefusalReason
from tests.machine.commands import unfit_updates
from tests.machine.commands.refusing import refused
from tests.machine.commands.unfit_updates import TOP_UP, UNFIT
from tests.support.answers import outcome, signed_answer, statuses
from tests.support.commands import (
    MODE,
    ROLE,
    query,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import DAY, START, Meter, durable, meter
from tests.support.pki import FIRST, SECOND_UNDER_FIRST, Generation, cell

OK = StatusCode.SUCCESS
DUE = DAY + timedelta(days=1)

Check = Callable[[Policy], None]


def unfit(*names: str, answered: bool) -> Check:
    """Each is refused and spent, with an answer for each cell or without."""

    def check(policy: Policy) -> None:
        for name in names:
            make, reason, role, _ = UNFIT[name]
            esme = meter(policy=policy)
            sent = refused(esme, make(esme).build(), reason, spends=role).messages
            answers = [signed_answer(octets, esme.signing_point) for octets in sent]
            assert [answer.cra for answer in answers].count(2) == answered, name

    return check


def obeyed(make: Callable[[Meter], Message], cells: int) -> Check:
    def check(policy: Policy) -> None:
        esme = meter(policy=policy)
        effects = esme.device.receive(make(esme).build())
        assert effects.refusal is None
        assert statuses(esme, effects) == [OK] * cells

    return check


def contingency_without_root(policy: Policy) -> None:
    esme = meter(policy=policy)
    what = replacements(["supplier.DS"])
    path = (SECOND_UNDER_FIRST.issuing().certificate,)
    command = update(esme, MODE.ANY_BY_CONTINGENCY, what, path=path).build()
    assert statuses(esme, esme.device.receive(command)) == [OK]


def last_cell_wins(policy: Policy) -> None:
    esme = meter(policy=policy)
    path = (FIRST.issuing().certificate, SECOND_UNDER_FIRST.issuing().certificate)
    what = [*replacements(["supplier.DS"], FIRST), *replacements(["supplier.DS"])]
    command = update(esme, MODE.SUPPLIER_BY_SUPPLIER, what, path=path).build()
    assert statuses(esme, esme.device.receive(command)) == [OK, OK]
    held = esme.device.cells()[cell("supplier.DS")].public_key
    assert held == SECOND_UNDER_FIRST.leaf("supplier.DS").point


def last_floor_wins(policy: Policy) -> None:
    esme = meter(policy=policy)
    command = unfit_updates.floor_of_one_role_twice(esme).build()
    assert set(statuses(esme, esme.device.receive(command))) == {OK}
    assert esme.counter(ROLE.SUPPLIER) == 2
    esme = meter(policy=policy)
    command = unfit_updates.floor_of_the_authorising_role_twice(esme).build()
    assert set(statuses(esme, esme.device.receive(command))) == {OK}
    assert esme.counter(ROLE.RECOVERY) == 2


def foreign_floor_is_ignored(policy: Policy) -> None:
    esme = meter(policy=policy)
    command = unfit_updates.floor_of_another_role(esme).build()
    assert statuses(esme, esme.device.receive(command)) == [OK] * 3
    assert esme.counter(ROLE.RECOVERY) == START


def lone_specialist_floor_is_ignored(policy: Policy) -> None:
    esme = meter(policy=policy)
    effects = esme.device.receive(unfit_updates.specialist_floor_alone(esme).build())
    assert outcome(esme, effects).changes == ()
    assert durable(esme.device).counters[ROLE.SUPPLIER].specialist is None


def specialist_counter_of_a_new_supplier(policy: Policy, *, held: int | None) -> None:
    """A change of supplier that brings no specialist floor, after one that brought 7000."""
    esme = meter(policy=policy)
    cells = ["supplier.DS", "supplier.KA", "supplier.KA.PP"]
    specialist = (TOP_UP._replace(floor=7000),)
    third = Generation(3, 1)
    for generation, change in (
        (SECOND_UNDER_FIRST, FloorChange(ROLE.SUPPLIER, 5, specialist)),
        (third, FloorChange(ROLE.SUPPLIER, 6)),
    ):
        command = update(
            esme,
            MODE.SUPPLIER_BY_TRANS_COS,
            replacements(cells, generation),
            path=(generation.issuing().certificate,),
            control={"other_changes": (change,)},
        )
        assert statuses(esme, esme.device.receive(command.build())) == [OK] * 3
    counters = durable(esme.device).counters[ROLE.SUPPLIER]
    assert (counters.execution, counters.specialist) == (6, held)


def header_extras_are_refused(policy: Policy) -> None:
    unfit("supplementary_fields", "date_time_in_the_header", answered=True)(policy)
    esme = meter(policy=policy)
    command = query(esme, date_time=bytes(12)).build()
    role = ROLE.ACCESS_CONTROL_BROKER
    assert refused(esme, command, RefusalReason.MALFORMED, spends=role).messages == ()


def header_extras_are_ignored(policy: Policy) -> None:
    for make in (unfit_updates.supplementary_fields, unfit_updates.date_time_in_the_header):
        obeyed(make, 3)(policy)
    esme = meter(policy=policy)
    assert esme.device.receive(query(esme, date_time=bytes(12)).build()).messages


def due_on_an_invalid_clock(policy: Policy, *, alerts: tuple[int, int]) -> None:
    """How many alerts come while the clock is invalid, and how many once it is known."""
    esme = meter(policy=policy)
    assert esme.device.receive(supplier_by_supplier(esme, execution=DUE).build()).messages
    esme.clock.time, esme.clock.reliability = DUE, ClockReliability.INVALID
    first = len(esme.device.tick().messages)
    esme.clock.reliability = ClockReliability.UNRELIABLE
    assert (first, len(esme.device.tick().messages)) == alerts


def cancellation_after_the_due_time(policy: Policy, *, runs: bool) -> None:
    esme = meter(policy=policy)
    assert esme.device.receive(supplier_by_supplier(esme, execution=DUE).build()).messages
    esme.clock.time = DUE
    assert esme.device.receive(supplier_by_supplier(esme, execution=NEVER).build()).messages
    assert len(esme.device.tick().messages) == runs
    old = FIRST.leaf("supplier.DS").point
    assert (esme.device.cells()[cell("supplier.DS")].public_key != old) == runs


_CONTRADICTIONS = (
    "mode_under_another_code",
    "payload_counter_is_another",
    "symmetric_key_outside_contingency",
    "no_cell_named",
    "date_time_in_the_header",
)
_FLOORS = ("floor_of_one_role_twice", "specialist_floor_twice")

CHECKS: dict[tuple[str, str], Check] = {
    ("contingency_without_root", "status-127"): unfit("contingency_without_a_root", answered=True),
    ("contingency_without_root", "refuse"): unfit("contingency_without_a_root", answered=False),
    ("contingency_without_root", "accept"): contingency_without_root,
    ("contingency_cell", "named"): unfit("contingency_that_names_no_cell", answered=True),
    ("contingency_cell", "may-be-absent"): obeyed(unfit_updates.contingency_that_names_no_cell, 9),
    ("foreign_floors", "status-127"): unfit("floor_of_another_role", answered=True),
    ("foreign_floors", "refuse"): unfit("floor_of_another_role", answered=False),
    ("foreign_floors", "ignore"): foreign_floor_is_ignored,
    ("duplicate_floors", "status-127"): unfit(*_FLOORS, answered=True),
    ("duplicate_floors", "refuse"): unfit(*_FLOORS, answered=False),
    ("duplicate_floors", "last-wins"): last_floor_wins,
    ("lone_specialist_floor", "status-127"): unfit("specialist_floor_alone", answered=True),
    ("lone_specialist_floor", "refuse"): unfit("specialist_floor_alone", answered=False),
    ("lone_specialist_floor", "ignore"): lone_specialist_floor_is_ignored,
    ("absent_specialist_floor", "stays"): lambda p: specialist_counter_of_a_new_supplier(
        p, held=7000
    ),
    ("absent_specialist_floor", "dropped"): lambda p: specialist_counter_of_a_new_supplier(
        p, held=None
    ),
    ("duplicate_cells", "status-127"): unfit("one_cell_twice", answered=True),
    ("duplicate_cells", "refuse"): unfit("one_cell_twice", answered=False),
    ("duplicate_cells", "last-wins"): last_cell_wins,
    ("unfit_command", "status-127"): unfit(*_CONTRADICTIONS, answered=True),
    ("unfit_command", "silence"): unfit(*_CONTRADICTIONS, answered=False),
    ("header_extras", "refuse"): header_extras_are_refused,
    ("header_extras", "ignore"): header_extras_are_ignored,
    ("invalid_clock", "wait"): lambda p: due_on_an_invalid_clock(p, alerts=(0, 1)),
    ("invalid_clock", "run"): lambda p: due_on_an_invalid_clock(p, alerts=(1, 0)),
    ("overdue_command", "runs"): lambda p: cancellation_after_the_due_time(p, runs=True),
    ("overdue_command", "can-be-cancelled"): lambda p: cancellation_after_the_due_time(
        p, runs=False
    ),
}
"""By point and choice; `tests.machine.test_policy_alternatives` runs them."""
