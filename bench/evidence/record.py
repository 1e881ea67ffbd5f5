"""One run as values: what ``record.json``, the page, JUnit and the files are all made from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from firmware_sim.bench.evidence.accounts import (
    Account,
    Accounts,
    Breach,
    Claim,
    Costs,
    DecisionScope,
    ProcedureFault,
    RecoveryEvent,
    RelevantDevices,
    Wave,
)
from firmware_sim.bench.evidence.findings import (
    Recovery,
    cell_outcomes,
    earned_by,
    exposure_of,
    recoveries,
)
from firmware_sim.bench.evidence.flash.layout import FlashLayout
from firmware_sim.bench.evidence.record_rows import (
    CheckRow,
    ClauseRow,
    DeviceRecord,
    GovernanceRow,
    Head,
    InputRow,
    MessageRow,
    PolicyRow,
    RefusalRow,
    StepRow,
)
from firmware_sim.bench.outcome import DevicesVerdict, ProcedureVerdict, Verdict

FORMAT = "firmware-sim/record/2"

_BAD = (Verdict.FAILED, Verdict.ERROR)


@dataclass
class RunRecord:
    """Everything that a run's ledger holds.

    Attributes:
        resumed: when the run was taken up again after it had been cut off, by the bench's clock.
    """

    run: Head
    clauses: list[ClauseRow]
    versions: dict[str, str]
    policy: list[PolicyRow]
    governance: list[GovernanceRow]
    steps: list[StepRow]
    devices: list[DeviceRecord]
    layouts: dict[str, FlashLayout]
    messages: list[MessageRow]
    refusals: list[RefusalRow]
    checks: list[CheckRow]
    accounts: Accounts
    inputs: list[InputRow]
    resumed: list[str] = field(default_factory=list)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How much there was of everything, skipped work included."""
        changes = Counter(cell.change for device in self.devices for cell in device.cells)
        directions = Counter(message.direction for message in self.messages)
        checks = Counter(check.verdict for check in self.checks)
        return {
            "premises": self.run.premises,
            "devices": len(self.devices),
            "steps": len(self.steps),
            "cells_replaced": changes["replaced"],
            "cells_unchanged": changes["unchanged"],
            "cells_not_read": changes["not read"],
            "messages_to_devices": directions["to device"],
            "messages_from_devices": directions["from device"],
            "refusals": len(self.refusals),
            **{f"checks_{verdict}": checks[verdict] for verdict in Verdict},
        }

    def input_of(self, kind: str) -> InputRow | None:
        """The file of a kind that the run was made from, e.g. ``story``; None if not kept."""
        return next((each for each in self.inputs if each.kind == kind), None)

    @cached_property
    def recoveries(self) -> list[Recovery] | None:
        """Which devices were recovered, and when; None without a Compromise."""
        return recoveries(self.governance, self.messages, self.devices)

    @cached_property
    def devices_verdict(self) -> DevicesVerdict:
        """Worked out from the checks, as `RunLedger.devices_verdict` does while the run goes."""
        of_devices = [
            check.verdict for check in self.checks if check.device or check.verdict in _BAD
        ]
        of_steps = [step.verdict for step in self.steps if step.verdict in _BAD]
        verdict = DevicesVerdict.of(filter(None, (*of_devices, *of_steps)))
        return verdict.at_end(self.run.outcome)

    @property
    def procedure_verdict(self) -> ProcedureVerdict | None:
        """A fault that was told outweighs the verdict that was written at the end."""
        if self.accounts.all(ProcedureFault):
            return ProcedureVerdict.NOT_FOLLOWED
        return self.run.procedure_verdict

    def as_json(self) -> dict[str, Any]:
        """The content of ``record.json``."""
        rows = asdict(self)
        del rows["accounts"]
        for device, history in zip(self.devices, rows["devices"], strict=True):
            for cell, row in zip(device.cells, history["cells"], strict=True):
                row["change"] = cell.change
                row["sources_agree"] = cell.sources_agree
        rows["clauses"] = [
            {
                "clause": clause.reference,
                "text": clause.text,
                "earned_by": earned_by(clause.reference, self.governance),
            }
            for clause in self.clauses
        ]
        verdicts = {"procedure": self.procedure_verdict, "devices": self.devices_verdict}
        head = {"format": FORMAT, "verdicts": verdicts, "counts": self.counts}
        return head | self._told() | self._found() | rows

    def _told(self) -> dict[str, Any]:
        """What governance has told; null where it has not."""
        accounts = self.accounts
        one: dict[str, Account | None] = {
            "event": accounts.last(RecoveryEvent),
            "relevant_devices": accounts.last(RelevantDevices),
            "decision": accounts.last(DecisionScope),
            "costs": accounts.last(Costs),
        }
        many: dict[str, Sequence[Account]] = {
            "waves": accounts.all(Wave),
            "claims": accounts.all(Claim),
            "breach": accounts.all(Breach),
            "procedure_faults": accounts.all(ProcedureFault),
        }
        return {
            **{name: None if told is None else asdict(told) for name, told in one.items()},
            **{name: [asdict(each) for each in told] for name, told in many.items()},
        }

    def _found(self) -> dict[str, Any]:
        """What follows from the rows."""
        found = exposure_of(self.recoveries, self.accounts.last(RelevantDevices))
        return {
            "exposure": None if found is None else found._asdict(),
            "outcome_by_device_type_and_cell": cell_outcomes(self.devices),
        }


_WORST_FIRST = (Verdict.ERROR, Verdict.FAILED, Verdict.PASSED, Verdict.SKIPPED)


def worst(verdicts: set[Verdict]) -> Verdict | None:
    """ERROR before FAILED before PASSED before SKIPPED; None of none."""
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)
