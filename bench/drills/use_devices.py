"""Which devices are asked in a use of keys."""

from collections import defaultdict

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.sending import addressed
from firmware_sim.bench.drills.served import topped_up_in_vain
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepLog
from firmware_sim.bench.drills.use_findings import USED
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.drills.use_terms import TOP_UP, USE_CASES, asked_cell, cells_in_use
from firmware_sim.bench.drills.wan import CUT_OFF
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.roles import DeviceType


def devices_asked(state: DrillState, step: UseStep, log: StepLog) -> list[DeviceContact]:
    """Those that have the use, the cell that names the asking party, and the keys of the story.

    Of a use that no type of device in the drill has, the record says that it was not asked for.
    An update that did not come to a device left other keys there, and so does an attacker who took
    it. Such devices are not asked, and are no part of a sample.
    """

    def can(contact: DeviceContact) -> bool:
        return asked_cell(step.what, contact.device_type, step.role) in contact.cells

    contacts = addressed(state, step, log, can)
    types = USE_CASES.get(step.what, {})
    if types and types.keys().isdisjoint(each.device_type for each in state.contacts):
        # One board on a desk plays its part of a story of whole homes.
        why = f"no {' or '.join(sorted(kind.name for kind in types))} takes part"
        log.check(None, USED, Verdict.SKIPPED, "", "not asked", why)
    others = {contact.entity_id: _other_keys(state, step, contact) for contact in contacts}
    reached = [contact for contact in contacts if not others[contact.entity_id]]
    if step.sample is not None:
        able = [contact for contact in reached if _has_token(state, step, contact)]
        return _sample(state, able, step.sample)
    for contact in contacts:
        if why := others[contact.entity_id]:
            log.check(contact, USED, Verdict.SKIPPED, "", "not asked", why)
            is_cut_off = contact.entity_id in state.conditions.unreachable
            topped_up_in_vain(state, step, contact.entity_id, CUT_OFF if is_cut_off else why)
    return reached


def _other_keys(state: DrillState, step: UseStep, contact: DeviceContact) -> str:
    """Why cells in use hold other keys than the story takes them for; empty if they do not."""
    entity, kind = contact.entity_id, contact.device_type
    cells = {asked_cell(step.what, kind, step.role), *cells_in_use(step.what, kind, step.role)}
    if taken := sorted(map(str, cells & state.conditions.overtaken.get(entity, set()))):
        return f"an attacker's certificate stands in {', '.join(taken)}"
    old = sorted(map(str, cells & state.conditions.excused.get(entity, frozenset())))
    return f"an update did not come to {', '.join(old)}" if old else ""


def _has_token(state: DrillState, step: UseStep, contact: DeviceContact) -> bool:
    """Whether its customer can bring what the step is about: a sample sells to some only."""
    is_brought = step.what == TOP_UP and step.token is not None
    return not is_brought or contact.entity_id in state.tokens.sold.get(step.token or "", {})


def _sample(state: DrillState, contacts: list[DeviceContact], most: int) -> list[DeviceContact]:
    """So many of each type. The order is that of all devices, so that steps draw the same ones."""
    order = state.conditions.order([each.entity_id for each in contacts], "sample")
    place = {entity: number for number, entity in enumerate(order)}
    of_type: defaultdict[DeviceType, list[DeviceContact]] = defaultdict(list)
    for contact in sorted(contacts, key=lambda each: place[each.entity_id]):
        of_type[contact.device_type].append(contact)
    drawn = {each.entity_id for some in of_type.values() for each in some[:most]}
    return [each for each in contacts if each.entity_id in drawn]
