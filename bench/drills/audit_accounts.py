"""What an `audit` step tells the record, so that its result can be written and compared."""

from collections.abc import Mapping, Sequence

from firmware_sim.bench.audit.result import AuditFinding, AuditResult
from firmware_sim.bench.audit.sorts import Sort, words_of
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.evidence.accounts.audits import AuditedCell, AuditedCells, AuditTold
from firmware_sim.bench.evidence.database import iso
from firmware_sim.gbcs.identifiers import EntityId


def tell_audit(
    state: DrillState, step: str, found: Mapping[EntityId, Sequence[AuditFinding]]
) -> None:
    """The counts of every cell, and the cells that are not right, in the order of the devices.

    Args:
        found: of every device that was asked, all cells that are spoken of.
    """
    result = _result(state, found)
    with state.ledger.together():
        state.ledger.account(
            AuditTold(
                step=step,
                at=iso(state.clock.time),
                devices=result.devices,
                answered=result.answered,
                sorts={sort.value: number for sort, number in result.by_sort.items()},
            )
        )
        for kind, cell, sorts in result.rows():
            state.ledger.account(
                AuditedCells(step=step, type=kind.name, cell=str(cell), sorts=sorts)
            )
        for each in result.findings:
            state.ledger.account(_cell(step, each))


def _result(state: DrillState, found: Mapping[EntityId, Sequence[AuditFinding]]) -> AuditResult:
    result = AuditResult(devices=len(found))
    for contact in state.contacts:
        findings = found.get(contact.entity_id)
        if findings is None:
            continue
        for each in findings:
            result.take(each)
        result.answered += all(each.sort is not Sort.UNREACHABLE for each in findings)
    return result


def _cell(step: str, found: AuditFinding) -> AuditedCell:
    return AuditedCell(
        step=step,
        device=str(found.device),
        type=found.device_type.name,
        cell=str(found.cell),
        sort=found.sort.value,
        believed=words_of(found.believed),
        found=found.found,
    )
