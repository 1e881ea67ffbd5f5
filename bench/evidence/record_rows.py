"""The rows of a run's record, as values whose every field was checked."""

from dataclasses import dataclass, field

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
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict, Verdict
from firmware_sim.gbcs.roles import TrustAnchorCellId


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
    holds_keys: bool
    """Whether messages and images are as they were, with every key in them."""
    started: Time
    finished: Time | None
    outcome: Outcome | None
    exit_code: int | None
    reason: str
    procedure_verdict: ProcedureVerdict | None = None
    """None if the procedure was not judged; ledgers of format 2 have no verdicts apart."""
    devices_verdict: DevicesVerdict | None = None
    strict: bool = False
    story_digest: Digest = ""


@dataclass(frozen=True, slots=True)
class InputRow:
    """A file that the run was made from, as it was read."""

    kind: str
    origin: str
    text: str


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
    """What people did; clauses say by its number that it earned them."""

    id: Number
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
    proven: str | None = None
    """How the key that it holds at the end was proven; None if the run does not tell."""
    has_use: bool | None = None
    """Whether such a device has a public use for that key."""

    @property
    def name(self) -> TrustAnchorCellId:
        """The cell's name in parts."""
        return TrustAnchorCellId.parse(self.cell)

    @property
    def change(self) -> str:
        """``replaced``, ``unchanged``, or ``not read`` if either side is missing.

        Where the sources differ, the flash image counts: it is what the device will use.
        """
        before, after = self.before, self.after
        if not before or not after:
            return "not read"
        old = before.get("image") or next(iter(before.values()))
        new = after.get("image") or next(iter(after.values()))
        return "unchanged" if old.key_identifier == new.key_identifier else "replaced"

    @property
    def sources(self) -> list[str]:
        """Which sources were read, before or after: ``CS02a``, ``image`` or both."""
        return sorted(set(self.before) | set(self.after))

    @property
    def sources_agree(self) -> bool:
        """Whether all sources that were read agree."""
        return _are_alike(self.before) and _are_alike(self.after)


def _are_alike(side: dict[str, Contents]) -> bool:
    contents = iter(side.values())
    first = next(contents, None)
    return all(each is first or each == first for each in contents)


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
