"""What a periodic test is measured by (SEC L10.1(e)): a few figures of one run.

All times are by the drill's own clock, in seconds from the first Compromise. What a run does not
tell is None, never zero.
"""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Final

from firmware_sim.bench.evidence.accounts.devices import Wave
from firmware_sim.bench.evidence.accounts.procedure import ProcedureFault
from firmware_sim.bench.evidence.accounts.recovery_event import RelevantDevices
from firmware_sim.bench.evidence.exposure_curve import of_words
from firmware_sim.bench.evidence.findings import Recovery, earned_by
from firmware_sim.bench.evidence.opening import check_is_run
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import STORY, GovernanceEvent
from firmware_sim.bench.evidence.verdict_words import VerdictWords, devices_words, procedure_words
from firmware_sim.bench.evidence.verifying import ledger_problem
from firmware_sim.bench.evidence.wave_words import waited_s
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict, Verdict

SHARES: Final = (50, 95, 100)
"""Per cent of the devices that had to be recovered; of each it is told when it was reached."""

_FAILED: Final = (Verdict.FAILED, Verdict.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """One run.

    Attributes:
        folder: as it was given.
        ledger_problem: why its ledger does not verify; empty if it does.
        decision_s: when the SMKI PMA first decided.
        first_device_s: when the first device was recovered.
        share_s: per cent of the devices that had to be recovered -> when so many were.
        relevant: how many Relevant Devices there are; None if the run did not freeze them.
        to_recover: how many devices had to be recovered, as `RunRecord.to_recover` has it.
        of: which devices make 100 % of the curve.
        recovered: devices that were.
        lost: devices that had to be, and were not.
        failed: devices of which a check failed, or could not be made.
        unreachable: devices that were sent something, and never sent anything.
        waited_s: how long waves waited for devices that did not answer; None without waves.
        attacked: devices that an attacker changed; None if there was none.
        attacker_lost: those in which its certificates stand at the end.
        attacked_s: how long they stood at the most, in a device that was won back.
        faults: where the procedure was not followed.
        earned: clauses that the story names -> whether something was done for each.
        curve: seconds at which a further device was recovered.
        story_text: as the run read it; empty if it did not keep it.
    """

    folder: str
    ledger_problem: str
    story: str
    title: str
    story_digest: str
    version: str
    seed: int
    target: str
    started: str
    outcome: Outcome | None
    procedure: ProcedureVerdict | None
    devices_verdict: DevicesVerdict
    devices: int
    decision_s: float | None
    first_device_s: float | None
    share_s: dict[int, float | None]
    median_s: float | None
    relevant: int | None
    to_recover: int | None
    of: str
    recovered: int
    lost: int | None
    failed: int
    unreachable: int
    faults: int
    earned: dict[str, bool]
    curve: tuple[float, ...]
    story_text: str = ""
    waited_s: float | None = None
    attacked: int | None = None
    attacker_lost: int | None = None
    attacked_s: float | None = None

    @property
    def verdicts(self) -> tuple[VerdictWords, VerdictWords]:
        """Procedure and devices, in words."""
        devices = devices_words(self.devices_verdict)
        return procedure_words(self.procedure), devices


def figures_of(folder: Path) -> RunFigures:
    """The figures of a run, whose ledger need not verify: `ledger_problem` says so then.

    Raises:
        UsageError: the folder holds no valid ledger.
    """
    check_is_run(folder)
    problem = ledger_problem(folder)
    record = read_record(folder)
    found = record.recoveries or []
    relevant = record.accounts.last(RelevantDevices)
    exposure, attack = record.exposure, record.attack
    story = record.input_of(STORY)
    return RunFigures(
        folder=str(folder),
        ledger_problem=problem,
        story=record.run.story,
        title=record.run.title,
        story_digest=record.run.story_digest,
        version=record.versions.get("firmware-sim", "unknown"),
        seed=record.run.seed,
        target=record.run.target,
        started=record.run.started,
        outcome=record.run.outcome,
        procedure=record.procedure_verdict,
        devices_verdict=record.devices_verdict,
        devices=len(record.devices),
        decision_s=_decision(record),
        first_device_s=found[0].seconds if found else None,
        share_s=shares_reached(found, record.to_recover),
        median_s=None if exposure is None else exposure.median_s,
        relevant=None if relevant is None else relevant.total,
        to_recover=record.to_recover,
        of=of_words(record),
        recovered=len(found),
        lost=None if exposure is None else exposure.lost,
        failed=sum(device.verdict in _FAILED for device in record.devices),
        unreachable=_unreachable(record),
        faults=len(record.accounts.all(ProcedureFault)),
        earned={
            each.reference: bool(earned_by(each.reference, record.governance))
            for each in record.clauses
        },
        curve=tuple(each.seconds for each in found),
        story_text="" if story is None else story.text,
        waited_s=waited_s(record.accounts.all(Wave)),
        attacked=None if attack is None else len(attack.changed),
        attacker_lost=None if attack is None else attack.exposure.lost,
        attacked_s=None if attack is None else attack.exposure.max_s,
    )


def _decision(record: RunRecord) -> float | None:
    """From the first Compromise to the first decision that is not before it."""
    begin = _first(record, GovernanceEvent.COMPROMISE)
    end = None if begin is None else _first(record, GovernanceEvent.DECISION, begin)
    return None if begin is None or end is None else (end - begin).total_seconds()


def _first(
    record: RunRecord, event: GovernanceEvent, begin: datetime | None = None
) -> datetime | None:
    times = (datetime.fromisoformat(row.at) for row in record.governance if row.event == event)
    return next((at for at in times if begin is None or at >= begin), None)


def shares_reached(found: list[Recovery], whole: int | None) -> dict[int, float | None]:
    """When so many per cent were recovered: at least so many devices.

    Args:
        whole: how many had to be; None if that is not known.
    """
    if not whole:
        return dict.fromkeys(SHARES)
    needed = {share: ceil(share * whole / 100) for share in SHARES}
    return {
        share: found[number - 1].seconds if number <= len(found) else None
        for share, number in needed.items()
    }


def _unreachable(record: RunRecord) -> int:
    sent = {row.device for row in record.messages if row.direction == "to device"}
    return len(sent - {row.device for row in record.messages if row.direction == "from device"})
