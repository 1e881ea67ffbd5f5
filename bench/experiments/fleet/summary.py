"""What a finished fleet tells, as `summary.json` has it: counts, waves, times and attempts.

Every course tells what became of its devices, and each shard how many it had of each course; so
every number here is a sum.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.evidence.accounts.devices import Wave
from firmware_sim.bench.experiments.fleet.plan import FleetPlan
from firmware_sim.bench.experiments.fleet.shard import JUDGED_OF, ShardSummary

_HOUR: Final = 3600

FORMAT: Final = "firmware-sim/fleet/1"

NOT_CONCERNED: Final = "not concerned"
"""No update of the story addresses the device; `not asked` is one that an update left out."""


def outcome_of(course: Mapping[str, Any]) -> str:
    """What became of the devices of a course, as a report says it."""
    is_concerned = course["updates"] or course["fate"] != DeviceFate.NOT_ASKED
    return str(course["fate"]) if is_concerned else NOT_CONCERNED


def course_rows(plan: FleetPlan) -> Iterable[dict[str, Any]]:
    """What the record tells of each course."""
    for number, course in enumerate(plan.courses):
        kind = plan.kinds[course.kind]
        yield {
            "course": number,
            "representative": str(course.representative),
            "type": kind.device_type.name,
            "supplier": kind.supplier,
            "network_operator": kind.network_operator,
            "fate": course.fate,
            "updates": [each._asdict() for each in course.updates],
            "recovered": course.recovered,
            "orders": len(course.orders),
        }


class Tally:
    """Sums over the shards of a fleet.

    Args:
        courses: as the record has them.
    """

    def __init__(
        self, courses: Iterable[Mapping[str, Any]], shards: Mapping[int, ShardSummary]
    ) -> None:
        self.courses = list(courses)
        self.shards = [shards[number] for number in sorted(shards)]
        self.devices: Counter[int] = Counter()
        for shard in self.shards:
            for course, count in shard.courses:
                self.devices[course] += count
        self.different = [each for shard in self.shards for each in shard.different]
        self._wrong = Counter(each.course for each in self.different)

    def by(self, *names: str) -> dict[str, dict[str, int]]:
        """Devices by `outcome_of`, for each value of a course's entries; or `different`."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for number, count in self.devices.items():
            course = self.courses[number]
            key, wrong = " ".join(str(course[name]) for name in names), self._wrong[number]
            found[key][outcome_of(course)] += count - wrong
            if wrong:
                found[key]["different"] += wrong
        return {key: dict(sorted(counts.items())) for key, counts in sorted(found.items())}

    def outcomes(self) -> dict[str, int]:
        """Devices by `outcome_of`, or `different`."""
        total: Counter[str] = Counter()
        for counts in self.by("fate").values():
            total.update(counts)
        return dict(sorted(total.items()))

    def attempts(self) -> dict[str, dict[int, int]]:
        """Of each update, devices by the number of attempts."""
        found: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for number, count in self.devices.items():
            for update in self.courses[number]["updates"]:
                found[update["step"]][update["attempts"]] += count
        return {step: dict(sorted(counts.items())) for step, counts in found.items()}

    def settled(self) -> dict[str, list[tuple[int, int]]]:
        """Of each update, how many devices were known to be done at which time (POSIX seconds)."""
        found: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for number, count in self.devices.items():
            for update in self.courses[number]["updates"]:
                if update["settled"] is not None:
                    found[update["step"]][update["settled"]] += count
        return {step: sorted(counts.items()) for step, counts in found.items()}

    def recovered(self, since: int | None) -> dict[str, list[tuple[int, int]]]:
        """As `settled`, each device once: where an update after a key fell first replaced cells.

        Args:
            since: as for `exposure`.
        """
        found: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for number, count in self.devices.items():
            done = [
                (update["settled"], place, update["step"])
                for place, update in enumerate(self.courses[number]["updates"])
                if update["settled"] is not None and (since is None or update["settled"] >= since)
            ]
            if done:
                at, _, step = min(done)
                found[step][at] += count
        return {step: sorted(found[step].items()) for step in self.settled() if step in found}

    def exposure(self, since: int | None) -> dict[str, Any] | None:
        """How long devices were exposed, until they trusted neither the key nor an attacker.

        Args:
            since: when the key fell, in seconds since 1970; None if none did.
        """
        spans: Counter[int] = Counter()
        still = 0
        for number, count in self.devices.items():
            course = self.courses[number]
            at = recovered_of(course, since)
            is_open = course["updates"] and course["fate"] != DeviceFate.RECOVERED
            still += count * bool(at is None and is_open)
            if at is not None and since is not None:
                spans[at - since] += count
        if not spans:
            return None
        seconds = sum(span * count for span, count in spans.items())
        return {
            "devices": spans.total(),
            "still_exposed": still,
            "device_hours": round(seconds / _HOUR),
            "median_hours": round(middle(spans) / _HOUR, 2),
            "longest_hours": round(max(spans) / _HOUR, 2),
        }

    def orders(self) -> int:
        """How many all devices were given."""
        each = (self.courses[number]["orders"] * n for number, n in self.devices.items())
        return sum(each)

    def _octets_of_a_delta(self) -> float | None:
        """The mean of those that are kept."""
        octets = [len(each.delta) // 2 for shard in self.shards for each in shard.kept]
        return round(sum(octets) / len(octets), 1) if octets else None

    def judging(self) -> dict[str, Any]:
        """How many devices ran again in Python, and which of them left another flash."""
        return {
            "one_of": JUDGED_OF,
            "devices": sum(len(shard.judged) for shard in self.shards),
            "unequal": [each for shard in self.shards for each in shard.unequal],
            "octets_of_a_delta": self._octets_of_a_delta(),
        }


def recovered_of(course: Mapping[str, Any], since: int | None) -> int | None:
    """When the devices of a course were recovered, POSIX seconds; None if they were not.

    A record of an earlier version does not tell it: there the first update counts that was known
    to be done.

    Args:
        since: when the key fell; None if none did.
    """
    if since is None:
        return None
    if "recovered" in course:
        return None if course["recovered"] is None else int(course["recovered"])
    return first_settled(course, since)


def first_settled(course: Mapping[str, Any], since: int) -> int | None:
    """When the first update of a course was known to be done, not before `since`; or None."""
    settled = (each["settled"] for each in course["updates"])
    return min((int(at) for at in settled if at is not None and at >= since), default=None)


def middle(spans: Counter[int]) -> int:
    """The value in the middle, of so many of each; there is one at least."""
    seen, half = 0, spans.total() / 2
    for span in sorted(spans):
        seen += spans[span]
        if seen >= half:
            return span
    raise ValueError("nothing has no middle")


def wave_rows(waves: Iterable[Wave]) -> list[dict[str, Any]]:
    """The waves of a fleet's updates, in their order; counted in devices of the fleet."""
    return [
        {
            "step": each.step,
            "wave": each.name,
            "started": each.started,
            "finished": each.finished,
            "devices": each.devices,
            "recovered": each.recovered,
            "failed": each.failed,
            "unreachable": each.unreachable,
            "sent_again": each.retried,
            "not_asked": each.not_asked,
        }
        for each in waves
    ]
