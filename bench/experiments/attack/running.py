"""All attackers before all devices: a campaign, and what its trials add up to."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from firmware_sim.bench.experiments.attack.exploring import explore
from firmware_sim.bench.experiments.attack.powers import Powers
from firmware_sim.bench.experiments.attack.setup import TARGETS
from firmware_sim.bench.experiments.attack.updates import Effort
from firmware_sim.bench.experiments.campaign.running import run_trials
from firmware_sim.bench.progress import Progress


class Explored(NamedTuple):
    """What one attacker can do to one kind of device."""

    target: str
    stolen: str
    powers: Powers


class Exploration(NamedTuple):
    """Everything that was explored, in the order of targets and loots."""

    effort: Effort
    explored: tuple[Explored, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The sums, by the names that ``--json`` gives them."""
        return {
            "attackers": len({each.stolen for each in self.explored}),
            "device_types": len({TARGETS[each.target].device_type for each in self.explored}),
            "targets": len({each.target for each in self.explored}),
            "attempts": sum(each.powers.attempts for each in self.explored),
            "changes": sum(each.powers.changes for each in self.explored),
        }

    @property
    def powers(self) -> Mapping[str, Mapping[str, object]]:
        """By target and stolen keys, as documents hold them."""
        found: dict[str, dict[str, object]] = {}
        for each in self.explored:
            found.setdefault(each.target, {})[each.stolen] = each.powers.as_json()
        return found


def run_exploration(
    targets: Sequence[str],
    loots: Sequence[str],
    effort: Effort,
    workers: int,
    progress: Progress,
) -> Exploration:
    """Explore in so many processes."""
    found: dict[str, Powers] = {}
    attempts = 0

    def done(name: str, powers: Powers) -> str:
        nonlocal attempts
        found[name] = powers
        attempts += powers.attempts
        return f"{attempts:,} attempts, {name}"

    trials = {
        f"{stolen} before {target}": (target, stolen, effort)
        for target in targets
        for stolen in loots
    }
    run_trials(
        explore,
        trials,
        done,
        workers=workers,
        progress=progress,
        title="attackers before devices",
    )
    explored = (
        Explored(target, stolen, found[name]) for name, (target, stolen, _) in trials.items()
    )
    return Exploration(effort, tuple(explored))
