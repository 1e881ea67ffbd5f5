"""One run as values: what ``record.json``, the page, JUnit and the files are all made from."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from firmware_sim.bench.evidence.columns import (
    CellName,
    Digest,
    Direction,
    Entity,
    Hexadecimal,
    KeyIdentifier,
    Number,
    Octets,
    Seconds,
    Time,
)
from firmware_sim.bench.evidence.flash.layout import FlashLayout
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.gbcs.roles import TrustAnchorCellId

FORMAT = "firmware-sim/record/1"

_WORST_FIRST = (Verdict.ERROR, Verdict.FAILED, Verdict.PASSED, Verdict.SKIPPED)


@dataclass(frozen=True, slots=True)
class Head:
    """The run as a whole; `finished` and `outcome` are None if it was killed."""

    story: str
    title: str
    summary: str
    seed: Number
    target: str
    premises: Number
    command_line: str
    with_keys: bool
    started: Time
    finished: Time | None
    outcome: Outcome | None
    exit_code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A rule that the story rehearses."""

    reference: str
    text: str


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One open point; `usual` is the default."""

    name: str
    question: str
    alternatives: str
    usual: str
    choice: str
    insecure: bool
    source: str


@dataclass(frozen=True, slots=True)
class GovernanceRow:
    """What people did."""

    at: Time
    event: str
    detail: str
    clause: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the story; verdict None if it never ended."""

    id: Number
    name: str
    title: str
    started: Time
    finished: Time | None
    verdict: Verdict | None
    reason: str
    really_started: Time | None = None
    """Time of the bench instead of the drill; with `seconds` absent in older ledgers."""
    seconds: Seconds | None = None


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message; `octets` in hex, None where they are not kept; digest of the true octets."""

    id: Number
    step: Number
    device: Entity
    direction: Direction
    at: Time
    kind: str
    use_case: str
    originator: str
    target: str
    counter: str
    length: Octets
    digest: Digest
    blanked: bool
    summary: str
    octets: str | None


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A device refused a message."""

    step: Number
    device: Entity
    at: Time
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check; device None if it concerns the whole run."""

    step: Number
    device: Entity | None
    at: Time
    name: str
    verdict: Verdict
    expected: str
    actual: str
    reason: str
    seconds: Seconds | None = None
    """Real time since the check before it in this step, or since the step began."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Identifiers that a cell holds, in hex."""

    subject: Hexadecimal
    key_identifier: KeyIdentifier


@dataclass(slots=True)
class CellHistory:
    """One cell before and after, as the device says (CS02a) and as its image shows."""

    cell: CellName
    before: dict[str, Contents] = field(default_factory=dict)
    after: dict[str, Contents] = field(default_factory=dict)

    @property
    def name(self) -> TrustAnchorCellId:
        """The cell's name in parts."""
        return TrustAnchorCellId.parse(self.cell)

    @property
    def change(self) -> str:
        """``replaced``, ``unchanged``, or ``not read`` if either side is missing.

        Where the sources differ, the flash image counts: it is what the device will use.
        """
        if not self.before or not self.after:
            return "not read"
        old, new = (
            side.get("image") or next(iter(side.values())) for side in (self.before, self.after)
        )
        return "unchanged" if old.key_identifier == new.key_identifier else "replaced"

    @property
    def sources(self) -> list[str]:
        """Which sources were read, before or after: ``CS02a``, ``image`` or both."""
        return sorted(set(self.before) | set(self.after))

    @property
    def sources_agree(self) -> bool:
        """Whether all sources that were read agree."""
        return len(set(self.before.values())) <= 1 and len(set(self.after.values())) <= 1


@dataclass(frozen=True, slots=True)
class FlashRecord:
    r"""A flash image, as `flash\.layout\.flash_entry` has it; `layout` is a key of the record's."""

    erases: tuple[Number, ...]
    counted: bool
    layout: str
    problem: str


@dataclass(slots=True)
class DeviceRecord:
    """One device: its flash image, its cells, and the worst verdict of its checks."""

    entity: Entity
    type: str
    premises: Number
    image_before: Digest
    image_after: Digest | None
    flash_before: FlashRecord | None = None
    flash_after: FlashRecord | None = None
    verdict: Verdict | None = None
    cells: list[CellHistory] = field(default_factory=list)


@dataclass
class RunRecord:
    """Everything that a run's ledger holds."""

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

    def as_json(self) -> dict[str, Any]:
        """The content of ``record.json``."""
        document = {"format": FORMAT, "counts": self.counts, **asdict(self)}
        for device, history in zip(self.devices, document["devices"], strict=True):
            for cell, row in zip(device.cells, history["cells"], strict=True):
                row["change"] = cell.change
                row["sources_agree"] = cell.sources_agree
        return document


def worst(verdicts: set[Verdict]) -> Verdict | None:
    """ERROR before FAILED before PASSED before SKIPPED; None of none."""
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), None)
