"""The play of an `audit` step: devices report, and what differs from what is believed is found."""

from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial

from firmware_sim.bench.audit.auditing import recognised
from firmware_sim.bench.audit.register import KeyRegister
from firmware_sim.bench.audit.result import AuditFinding, compared
from firmware_sim.bench.audit.sorts import ReportedCell, Sort, words_of
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.audit_accounts import tell_audit
from firmware_sim.bench.drills.audit_step import AuditStep
from firmware_sim.bench.drills.checks import Holdings, read_report, reported_holdings
from firmware_sim.bench.drills.command_result import CommandResult
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.drill_estate import Filled, data_of
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.installing import held_as_said
from firmware_sim.bench.drills.readers import readers
from firmware_sim.bench.drills.selection import meant_for
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.step_log import StepFinding, StepLog
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.party import Party
from firmware_sim.bench.population.estate import CellData
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId

_ANSWER = "a verified answer to the audit"


async def play_audit(state: DrillState, step: AuditStep, log: StepLog) -> None:
    """Every device of the types that are meant is asked by the first party that it answers."""
    contacts = [
        each for each in state.contacts if not step.devices or each.device_type in step.devices
    ]
    register = KeyRegister(state.participants.pki, P256Suite(), state.ownership.names)
    sender = CommandSender(state.target, state.waits, log)
    found: dict[EntityId, list[AuditFinding]] = {}

    async def audit(contact: DeviceContact) -> None:
        holdings, result = await _reported(state, contact, sender)
        with log.together():
            _tell_answer(state, log, contact, holdings, result, is_expected=step.expect)
            right = data_of(_right(state, step, contact.entity_id))
            found[contact.entity_id] = _judged(contact, right, holdings, result, register)
            for finding in found[contact.entity_id]:
                if finding.sort not in {Sort.RIGHT, Sort.UNREACHABLE}:
                    _tell_finding(log, contact, finding)

    await for_each(contacts, audit, state.progress, step.title)
    found = {each.entity_id: found[each.entity_id] for each in contacts}  # not as they answered
    state.audits[step.name] = found
    tell_audit(state, step.name, found)
    if contacts:
        log.find(None, compare_counts(step.expect, found))


async def _reported(
    state: DrillState, contact: DeviceContact, sender: CommandSender
) -> tuple[Holdings | None, CommandResult]:
    first, *others = readers(state, contact)
    holdings, result = await _reported_to(first, contact, sender)
    for party in others:
        if holdings is None:
            holdings, result = await _reported_to(party, contact, sender)
    return holdings, result


async def _reported_to(
    party: Party, contact: DeviceContact, sender: CommandSender
) -> tuple[Holdings | None, CommandResult]:
    again = partial(party.read_back, contact)
    result = await sender.deliver(party, contact, again(), again)
    if result.response is None:
        return None, result
    try:
        return reported_holdings(read_report(result.response)), result
    except RemoteError as error:
        return None, result._replace(response=None, wrong=str(error))


def _tell_answer(
    state: DrillState,
    log: StepLog,
    contact: DeviceContact,
    holdings: Holdings | None,
    result: CommandResult,
    *,
    is_expected: Collection[Sort],
) -> None:
    if holdings is not None:
        log.cells(contact, "after" if state.updated else "before", "CS02a", holdings)
        log.check(contact, _ANSWER, Verdict.PASSED)
        return
    verdict = Verdict.SKIPPED if Sort.UNREACHABLE in is_expected else result.verdict
    log.check(contact, _ANSWER, verdict, "an answer", "none", result.problem)


def _right(state: DrillState, step: AuditStep, entity: EntityId) -> Filled:
    """What the cells are to hold: as the step says, and otherwise as is believed."""
    believed = state.believed[entity]
    said = {cell: meant_for(cell, step.holding) for cell in believed}
    return {
        cell: held if (entry := said[cell]) is None else held_as_said(state, entity, cell, entry)
        for cell, held in believed.items()
    }


def _judged(
    contact: DeviceContact,
    right: CellData,
    holdings: Holdings | None,
    result: CommandResult,
    register: KeyRegister,
) -> list[AuditFinding]:
    entity, kind = contact.entity_id, contact.device_type
    if holdings is None:
        return [
            AuditFinding(entity, kind, cell, Sort.UNREACHABLE, data, result.problem)
            for cell, data in right.items()
        ]
    shown = {cell: ReportedCell(*each) for cell, each in holdings.items()}
    return list(compared(entity, kind, right, recognised(shown, register)))


def _tell_finding(log: StepLog, contact: DeviceContact, finding: AuditFinding) -> None:
    """What was found is a result of the audit; whether the story says so is judged in one check."""
    expected = words_of(finding.believed)
    log.check(
        contact, f"audit of {finding.cell}", Verdict.PASSED, expected, finding.found,
        f"{finding.sort.value}: {finding.found}, and {expected} is believed",
    )  # fmt: skip


def compare_counts(
    expected: Mapping[Sort, int], found: Mapping[EntityId, Collection[AuditFinding]]
) -> StepFinding:
    """Whether as many devices as the story says have a cell of each sort."""
    counts: Counter[Sort] = Counter(
        sort
        for findings in found.values()
        for sort in {each.sort for each in findings} - {Sort.RIGHT}
    )
    same = counts == Counter(expected)
    reason = "" if same else f"found: {_short(counts)}; declared: {_short(expected)}"
    return StepFinding("what the audit finds", same, _listed(expected), _listed(counts), reason)


def _listed(counts: Mapping[Sort, int]) -> str:
    texts = [f"{sort.value}: {count(counts[sort], 'device')}" for sort in Sort if sort in counts]
    return "; ".join(texts) or "every cell is right"


def _short(counts: Mapping[Sort, int]) -> str:
    """``2 wrong party, 5 unreachable``: devices with a cell of each sort."""
    texts = [f"{counts[sort]:,} {sort.value}" for sort in Sort if sort in counts]
    return ", ".join(texts) or "every cell right"
