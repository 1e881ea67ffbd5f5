"""What is known of a fleet while its shards run, made from the rows of its record."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.experiments.fleet.record import goes_on, shard_of, was_stopped
from firmware_sim.bench.experiments.fleet.shard import ShardSummary
from firmware_sim.bench.experiments.fleet.summary import (
    NOT_CONCERNED,
    first_settled,
    outcome_of,
    recovered_of,
)
from firmware_sim.bench.live.pace import Pace
from firmware_sim.bench.live.recovery import thinned
from firmware_sim.bench.live.rows import LedgerRow
from firmware_sim.bench.live.shard_map import DIFFERENT, STATES, ShardMap
from firmware_sim.bench.live.stuck import MOST_SHOWN
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, ProcedureVerdict

_MOST_ROWS: Final = 60
"""Of a table of outcomes."""

_COLUMNS: Final = (*STATES[2:], *STATES[:2])
"""What came to a good end, and what did not; then what was not asked."""

_TITLES: Final = ("Type", "Supplier", "Region")

SECTIONS: Final = ("shards", "outcomes", "fleet", "curve", "stuck")
"""What it tells, from its first row on."""


class _Course(NamedTuple):
    """What the record says of a course.

    Attributes:
        of: type, supplier and network operator of its devices.
        recovered: when they were after a key fell, or updated where none fell, POSIX seconds.
        is_updated: an update of the story was meant for them.
    """

    of: tuple[str, str, str]
    fate: str
    representative: str
    recovered: int | None
    is_updated: bool


class Told(NamedTuple):
    """What the governance drill tells of the fleet.

    Attributes:
        begin: when a key fell, or else the story began; ISO 8601.
        is_compromise: whether a key fell.
        why_stuck: why a representative is stuck, as far as a check of it has said; or empty.
        of_what: what the devices are that had to be recovered.
        had_to_recover: whether a representative had to be; None where no key fell.
    """

    begin: str
    is_compromise: bool
    why_stuck: Callable[[str], str]
    of_what: str
    had_to_recover: Callable[[str], bool] | None


class FleetSoFar:
    """A fleet; `fold` each row in the order of the chain.

    Attributes:
        end: how the fleet ended; None while it goes.
        is_stopped: whether somebody stopped it, and nothing came after that.
    """

    def __init__(self, told: Told) -> None:
        self._told = told
        self._head: dict[str, Any] = {}
        self._courses: list[_Course] = []
        self._map = ShardMap(0)
        self._pace = Pace()
        self._outcomes: Counter[tuple[tuple[str, str, str], str]] = Counter()
        self._recovered: Counter[int] = Counter()
        self._had_to = 0
        self._stuck: list[dict[str, Any]] = []
        self._number_stuck = self._judged = self._unequal = 0
        self._cpu = 0.0
        self.is_unlike = False
        self.end: dict[str, Any] | None = None
        self.is_stopped = False

    @property
    def devices(self) -> int:
        """How many the fleet has."""
        return int(self._head.get("devices", 0))

    def fold(self, row: LedgerRow, at: float) -> tuple[str, ...]:
        """Take a row in; returns the sections that have changed by it.

        Args:
            at: seconds of a clock that only goes on.

        Raises:
            ValueError, LookupError, TypeError: it is no row of such a record.
        """
        (content,) = row.values
        if row.table == "shard":
            self._fold_shard(shard_of(content), at)
            return (*SECTIONS, "verdicts") if self.is_unlike else SECTIONS
        found = json.loads(content)
        if row.table == "course":
            begin = datetime.fromisoformat(self._told.begin)
            when = recovered_of if self._told.is_compromise else first_settled
            self._courses.append(_course_of(found, when(found, int(begin.timestamp()))))
            return ()
        if row.table == "fleet":
            self._head, self._map = found, ShardMap(int(found["devices"]))
            self._pace.see(at, 0)
            return ("run", "verdicts", *SECTIONS)
        self.is_stopped = was_stopped(found)
        if goes_on(found):
            return ("verdicts", "shards")
        procedure = found["procedure"]
        self.end = {
            "outcome": Outcome(found["outcome"]), "reason": found["reason"],
            "procedure": None if procedure is None else ProcedureVerdict(procedure),
            "devices": DevicesVerdict(found["devices"]), "seconds": found["seconds"],
        }  # fmt: skip
        return ("verdicts", "shards")

    def told(self, section: str) -> Any:
        """One section for the page."""
        sections = {
            "shards": self._shards, "outcomes": self._by, "fleet": self._map.told,
            "curve": self._curve,
        }  # fmt: skip
        if section == "stuck":
            return {"total": self._number_stuck, "devices": self._stuck}
        return sections[section]()

    def _fold_shard(self, shard: ShardSummary, at: float) -> None:
        wrong = Counter(each.course for each in shard.different)
        states: Counter[str] = Counter()
        for number, devices in shard.courses:
            course = self._courses[number]
            alike = devices - wrong[number]
            self._had_to += devices if self._is_concerned(course) else 0
            self._count(course, course.fate, alike, states)
            self._count(course, DIFFERENT, wrong[number], states)
            if course.recovered is not None:
                self._recovered[course.recovered] += alike
        self._map.add(shard.number, states)
        self._pace.see(at, self._map.counts.total())
        self._add_stuck(shard)
        self._cpu += shard.seconds
        self._judged += len(shard.judged)
        self._unequal += len(shard.unequal)
        self.is_unlike |= bool(shard.different or shard.unequal)

    def _is_concerned(self, course: _Course) -> bool:
        had_to = self._told.had_to_recover
        return course.is_updated if had_to is None else had_to(course.representative)

    def _count(self, course: _Course, state: str, devices: int, states: Counter[str]) -> None:
        if devices:
            self._outcomes[course.of, state] += devices
            states[state] += devices

    def _add_stuck(self, shard: ShardSummary) -> None:
        different = {each.device for each in shard.different}
        self._number_stuck += len(different)
        for each in shard.different:
            why = f"different at step {each.step}: {each.problem}"
            self._show_stuck(each.device, self._courses[each.course], why)
        for device, number in shard.stuck:
            if device not in different:
                self._number_stuck += 1
                self._show_stuck(device, self._courses[number], "")

    def _show_stuck(self, device: str, course: _Course, why: str) -> None:
        if len(self._stuck) >= MOST_SHOWN:
            return
        reason = self._told.why_stuck(course.representative)
        is_said = not why and course.fate in reason
        why = reason if is_said else why or f"{course.fate}{reason and f': {reason}'}"
        row = {"device": device, "what": course.of[0], "reason": why, "at": ""}
        self._stuck.append(row)

    def _shards(self) -> dict[str, Any]:
        done, rate = self._map.counts.total(), self._pace.rate
        left = None if rate is None or self.end else (self.devices - done) / rate
        return {
            "devices": done, "of": self.devices, "shards": self._map.done,
            "of_shards": self._map.shards, "rate": None if self.end else rate, "left": left,
            "cpu_seconds": round(self._cpu, 1), "judged": self._judged, "unequal": self._unequal,
            "beside": list(self._head.get("beside", ())),
            "seconds": None if self.end is None else self.end["seconds"],
        }  # fmt: skip

    def _curve(self) -> dict[str, Any]:
        begin = datetime.fromisoformat(self._told.begin)
        points: list[list[float]] = []
        total = 0
        for at in sorted(self._recovered):
            total += self._recovered[at]
            points.append([at - begin.timestamp(), total])
        since = "Compromise" if self._told.is_compromise else "beginning"
        of_what = self._told.of_what if self._told.is_compromise else "devices to be updated"
        told = {"begin": self._told.begin, "points": thinned(points), "of": self._had_to}
        return {**told, "of_what": of_what, "devices": self.devices, "since": since}

    def _by(self) -> dict[str, Any]:
        states = [state for state in _COLUMNS if self._map.counts[state]]
        tables = [self._table(place, title, states) for place, title in enumerate(_TITLES)]
        return {"states": states, "tables": [each for each in tables if _is_shown(each)]}

    def _table(self, place: int, title: str, states: Iterable[str]) -> dict[str, Any]:
        rows: dict[str, Counter[str]] = {}
        for (of, state), devices in self._outcomes.items():
            rows.setdefault(of[place], Counter())[state] += devices
        shown = [
            {"name": name, "devices": [rows[name][state] for state in states]}
            for name in sorted(rows)
        ]
        return {"title": title, "rows": shown[:_MOST_ROWS], "left": len(shown[_MOST_ROWS:])}


def _is_shown(table: Mapping[str, Any]) -> bool:
    """A fleet in one region needs no table of regions."""
    rows: list[Any] = table["rows"]
    return len(rows) > (1 if table["title"] == _TITLES[-1] else 0)


def _course_of(found: Mapping[str, Any], recovered: int | None) -> _Course:
    kind, supplier, region = (str(found[n]) for n in ("type", "supplier", "network_operator"))
    fate = str(found["fate"])
    at = recovered if fate == DeviceFate.RECOVERED else None
    is_updated = outcome_of(found) != NOT_CONCERNED
    return _Course((kind, supplier, region), fate, str(found["representative"]), at, is_updated)
