"""Groups of equal devices, refusals, checks, messages and flash maps.

A page shows what many devices have in common once, so that it stays readable with 10,000 of them.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from firmware_sim.bench.evidence.flash.layout import FlashLayout, Wear
from firmware_sim.bench.evidence.flash.picture import Picture, picture_of
from firmware_sim.bench.evidence.flash.words import (
    BlockWords,
    layout_sentence,
    wear_sentence,
    words_of,
)
from firmware_sim.bench.evidence.record import OUTSTANDING, RunRecord
from firmware_sim.bench.evidence.record_rows import (
    CellHistory,
    CheckRow,
    Contents,
    DeviceRecord,
    FlashRecord,
    MessageRow,
    StepRow,
)
from firmware_sim.bench.outcome import Verdict

BAD = (Verdict.ERROR, Verdict.FAILED)
MAP_LIMIT = 8
"""Each flash map is some 8 kB of the page."""


@dataclass(frozen=True, slots=True)
class DeviceGroup:
    """Devices of one type, with the same verdict and the same contents in every cell.

    Attributes:
        verdict: theirs, or that they are outstanding.
    """

    devices: list[DeviceRecord]
    verdict: str | None

    @property
    def type(self) -> str:
        """Their device type."""
        return self.devices[0].type

    @property
    def is_good(self) -> bool:
        """Whether none of them did wrong, and none is outstanding."""
        return self.verdict not in (*BAD, OUTSTANDING)

    @property
    def cells(self) -> list[CellHistory]:
        """Their cells."""
        return self.devices[0].cells

    @property
    def sources_agree(self) -> bool:
        """Whether every cell was read from both sources, and these agree."""
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


@dataclass(frozen=True, slots=True)
class FlashMap:
    """The flash after the run, alike on several devices."""

    devices: list[DeviceRecord]
    layout: FlashLayout
    wear: Wear

    @property
    def type(self) -> str:
        """Their device type."""
        return self.devices[0].type

    @property
    def picture(self) -> Picture:
        """What is drawn."""
        return picture_of(self.layout, self.wear)

    @property
    def sentences(self) -> tuple[str, str]:
        """How full it is, and how worn."""
        return layout_sentence(self.layout), wear_sentence(self.wear)

    @property
    def words(self) -> list[BlockWords]:
        """The picture in words."""
        return words_of(self.layout, self.wear)


def device_groups(record: RunRecord) -> list[DeviceGroup]:
    """All devices, grouped; those that did wrong first, then those that are outstanding."""
    groups: dict[tuple[str, str | None, Hashable], list[DeviceRecord]] = defaultdict(list)
    for device in record.devices:
        contents = tuple(map(_contents, device.cells))
        groups[device.type, record.verdict_of(device), contents].append(device)
    found = [DeviceGroup(devices, verdict) for (_, verdict, _), devices in groups.items()]
    return sorted(found, key=lambda group: (group.verdict not in BAD, group.is_good))


def refusal_groups(record: RunRecord) -> list[RefusalGroup]:
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


def check_groups(record: RunRecord) -> dict[int, list[CheckGroup]]:
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


def flash_maps(record: RunRecord) -> list[FlashMap]:
    """How the flash of devices looks after the run; devices with an equal flash share a map.

    Devices that did wrong come first, then for each type what most have, then the rest.
    """
    groups: dict[tuple[str, bool, str, Wear], list[DeviceRecord]] = defaultdict(list)
    for device in record.devices:
        after = device.flash_after
        if after is not None and after.layout:
            wear = _wear(device.flash_before, after)
            groups[device.type, device.verdict in BAD, after.layout, wear].append(device)
    maps = [
        FlashMap(devices, record.layouts[layout], wear)
        for (_, _, layout, wear), devices in groups.items()
    ]
    maps.sort(key=lambda each: -len(each.devices))
    return [each for _, each in sorted(_ranked(maps), key=lambda ranked: ranked[0])]


def unreadable_images(record: RunRecord) -> list[tuple[DeviceRecord, str]]:
    """Devices whose image does not open, and why."""
    return [
        (device, device.flash_after.problem)
        for device in record.devices
        if device.flash_after is not None and device.flash_after.problem
    ]


def _counted(kinds: Counter[str]) -> str:
    """``2 ESME, 1 CHF``; what is about no device is about the bench."""
    return ", ".join(f"{count:,} {kind}" if kind else "bench" for kind, count in kinds.items())


def _contents(cell: CellHistory) -> Hashable:
    return cell.cell, _side(cell.before), _side(cell.after), cell.proven


def _side(side: dict[str, Contents]) -> Hashable:
    return tuple(sorted((name, item.subject, item.key_identifier) for name, item in side.items()))


def _ranked(maps: list[FlashMap]) -> Iterator[tuple[int, FlashMap]]:
    """0 for what did wrong, 1 for the first of each type, 2 for the rest."""
    types: set[str] = set()
    for each in maps:
        bad = each.devices[0].verdict in BAD
        yield (0 if bad else 2 if each.type in types else 1), each
        if not bad:
            types.add(each.type)


def _wear(before: FlashRecord | None, after: FlashRecord) -> Wear:
    is_known = before is not None and before.counted and not before.problem
    return Wear(after.erases, after.counted, before.erases if before and is_known else None)
