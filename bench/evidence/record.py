"""One run as values: what ``record.json``, the page, JUnit and the files are all made from."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from firmware_sim.bench.evidence.accounts.devices import OUTCOMES, DeviceOutcome, Wave
from firmware_sim.bench.evidence.accounts.procedure import DeclaredVerdicts, ProcedureFault
from firmware_sim.bench.evidence.accounts.recovery_event import RecoveryEvent, RelevantDevices
from firmware_sim.bench.evidence.accounts.told import Accounts
from firmware_sim.bench.evidence.attacks import AttackFigures, attack_figures
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.devices_found import DevicesFound
from firmware_sim.bench.evidence.findings import (
    Exposure,
    Recoveries,
    Recovery,
    exposure_of,
    recoveries,
)
from firmware_sim.bench.evidence.flash.layout import FlashLayout
from firmware_sim.bench.evidence.record_json import record_json
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
from firmware_sim.bench.evidence.run_info import is_attack
from firmware_sim.bench.evidence.standing import Standing, standings
from firmware_sim.bench.evidence.verdict_words import Recovered
from firmware_sim.bench.evidence.wave_words import is_stop, wave_sentences
from firmware_sim.bench.outcome import Declared, DevicesVerdict, ProcedureVerdict, Verdict

_BAD: Final = (Verdict.FAILED, Verdict.ERROR)

OUTSTANDING: Final = DevicesVerdict.OUTSTANDING.value
"""In place of a verdict on a device that could not be reached, or was not asked."""


@dataclass
class RunRecord:
    """Everything that a run's ledger holds.

    Attributes:
        head: of the ledger's chain when this was read; None of a ledger without a chain.
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
    head: ChainHead | None = None

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
    def standings(self) -> dict[str, Standing]:
        """Whose each device is; empty of a story that names no organisations."""
        return standings(self.accounts)

    @property
    def recoveries(self) -> list[Recovery] | None:
        """Which devices were recovered, and when; None without a Compromise."""
        return None if self._recoveries is None else self._recoveries.found

    @cached_property
    def exposure(self) -> Exposure | None:
        """How long devices trusted a compromised key; None without a Compromise."""
        return exposure_of(self._recoveries, self.to_recover)

    @property
    def has_event(self) -> bool:
        """Whether a Recovery Event occurred (SEC L10.14)."""
        last = self.accounts.last
        return not (last(RecoveryEvent) is None and last(RelevantDevices) is None)

    @cached_property
    def to_recover(self) -> int | None:
        """How many devices had to be recovered after the Compromise: the whole of every share.

        The Relevant Devices of a Recovery Event; without one, the devices that held the
        compromised certificate. None without a Compromise, and where nothing tells.
        """
        if self._recoveries is None:
            return None
        relevant, known = self.accounts.last(RelevantDevices), len(self.had_to_recover)
        if relevant is not None:
            return max(relevant.total, known)  # of several Events there may be more
        return known if self.outcomes else None

    @cached_property
    def had_to_recover(self) -> frozenset[str]:
        """The devices of `to_recover`, as far as it was told what became of each."""
        return frozenset(
            entity
            for entity, each in self.outcomes.items()
            if (each.responsible_supplier if self.has_event else each.was_exposed)
        )

    @property
    def to_recover_words(self) -> tuple[str, str]:
        """What `to_recover` counts, of one and of several."""
        if self.has_event:
            return "Relevant Device", "Relevant Devices"
        held = "held the compromised certificate"
        return f"device that {held}", f"devices that {held}"

    @property
    def unknown_recoveries(self) -> int:
        """Of how many devices that answered it is not known whether they were recovered."""
        return 0 if self._recoveries is None else self._recoveries.unknown

    @cached_property
    def _recoveries(self) -> Recoveries | None:
        """Where Relevant Devices are known one by one, no other device counts."""
        relevant = {entity for entity, each in self.standings.items() if each.relevant}
        devices = [each for each in self.devices if not relevant or each.entity in relevant]
        attacks = frozenset(each.id for each in self.steps if is_attack(each.name))
        return recoveries(
            self.governance, self.messages, devices, self.checks, self.outcomes, attacks
        )

    @cached_property
    def attack(self) -> AttackFigures | None:
        """What the attacker did; None if it had no key."""
        return attack_figures(self.accounts)

    @cached_property
    def outcomes(self) -> dict[str, DeviceOutcome]:
        """What became of each device that was to be recovered, by Entity Identifier."""
        return {each.device: each for each in self.accounts.all(DeviceOutcome)}

    def verdict_of(self, device: DeviceRecord) -> str | None:
        """The verdict on a device; `outstanding` if it was not reached, and did nothing wrong."""
        outcome = self.outcomes.get(device.entity)
        is_outstanding = outcome is not None and outcome.outstanding and device.verdict not in _BAD
        return OUTSTANDING if is_outstanding else device.verdict

    @cached_property
    def outcome_sums(self) -> dict[str, int]:
        """How many devices came to each outcome, and all of them; empty if none was told."""
        if not self.outcomes:
            return {}
        found = Counter(each.outcome for each in self.outcomes.values())
        return {**{name: found[name] for name in OUTCOMES}, "total": len(self.outcomes)}

    @property
    def wave_sentences(self) -> list[str]:
        """What the waves waited for, and what became of their devices after them."""
        recovered = self.outcome_sums.get("recovered") if self.outcome_sums else None
        return wave_sentences(self.accounts.all(Wave), recovered, self.stops)

    @property
    def stops(self) -> list[str]:
        """Of each step with waves whose stop fired, after which wave, and why."""
        return [row.detail for row in self.governance if is_stop(row.event, row.detail)]

    @cached_property
    def not_recovered(self) -> list[DeviceOutcome]:
        """Relevant Devices that were not: those of SEC L10.17(b)."""
        return [
            each
            for each in self.outcomes.values()
            if each.responsible_supplier and each.outcome != "recovered"
        ]

    @property
    def relevant_recovered(self) -> Recovered:
        """Of the Relevant Devices, how many were recovered."""
        relevant = [each for each in self.outcomes.values() if each.responsible_supplier]
        return Recovered(len(relevant), len(relevant) - len(self.not_recovered))

    @property
    def still_exposed(self) -> list[DeviceOutcome]:
        """Without a Recovery Event, devices that still trust a key that fell, or an attacker."""
        return [] if self.has_event else [each for each in self.outcomes.values() if each.exposed]

    @property
    def is_as_declared(self) -> bool:
        """Whether a verdict is good only because the story declares it."""
        good = self.procedure_verdict is not ProcedureVerdict.NOT_FOLLOWED
        return self.declared != Declared() and not (
            good and self.devices_verdict is DevicesVerdict.RIGHT
        )

    @property
    def is_undeclared(self) -> bool:
        """Whether all that failed is what the story says of the devices together.

        Such a check names no device: the story may be out of date, and every device right.
        """
        return self.devices_verdict is DevicesVerdict.NOT_AS_DECLARED

    @property
    def declared(self) -> Declared:
        """The verdicts with which the story says that it ends."""
        told = self.accounts.last(DeclaredVerdicts)
        return Declared() if told is None else Declared(told.procedure, told.devices)

    @cached_property
    def devices_verdict(self) -> DevicesVerdict:
        """Worked out from the checks, as `RunLedger.devices_verdict` does while the run goes."""
        found = DevicesFound()
        for check in self.checks:
            found.add_check(check.step, check.verdict, of_device=check.device is not None)
        for step in self.steps:
            if step.verdict is not None:
                found.end_step(step.id, step.verdict)
        outstanding = any(each.outstanding for each in self.accounts.all(DeviceOutcome))
        return found.verdict(outstanding=outstanding).at_end(self.run.outcome)

    @property
    def procedure_verdict(self) -> ProcedureVerdict | None:
        """A fault that was told outweighs the verdict that was written at the end."""
        if self.accounts.all(ProcedureFault):
            return ProcedureVerdict.NOT_FOLLOWED
        return self.run.procedure_verdict

    def as_json(self) -> dict[str, Any]:
        """The content of ``record.json``."""
        return record_json(self)


_WORST_FIRST = (Verdict.ERROR, Verdict.FAILED, Verdict.PASSED, Verdict.SKIPPED)


def worst(verdicts: set[Verdict]) -> Verdict | None:
    """ERROR before FAILED before PASSED before SKIPPED; None of none."""
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)
