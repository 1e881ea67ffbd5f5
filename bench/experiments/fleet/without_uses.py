"""Courses in which devices use their keys: what their representatives do without these steps.

A top-up or a reading is each device's own, encrypted and counted for it, and is played at
representatives alone. What follows in a device, a counter in a report, then differs from theirs. So
each of them is run once more, with nothing but the orders, and must do what it did in the drill.
"""

from dataclasses import replace
from hashlib import sha256

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.checks import read_report, reported_holdings
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet.orders import CourseOrder, due_answer_of
from firmware_sim.bench.experiments.fleet.plan import CoursePlan, FleetPlan
from firmware_sim.bench.experiments.fleet.python_group import PythonGroups
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.use_cases import CS02A
from firmware_sim.machine.machine import Effects


def without_uses(plan: FleetPlan) -> FleetPlan:
    """The plan, with what devices answer that get the orders and nothing else.

    Raises:
        BenchError: a representative then does something else than in the drill.
    """
    if all(course.image for course in plan.courses):
        return plan
    groups = PythonGroups(plan.seed)
    courses = tuple(
        course if course.image else _again(plan, course, groups) for course in plan.courses
    )
    return replace(plan, courses=courses)


def _again(plan: FleetPlan, course: CoursePlan, groups: PythonGroups) -> CoursePlan:
    group = groups.make(plan.kinds[course.kind], [course.representative])
    contact = group.contacts[0]
    orders = tuple(_order(order, contact, group.effects(order)[0]) for order in course.orders)
    return replace(course, orders=orders, image=sha256(group.image(0)).digest())


def _order(order: CourseOrder, contact: DeviceContact, effects: Effects) -> CourseOrder:
    reason = 0 if effects.refusal is None else effects.refusal.reason.value
    due_answer = due_answer_of(effects.messages, contact) if effects.messages else None
    before = None if order.due_answer is None else _said(order.due_answer.answer)
    after = None if due_answer is None else _said(due_answer.answer)
    if (reason, after) != (order.reason, before):
        text = f"{contact} does something else at step {order.step} without the uses of keys"
        raise BenchError(text, "leave the use steps before it out")
    return order._replace(due_answer=due_answer)


def _said(answer: bytes) -> object:
    """What an answer says, but for counters: the cells of a report, or the whole payload."""
    message = parse_message(answer)
    if message.code != CS02A:
        return message.code
    try:
        return reported_holdings(read_report(message))
    except RemoteError as error:
        raise BenchError(f"a representative's report cannot be read: {error}") from error
