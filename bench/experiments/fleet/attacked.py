"""What an attacker of the story did to a fleet, by what it did to representatives."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from firmware_sim.bench.evidence.accounts.attacks import DeviceAttack
from firmware_sim.bench.experiments.fleet.summary import Tally, middle

_HOUR: Final = 3600


def attack_summary(tally: Tally, attacks: Iterable[DeviceAttack]) -> dict[str, Any] | None:
    """Devices and commands of an attack, and how long its own credentials stood in devices.

    Args:
        attacks: of the governance drill.

    Returns:
        None if no device of the fleet was attacked.
    """
    course_of = {course["representative"]: n for n, course in enumerate(tally.courses)}
    found: Counter[str] = Counter()
    spans: Counter[int] = Counter()
    for attack in attacks:
        number = course_of.get(attack.device)
        devices = 0 if number is None else tally.devices[number]
        found["devices"] += devices
        found["commands"] += devices * attack.tries
        found["changed"] += devices * (attack.since is not None)
        found["won_back"] += devices * (attack.since is not None and not attack.lost)
        found["lost"] += devices * bool(attack.lost)
        if attack.since is not None and attack.until is not None:
            spans[_seconds(attack.since, attack.until)] += devices
    if not found["devices"]:
        return None
    names = ("devices", "commands", "changed", "won_back", "lost")
    return {**{name: found[name] for name in names}, "held_hours": _hours(spans)}


def _hours(spans: Mapping[int, int]) -> dict[str, float] | None:
    held = Counter({span: count for span, count in spans.items() if count})
    if not held:
        return None
    return {
        "median": round(middle(held) / _HOUR, 2),
        "longest": round(max(held) / _HOUR, 2),
    }


def _seconds(since: str, until: str) -> int:
    return round((datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds())
