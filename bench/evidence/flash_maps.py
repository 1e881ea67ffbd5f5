"""The flash maps of a page: devices of one type whose flash is alike share one."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_sim.bench.evidence.flash_layout import FlashLayout
from firmware_sim.bench.evidence.flash_picture import Picture, layout_sentence, picture_of
from firmware_sim.bench.evidence.flash_wear import Wear
from firmware_sim.bench.evidence.flash_words import BlockWords, words_of
from firmware_sim.bench.evidence.grouping import BAD
from firmware_sim.bench.evidence.record import DeviceRecord, FlashRecord, Record

MAP_LIMIT = 8
"""Each map is some 8 kB of the page."""


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
        return layout_sentence(self.layout), self.wear.sentence

    @property
    def words(self) -> list[BlockWords]:
        """The picture in words."""
        return words_of(self.layout, self.wear)


def flash_maps(record: Record) -> list[FlashMap]:
    """All maps: devices that did wrong first, then for each type what most have, then the rest."""
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


def unreadable(record: Record) -> list[tuple[DeviceRecord, str]]:
    """Devices whose image does not open, and why."""
    return [
        (device, device.flash_after.problem)
        for device in record.devices
        if device.flash_after is not None and device.flash_after.problem
    ]


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
