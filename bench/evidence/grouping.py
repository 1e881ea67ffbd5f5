"""What is the same is shown once: a page about 10,000 devices must stay a page."""

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import astuple, dataclass

from firmware_sim.bench.evidence.record import (
    CellHistory,
    CheckRow,
    Contents,
    DeviceRecord,
    MessageRow,
    Record,
    StepRow,
)
from firmware_sim.bench.outcome import Verdict

BAD = (Verdict.ERROR, Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class DeviceGroup:
    """Devices of one type, with the same verdict and the same contents in every cell."""

    devices: list[DeviceRecord]

    @property
    def type(self) -> str:
        """Their device type."""
        return self.devices[0].type

    @property
    def verdict(self) -> Verdict | None:
        """Their verdict."""
        return self.devices[0].verdict

    @property
    def cells(self) -> list[CellHistory]:
        """Their cells."""
        return self.devices[0].cells

    @property
    def sources_agree(self) -> bool:
        """Whether every cell was read from both sources, and they tell the same."""
        return all(cell.sources_agree and len(cell.sources) > 1 for cell in self.cells)

    @property
    def replaced(self) -> int:
        """How many cells of each hold another key than before."""
        return sum(cell.change == "replaced" for cell in self.cells)


@dataclass(frozen=True, slots=True)
class RefusalGroup:
    """One refusal, alike on several devices: `text` is the first device's."""

    step: StepRow
    reason: str
    text: str
    types: Counter[str]

    @property
    def devices(self) -> str:
        """How often on which device type."""
        return _counted(self.types)


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """One check with one verdict; `expected` and `actual` are the first device's."""

    first: CheckRow
    count: int
    alike: bool
    types: str


@dataclass(frozen=True, slots=True)
class MessageCount:
    """How many messages of a use case went each way during a step."""

    use_case: str
    to_devices: int
    from_devices: int


def device_groups(record: Record) -> list[DeviceGroup]:
    """All devices, grouped; those that did wrong first."""
    groups: dict[Hashable, list[DeviceRecord]] = defaultdict(list)
    for device in record.devices:
        groups[device.type, device.verdict, tuple(map(_contents, device.cells))].append(device)
    ordered = sorted(groups.values(), key=lambda devices: devices[0].verdict not in BAD)
    return [DeviceGroup(devices) for devices in ordered]


def refusal_groups(record: Record) -> list[RefusalGroup]:
    """All refusals, by step and reason."""
    steps = {step.id: step for step in record.steps}
    types = {device.entity: device.type for device in record.devices}
    groups: dict[tuple[int, str], RefusalGroup] = {}
    for item in record.refusals:
        key = (item.step, item.reason)
        group = groups.setdefault(
            key, RefusalGroup(steps[item.step], item.reason, item.text, Counter())
        )
        group.types[types.get(item.device, item.device)] += 1
    return list(groups.values())


def check_groups(record: Record) -> dict[int, list[CheckGroup]]:
    """All checks that no device failed, by step: name, verdict and how many devices."""
    types = {device.entity: device.type for device in record.devices}
    groups: dict[tuple[int, str, Verdict], list[CheckRow]] = defaultdict(list)
    for check in record.checks:
        groups[check.step, check.name, check.verdict].append(check)
    by_step: dict[int, list[CheckGroup]] = defaultdict(list)
    for (step, _, verdict), checks in groups.items():
        if verdict not in BAD:
            alike = len({(check.expected, check.actual) for check in checks}) == 1
            kinds = Counter(types.get(check.device or "", "") for check in checks)
            by_step[step].append(CheckGroup(checks[0], len(checks), alike, _counted(kinds)))
    return by_step


def message_counts(messages: list[MessageRow]) -> list[MessageCount]:
    """By use case, in order of first appearance."""
    ways: dict[str, Counter[str]] = defaultdict(Counter)
    for message in messages:
        ways[message.use_case or message.kind][message.direction] += 1
    return [
        MessageCount(use_case, way["to device"], way["from device"])
        for use_case, way in ways.items()
    ]


def _counted(kinds: Counter[str]) -> str:
    """``2 ESME, 1 CHF``; what is about no device is about the bench."""
    return ", ".join(f"{count:,} {kind}" if kind else "bench" for kind, count in kinds.items())


def _contents(cell: CellHistory) -> Hashable:
    return cell.cell, _side(cell.before), _side(cell.after)


def _side(side: dict[str, Contents]) -> Hashable:
    return tuple(sorted((source, *astuple(item)) for source, item in side.items()))
