"""The steps about a Compromise before any decision: record, notice, confirmation, preparation."""

from typing import Final, Protocol

from firmware_sim.bench.drills import words
from firmware_sim.bench.drills.compromise_steps import (
    CompromiseStep,
    ConfirmStep,
    EvidenceStep,
    NotifyStep,
    PrepareStep,
)
from firmware_sim.bench.drills.exposed import holders
from firmware_sim.bench.drills.fallen_keys import BEHIND_NO_CELL, FallenName, cells_to_replace
from firmware_sim.bench.drills.ownership import Ownership
from firmware_sim.bench.drills.prepayment import prepayment_key_fell
from firmware_sim.bench.drills.recovery_event import relevant_now
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.accounts.recovery_event import KeyFell
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.governance import compromise as events
from firmware_sim.bench.governance.book import Preparation
from firmware_sim.bench.governance.fallen_key import FallenKey
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.bench.governance.states import CaseEvent
from firmware_sim.bench.governance.transitions import CaseFacts
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.gbcs.identifiers import EntityId

Body = events.Body


async def play_compromise(state: DrillState, step: CompromiseStep, log: StepLog) -> None:
    """From here on the attacker has a copy of the key, or is suspected to have one."""
    name, at = step.fallen, state.clock.time
    organisation = organisation_of(state, step)
    shown = organisation if state.has_population and name.owners is not None else ""
    key = words.fallen_key(name, step.generation, shown)
    compromise = events.Compromise(key, name.kind, step.certainty, at, step.reporting_body)
    clause = f"SEC L10.1(a), L10.30(c)({name.kind})"
    known = words.became_known(step.reporter, step.found)
    text = f"{words.fallen(compromise)}{known} [SEC L10.30(c)({name.kind})]"
    state.record(GovernanceEvent.COMPROMISE, text, clause=clause)
    state.ledger.account(KeyFell(key=name.value, generation=step.generation))
    fallen = name.key(step.generation, organisation)
    devices = holders(state, fallen)
    state.conditions.exposed.update(devices)
    case = _new_case(state, step, compromise, fallen, devices)
    state.procedure.open_case(case)
    state.notices.open(case, name)
    if not case.facts.is_relevant:
        none = "no device holds its certificate any more"
        why = "the SMKI PMA has not determined it to be one" if name in BEHIND_NO_CELL else none
        state.record(
            GovernanceEvent.RELEVANT_DEVICES,
            f"{key} is no Relevant Private Key: {why}",
            clause="SEC L10.30(c)",
        )
    elif step.reporting_body is Body.DCC:
        state.procedure.fire(case, CaseEvent.TELL_DCC)  # it has found out itself
    if _is_copied(state, step):
        why = step.found or step.title
        state.participants.steal(name, step.generation, at, why, organisation)
        state.conditions.has_stolen = True
        if name is FallenName.SUPPLIER_TOP_UP:
            prepayment_key_fell(state, step.generation, organisation)
        state.record(GovernanceEvent.COPY, f"the attacker in this drill has a copy of {key}")
    finding = StepFinding("Compromise put on record", passed=True, actual=words.fallen(compromise))
    log.find(None, finding)


class HasOwners(Protocol):
    """What knows whose the devices of a drill are."""

    @property
    def ownership(self) -> Ownership:
        """Which organisation a role means."""


def organisation_of(state: "HasOwners", step: CompromiseStep) -> str:
    """Whose key falls: the one that is named, or the only one in its role; empty for the DCC.

    Raises:
        BenchError: there are several.
    """
    role = step.fallen.owners
    if step.party is not None or role is None:
        return step.party or ""
    first, *others = state.ownership.names[role]
    if others:
        raise BenchError(f"several organisations have such a key: {first}, {', '.join(others)}",
                         "say whose it is by party")  # fmt: skip
    return first


