"""What follows from the rows of a record: exposure, outcome by kind of device and cell, clauses.

Nothing here is told by governance, and nothing is guessed: where the ledger does not say, the value
is None.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from math import ceil
from types import MappingProxyType
from typing import Final, NamedTuple

from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome
from firmware_sim.bench.evidence.record_rows import (
    CellHistory,
    CheckRow,
    DeviceRecord,
    GovernanceRow,
    MessageRow,
)
from firmware_sim.bench.evidence.run_info import GovernanceEvent
from firmware_sim.bench.outcome import Verdict

_UPDATE: Final = "CS02b"
_REFERENCE: Final = re.compile(r"\bL\d+(?:\.\d+)?(?:\([a-z]+\))*")


class Recovery(NamedTuple):
    """When one device was recovered: hours by the drill's clock since the first Compromise."""

    entity: str
    seconds: float


class Exposure(NamedTuple):
    """How long devices trusted a compromised key, in seconds by the drill's clock.

    A device counts as recovered when a party's command had replaced the last cell in which a key
    that fell, or an attacker, was trusted, if at the end no check of it has failed and one of its
    cells was replaced. Where a cell was not read both before and after, the outcome that was told
    of the device decides. A run that does not tell when that was is one of an earlier version, or
    was cut off: then the device's first answer counts to an update that no attacker of the story
    sent.

    Attributes:
        median_s, p95_s, max_s: None if no device was recovered; of an even number the lower of
            the two in the middle, and at least 95 % are recovered within `p95_s`.
        lost: devices that had to be recovered, and were not; None if it is not known how many
            had to be, or of each that answered whether it was recovered.
    """

    median_s: float | None
    p95_s: float | None
    max_s: float | None
    lost: int | None


READ_BACK_DONE: Final = "read back: done, the response was lost"
"""What a check says of an update that a device has shown, and not answered."""


class Recoveries(NamedTuple):
    """Which devices were recovered after the first Compromise, and of which it is not known.

    Attributes:
        found: those that were, the first one first.
        unknown: how many answered an update, and neither their cells nor an outcome that was told
            says whether it recovered them.
    """

    found: list[Recovery]
    unknown: int = 0


def recoveries(
    governance: list[GovernanceRow],
    messages: list[MessageRow],
    devices: list[DeviceRecord],
    checks: Iterable[CheckRow] = (),
    told: Mapping[str, DeviceOutcome] = MappingProxyType({}),
    attacks: Collection[int] = (),
) -> Recoveries | None:
    """Which devices were recovered, and when; None without a Compromise.

    Args:
        checks: of a device whose answer was lost, one of them says when it was read back.
        told: what became of each device, where it was told.
        attacks: numbers of the steps in which attackers acted.
    """
    begin = compromised_at(governance)
    if begin is None:
        return None
    times = _told_times(told) or _answered(begin, messages, checks, attacks)
    said = {
        device.entity: _is_recovered(device, told.get(device.entity))
        for device in devices
        if device.entity in times
    }
    found = (
        Recovery(entity, (times[entity] - begin).total_seconds())
        for entity, is_recovered in said.items()
        if is_recovered
    )
    ordered = sorted(found, key=lambda each: (each.seconds, each.entity))
    return Recoveries(ordered, list(said.values()).count(None))


def _told_times(told: Mapping[str, DeviceOutcome]) -> dict[str, datetime]:
    return {
        entity: datetime.fromisoformat(each.recovered_at)
        for entity, each in told.items()
        if each.recovered_at is not None
    }


def _answered(
    begin: datetime,
    messages: list[MessageRow],
    checks: Iterable[CheckRow],
    attacks: Collection[int],
) -> dict[str, datetime]:
    """When each device first answered a party's update, or was read back in place of that."""
    answered: dict[str, datetime] = {}
    for message in messages:
        if message.direction == "from device" and message.use_case.startswith(_UPDATE):
            at = datetime.fromisoformat(message.at)
            is_counted = message.kind == "response" and message.step not in attacks
            if at >= begin and is_counted:
                answered.setdefault(message.device, at)
    for check in checks:
        if check.device is None or check.actual != READ_BACK_DONE:
            continue
        at = datetime.fromisoformat(check.at)
        if at >= begin:
            answered[check.device] = min(at, answered.get(check.device, at))
    return answered


def exposure_of(found: Recoveries | None, whole: int | None) -> Exposure | None:
    """Median, 95th percentile and maximum; None without a Compromise.

    Args:
        whole: how many devices had to be recovered; None if that is not known.
    """
    if found is None:
        return None
    is_known = whole is not None and not found.unknown
    lost = max(0, whole - len(found.found)) if whole is not None and is_known else None
    return exposure_in([each.seconds for each in found.found], lost)


def exposure_in(seconds: list[float], lost: int | None) -> Exposure:
    """Of some devices, each with its seconds, the shortest time first."""
    if not seconds:
        return Exposure(None, None, None, lost)
    return Exposure(_rank(seconds, 0.5), _rank(seconds, 0.95), seconds[-1], lost)


def cell_outcomes(devices: list[DeviceRecord]) -> dict[str, dict[str, dict[str, int]]]:
    """Device type -> cell -> how many devices replaced it, kept it, or were not read."""
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for device in devices:
        for cell in device.cells:
            counts[device.type][cell.cell][_word(cell)] += 1
    return {
        kind: {cell: dict(sorted(found.items())) for cell, found in sorted(cells.items())}
        for kind, cells in sorted(counts.items())
    }


def earned_by(reference: str, governance: list[GovernanceRow]) -> list[int]:
    """Numbers of the events whose clause is, or lies within, the one that `reference` names."""
    wanted = set(clauses_in(reference))
    return [
        row.id
        for row in governance
        if any(has == each or has.startswith(f"{each}(") for has in clauses_in(row.clause)
               for each in wanted)
    ]  # fmt: skip


def clauses_in(text: str) -> Iterator[str]:
    """Clauses of the SEC in a text, e.g. ``L10.2(a)``."""
    return (found[0] for found in _REFERENCE.finditer(text))


def compromised_at(governance: list[GovernanceRow]) -> datetime | None:
    """The time of the first Compromise, by the drill's clock; None without one."""
    times = [row.at for row in governance if row.event == GovernanceEvent.COMPROMISE]
    return datetime.fromisoformat(times[0]) if times else None


def _is_recovered(device: DeviceRecord, told: DeviceOutcome | None) -> bool | None:
    """Whether it was; None if that is not known: a cell was never read before, or never after."""
    is_told_otherwise = told is not None and told.outcome != "recovered"
    if is_told_otherwise or device.verdict in {Verdict.FAILED, Verdict.ERROR}:
        return False
    changes = {cell.change for cell in device.cells}
    if "replaced" in changes:
        return True
    if changes == {"unchanged"}:
        return False
    return None if told is None else True


def _word(cell: CellHistory) -> str:
    return cell.change.replace(" ", "_")


def _rank(ordered: list[float], share: float) -> float:
    return ordered[ceil(share * len(ordered)) - 1]
