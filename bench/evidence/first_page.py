"""What stands on the first page of a report: for people who decide, and not for those who debug."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from markupsafe import Markup

from firmware_sim.bench.evidence.accounts.attacks import DeviceAttack
from firmware_sim.bench.evidence.accounts.audits import AuditedCell, AuditTold
from firmware_sim.bench.evidence.accounts.claims import Breach, Claim, Costs
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome, Wave
from firmware_sim.bench.evidence.accounts.procedure import ProcedureFault
from firmware_sim.bench.evidence.accounts.recovery_event import (
    KeyFell,
    RecoveryEvent,
    RelevantDevices,
)
from firmware_sim.bench.evidence.accounts.sizes import SizeEstimate
from firmware_sim.bench.evidence.accounts.uses import Prepayment, TopUpGap
from firmware_sim.bench.evidence.audit_rows import AuditedDevice, audited_devices
from firmware_sim.bench.evidence.exposure_curve import exposure_svg, of_words
from firmware_sim.bench.evidence.findings import Exposure, cell_outcomes
from firmware_sim.bench.evidence.gap_words import MAX_LINES, gap_lines, gap_sentences
from firmware_sim.bench.evidence.glossary import Term, terms_in
from firmware_sim.bench.evidence.grouping import BAD
from firmware_sim.bench.evidence.power_words import power_sentences
from firmware_sim.bench.evidence.prepayment_words import prepayment_sentences
from firmware_sim.bench.evidence.price_sums import priced_run
from firmware_sim.bench.evidence.proven import proven_sentences, replaced_proven
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import CheckRow, DeviceRecord
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.evidence.standing import SupplierLine, by_supplier
from firmware_sim.bench.evidence.verdict_words import VerdictWords, devices_words, procedure_words
from firmware_sim.bench.evidence.wording import count, span
from firmware_sim.gbcs.roles import TrustAnchorCellId

STUCK_LIMIT = 20
AUDIT_LIMIT = 20
"""Devices that are listed of each audit."""


class CellLine(NamedTuple):
    """One row of the table of outcomes: a cell, and what became of it by device type."""

    cell: str
    name: TrustAnchorCellId
    outcomes: list[str]


@dataclass(frozen=True, slots=True)
class Stuck:
    """A device that did not come to a good end, and the first reason."""

    device: DeviceRecord
    check: CheckRow


class FirstPage:
    """One record, as its first page wants it."""

    def __init__(self, record: RunRecord) -> None:
        accounts = record.accounts
        self._record = record
        self.event = accounts.last(RecoveryEvent)
        self.relevant = accounts.last(RelevantDevices)
        self.faults = accounts.all(ProcedureFault)
        self.waves = accounts.all(Wave)
        self.wave_notes = list(dict.fromkeys(
            row.detail
            for row in record.governance
            if row.event == GovernanceEvent.WAVES and row.detail not in record.stops
        ))  # fmt: skip
        self.costs = accounts.last(Costs)
        self.prices = priced_run(accounts)
        self.claims = accounts.all(Claim)
        self.breaches = accounts.all(Breach)
        self.prepayment = accounts.last(Prepayment)
        self.sizes = accounts.all(SizeEstimate)
        self.all_gaps = gap_lines(accounts.all(TopUpGap))
        self.gaps = self.all_gaps[:MAX_LINES]
        self.audits = accounts.all(AuditTold)
        self.audit_sorts = list(dict.fromkeys(
            sort
            for each in self.audits
            for sort, number in each.sorts.items()
            if number or sort == "right"
        ))  # fmt: skip
        self.audit_limit = AUDIT_LIMIT
        self.attack = record.attack
        self.exposure: Exposure | None = record.exposure

    @property
    def verdicts(self) -> tuple[VerdictWords, VerdictWords]:
        """Both, side by side."""
        record = self._record
        devices = devices_words(record.devices_verdict, record.relevant_recovered)
        return procedure_words(record.procedure_verdict, record.run.outcome), devices

    @property
    def terms(self) -> list[Term]:
        """Words of the summary, explained where they first stand."""
        run = self._record.run
        return terms_in((run.title, run.summary))

    @cached_property
    def story_times(self) -> tuple[str, str] | None:
        """First and last time of the drill's own clock."""
        steps = self._record.steps
        return (steps[0].started, steps[-1].finished or steps[-1].started) if steps else None

    @cached_property
    def curve(self) -> Markup | None:
        """Share recovered over time."""
        svg = exposure_svg(self._record)
        return None if svg is None else Markup(svg)  # noqa: S704 - drawn by matplotlib

    @cached_property
    def suppliers(self) -> list[SupplierLine]:
        """Whose the devices are; empty of a story that names no organisations."""
        return by_supplier(self._record.standings.values())

    @property
    def power_sentences(self) -> list[str]:
        """What devices do for every holder of a key that fell."""
        return power_sentences(self._record.accounts.all(KeyFell))

    @property
    def exposure_sentences(self) -> list[str]:
        """The curve in words."""
        found, recoveries = self.exposure, self._record.recoveries
        if found is None or recoveries is None:
            return []
        lost = self._lost(found)
        if found.max_s is None or found.median_s is None or found.p95_s is None:
            sure = " for certain" if self._record.unknown_recoveries else ""
            return [f"No device was recovered{sure}. {lost}".strip()]
        whole = of_words(self._record)
        were = "was" if len(recoveries) == 1 else "were"
        return [
            f"From the Compromise to the last recovered device it took {span(found.max_s)}.",
            f"Of {whole}, {len(recoveries):,} {were} recovered: half of these within "
            f"{span(found.median_s)}, 95 % of these within {span(found.p95_s)}. {lost}".strip(),
        ]

    @property
    def proven_sentences(self) -> list[str]:
        """How the keys that were replaced were proven; empty if the run does not tell."""
        return proven_sentences(replaced_proven(self._record.devices))

    @property
    def prepayment_sentences(self) -> list[str]:
        """What customers lost, what a thief could print, and who could not top up."""
        told = [] if self.prepayment is None else prepayment_sentences(self.prepayment)
        return [*told, *gap_sentences(self._record.accounts.all(TopUpGap))]

    @cached_property
    def types(self) -> list[str]:
        """Device types, as columns of the table of outcomes."""
        return list(cell_outcomes(self._record.devices))

    @cached_property
    def outcomes(self) -> list[CellLine]:
        """What became of every cell, in the order of the cells."""
        found = cell_outcomes(self._record.devices)
        cells = {cell.cell: cell.name for each in self._record.devices for cell in each.cells}
        ordered = sorted(cells.items(), key=lambda item: _order(item[1]))
        return [
            CellLine(cell, name, [_fraction(found[kind].get(cell, {})) for kind in self.types])
            for cell, name in ordered
        ]

    @cached_property
    def all_stuck(self) -> list[Stuck]:
        """Every device with a check that did not go well."""
        first: dict[str, CheckRow] = {}
        for check in self._record.checks:
            if check.verdict in BAD and check.device is not None:
                first.setdefault(check.device, check)
        devices = {device.entity: device for device in self._record.devices}
        return [
            Stuck(devices[entity], check) for entity, check in first.items() if entity in devices
        ]

    @property
    def attacked(self) -> list[tuple[DeviceAttack, DeviceRecord]]:
        """The first devices that the attacker came to, the lost ones before all others."""
        devices = {device.entity: device for device in self._record.devices}
        told = () if self.attack is None else self.attack.devices
        found = sorted(told, key=lambda each: (not each.lost, each.since is None))[:STUCK_LIMIT]
        return [(each, devices[each.device]) for each in found if each.device in devices]

    def wrong_devices(self, step: str) -> list[AuditedDevice]:
        """The devices with a cell that an audit did not find right."""
        told = self._record.accounts.all(AuditedCell)
        return audited_devices(each for each in told if each.step == step)

    @property
    def fates(self) -> list[tuple[str, int]]:
        """How many devices came to each outcome, and all of them; empty if none was told."""
        return list(self._record.outcome_sums.items())

    @property
    def not_recovered(self) -> list[tuple[DeviceOutcome, DeviceRecord]]:
        """The first Relevant Devices that were not recovered."""
        devices = {device.entity: device for device in self._record.devices}
        found = self._record.not_recovered[:STUCK_LIMIT]
        return [(each, devices[each.device]) for each in found if each.device in devices]

    @property
    def price_at(self) -> dict[str, int | None]:
        """What each device would cost, at the prices that the story assumes."""
        return {each.device: each.pence for each in self.prices.devices} if self.prices else {}

    @property
    def not_recovered_count(self) -> int:
        """How many there are of them."""
        return len(self._record.not_recovered)

    @property
    def stuck(self) -> list[Stuck]:
        """The first of them, up to a limit."""
        return self.all_stuck[:STUCK_LIMIT]

    def _lost(self, found: Exposure) -> str:
        if unknown := self._record.unknown_recoveries:
            devices = count(unknown, "device")
            return (
                f"Of {devices} that answered an update it is not known: their cells were not read "
                "both before and after it."
            )
        if found.lost is None:
            return ""
        devices = count(found.lost, *self._record.to_recover_words)
        return f"{devices} {'was' if found.lost == 1 else 'were'} not recovered."


def period(begin: str, end: str) -> str:
    """``7 September 2026, 09:00 to 18:00``, with both dates if they differ."""
    first, last = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    text = f"{first.day} {first:%B %Y}, {first:%H:%M} to "
    return text + (f"{last:%H:%M}" if first.date() == last.date() else
                   f"{last.day} {last:%B %Y}, {last:%H:%M}")  # fmt: skip


def _fraction(found: dict[str, int]) -> str:
    """``4 of 4``: replaced of those that have the cell; empty if none has it."""
    return f"{found.get('replaced', 0):,} of {sum(found.values()):,}" if found else ""


def _order(cell: TrustAnchorCellId) -> tuple[int, int, int]:
    role, key_usage, cell_usage = cell
    return role, key_usage.value, cell_usage