def _new_case(
    state: DrillState,
    step: CompromiseStep,
    compromise: events.Compromise,
    key: FallenKey,
    devices: frozenset[EntityId],
) -> Case:
    """The case of a key that fell, and of the devices that hold its certificate."""
    name, is_relevant = step.fallen, bool(devices)
    devices = frozenset(
        entity for entity in devices if state.estate[entity].smi_status is SmiStatus.COMMISSIONED
    )
    if name in BEHIND_NO_CELL:
        is_relevant = name is not FallenName.S1SPKI or step.determined
    cells = [
        cells_to_replace(name, key, cells[entity])
        for cells in (state.held, state.believed)
        for entity in devices
    ]
    return Case(
        name=step.name,
        compromise=compromise,
        facts=CaseFacts(is_relevant=is_relevant),
        cells=frozenset().union(*cells),
        devices=devices,
        key=key,
    )


def _is_copied(state: DrillState, step: CompromiseStep) -> bool:
    if step.copied is not None:
        return step.copied
    is_actual = step.certainty is events.Certainty.ACTUAL
    used = step.fallen, step.generation, organisation_of(state, step)
    return is_actual or used in state.used_by_attacker


async def play_notify(state: DrillState, step: NotifyStep, log: StepLog) -> None:
    """Only the DCC's notice to the SMKI PMA concerns the gate; all are recorded."""
    case = state.case(step.about)
    for recipient in step.to:
        text = words.notice(case.compromise, step.sender, recipient)
        state.record(GovernanceEvent.NOTIFICATION, text)
        state.notices.notify(state.clock.time, case, step.sender, recipient)
        if recipient is Body.DCC:
            state.procedure.fire(case, CaseEvent.TELL_DCC)
        elif (step.sender, recipient) == (Body.DCC, Body.SMKI_PMA):
            at = state.clock.time
            told = events.Notification(case.compromise, Body.DCC, Body.SMKI_PMA, at)
            state.gate.notify(told)
            state.procedure.fire(case, CaseEvent.NOTIFY_PMA)
    notified = words.recipients(step.to)
    log.find(None, StepFinding("all named bodies were notified", passed=True, actual=notified))


async def play_confirm(state: DrillState, step: ConfirmStep, log: StepLog) -> None:
    """The DCC confirms the Compromise, or finds that there is none."""
    case = state.case(step.about)
    case.facts.is_confirmed = step.finding == "confirmed"
    event = CaseEvent.CONFIRM if case.facts.is_confirmed else CaseEvent.DISMISS
    state.procedure.fire(case, event)
    outcome = "confirms it" if case.facts.is_confirmed else "finds a false alarm"
    text = f"the DCC {outcome}, about {case.compromise.key}: {step.how}"
    state.record(GovernanceEvent.CONFIRMATION, text)
    log.find(None, StepFinding("confirmation by the DCC", passed=True, actual=step.finding))


# The DCC takes such steps or instructs them (SEC L10.2(b)); the SMKI PMA and the Panel instruct
# their own members (L10.5).
_INSTRUCT: Final = (Body.DCC, Body.SMKI_PMA, Body.PANEL)


async def play_prepare(state: DrillState, step: PrepareStep, log: StepLog) -> None:
    """A preparatory step, with the body that instructed it."""
    by = "" if step.instructed is None else words.body(step.instructed)
    may = step.instructed in (None, *_INSTRUCT)
    state.procedure.book.preparations.append(Preparation(state.clock.time, step.what, by, may))
    state.procedure.fire(state.case(step.about), CaseEvent.PREPARE)
    told = f"{by} instructed: " if by else "it is not on record who instructed: "
    state.record(GovernanceEvent.PREPARATION, told + step.what)
    log.find(None, StepFinding("preparatory step put on record", passed=True, actual=step.what))


async def play_evidence(state: DrillState, step: EvidenceStep, log: StepLog) -> None:
    """Why ordinary commands were not feasible or appropriate, for some Relevant Devices."""
    case = state.case(step.about)
    relevant = relevant_now(state, case)
    concerned = [each for each in relevant if not step.devices or each.device_type in step.devices]
    if not concerned and len(relevant):
        raise BenchError("no Relevant Device is of these types", "name types that are concerned")
    case.infeasible.update(each.entity_id for each in concerned)
    case.reasons.append(step.why)
    devices = count(len(concerned), "Relevant Device")
    text = f"ordinary commands were not feasible or appropriate for {devices}: {step.why}"
    state.record(GovernanceEvent.EVIDENCE, text)
    log.find(None, StepFinding("evidence put on record", passed=True, actual=devices))
