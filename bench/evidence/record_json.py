"""One run as the content of ``record.json``."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from firmware_sim.bench.evidence.accounts.attacks import DeviceAttack
from firmware_sim.bench.evidence.accounts.claims import Breach, Claim, Costs
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome, Wave
from firmware_sim.bench.evidence.accounts.procedure import DeclaredVerdicts, ProcedureFault
from firmware_sim.bench.evidence.accounts.recovery_event import (
    DecisionScope,
    RecoveryEvent,
    RelevantDevices,
)
from firmware_sim.bench.evidence.accounts.sizes import SizeEstimate
from firmware_sim.bench.evidence.accounts.told import Account, Accounts
from firmware_sim.bench.evidence.accounts.uses import Prepayment, TopUpGap
from firmware_sim.bench.evidence.findings import cell_outcomes, earned_by
from firmware_sim.bench.evidence.in_full import cell_as_json, devices_in_full, rows_of_others
from firmware_sim.bench.evidence.price_sums import priced_run
from firmware_sim.bench.evidence.proven import replaced_proven

if TYPE_CHECKING:
    from firmware_sim.bench.evidence.record import RunRecord

FORMAT: Final = "firmware-sim/record/3"


def record_json(record: "RunRecord") -> dict[str, Any]:
    """The content of ``record.json``."""
    full = devices_in_full(record)
    shown = _only(record, full)
    rows = asdict(shown)
    del rows["accounts"], rows["head"]
    for device, history in zip(shown.devices, rows["devices"], strict=True):
        history["cells"] = list(map(cell_as_json, device.cells))
        outcome = record.outcomes.get(history["entity"])
        history["verdict"] = record.verdict_of(device)
        history["outcome"] = None if outcome is None else outcome.outcome
        if standing := record.standings.get(history["entity"]):
            history["estate"] = asdict(standing)
    rows["other_devices"] = rows_of_others(record, full)
    rows["clauses"] = [
        {
            "clause": clause.reference,
            "text": clause.text,
            "earned_by": earned_by(clause.reference, record.governance),
        }
        for clause in record.clauses
    ]
    verdicts = {"procedure": record.procedure_verdict, "devices": record.devices_verdict}
    head = {"format": FORMAT, "verdicts": verdicts, "counts": record.counts}
    return head | _told(record) | _found(record) | rows


def _only(record: "RunRecord", devices: frozenset[str]) -> "RunRecord":
    """What is about these devices, or about none."""
    if len(devices) == len(record.devices):
        return replace(record, accounts=Accounts())
    shown = [each for each in record.devices if each.entity in devices]
    flash = [part for each in shown for part in (each.flash_before, each.flash_after) if part]
    layouts = sorted({each.layout for each in flash} - {""})
    return replace(
        record,
        accounts=Accounts(),
        devices=shown,
        layouts={key: record.layouts[key] for key in layouts},
        messages=[each for each in record.messages if each.device in devices],
        refusals=[each for each in record.refusals if each.device in devices],
        checks=[each for each in record.checks if each.device is None or each.device in devices],
    )


def _told(record: "RunRecord") -> dict[str, Any]:
    """What governance has told; null where it has not."""
    accounts = record.accounts
    one: dict[str, Account | None] = {
        "event": accounts.last(RecoveryEvent),
        "relevant_devices": accounts.last(RelevantDevices),
        "decision": accounts.last(DecisionScope),
        "costs": accounts.last(Costs),
        "declared": accounts.last(DeclaredVerdicts),
        "prepayment": accounts.last(Prepayment),
    }
    many: dict[str, Sequence[Account]] = {
        "waves": accounts.all(Wave),
        "attacked": accounts.all(DeviceAttack),
        "top_up_gaps": accounts.all(TopUpGap),
        "size_estimates": accounts.all(SizeEstimate),
        "claims": accounts.all(Claim),
        "breach": accounts.all(Breach),
        "procedure_faults": accounts.all(ProcedureFault),
    }
    return {
        **{name: None if told is None else asdict(told) for name, told in one.items()},
        **{name: [asdict(each) for each in told] for name, told in many.items()},
    }


def _found(record: "RunRecord") -> dict[str, Any]:
    """What follows from the rows."""
    found, prices = record.exposure, priced_run(record.accounts)
    return {
        "exposure": None if found is None else found._asdict(),
        "outcome_by_device_type_and_cell": cell_outcomes(record.devices),
        "attack": None if record.attack is None else record.attack.as_json(),
        "device_outcomes": record.outcome_sums or None,
        "to_recover": record.to_recover,
        "replaced_keys_proven": replaced_proven(record.devices),
        "prices": None if prices is None else prices.as_json(),
        "not_recovered": [_not_recovered(each) for each in record.not_recovered],
    }


def _not_recovered(outcome: DeviceOutcome) -> dict[str, Any]:
    """What is told of such a device, but for the time that never came."""
    row = asdict(outcome)
    del row["recovered_at"], row["exposed"]
    return row
