"""All attackers before all devices, spread over processes, and what they add up to."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import NamedTuple

from firmware_sim.bench.experiments.attack.exploring import explore
from firmware_sim.bench.experiments.attack.powers import Powers
from firmware_sim.bench.experiments.attack.setup import TARGETS
from firmware_sim.bench.experiments.attack.updates import Effort
from firmware_sim.bench.progress import Progress


class Explored(NamedTuple):
    """What one attacker can do to one kind of device."""

    target: str
    loot: str
    powers: Powers


class Exploration(NamedTuple):
    """Everything that was explored, in the order of targets and loots."""

    effort: Effort
    explored: tuple[Explored, ...]

    @property
    def counts(self) -> dict[str, int]:
        """The sums, by the names that ``--json`` gives them."""
        return {
            "attackers": len({each.loot for each in self.explored}),
            "device_types": len({TARGETS[each.target].device_type for each in self.explored}),
            "targets": len({each.target for each in self.explored}),
            "attempts": sum(each.powers.attempts for each in self.explored),
            "changes": sum(each.powers.changes for each in self.explored),
        }

    @property
    def powers(self) -> Mapping[str, Mapping[str, object]]:
        """By target and loot, as documents hold them."""
        found: dict[str, dict[str, object]] = {}
        for each in self.explored:
            found.setdefault(each.target, {})[each.loot] = each.powers.as_json()
        return found


def run_exploration(
    targets: Sequence[str],
    loots: Sequence[str],
    effort: Effort,
    workers: int,
    progress: Progress,
) -> Exploration:
    """Explore in so many processes."""
    order = [(target, loot) for target in targets for loot in loots]
    progress.start(len(order), "attackers before devices")
    found: dict[tuple[str, str], Powers] = {}
    attempts = 0
    with ProcessPoolExecutor(workers) as pool:
        waiting = {pool.submit(explore, *each, effort): each for each in order}
        try:
            for future in as_completed(waiting):
                target, loot = waiting[future]
                found[target, loot] = powers = future.result()
                attempts += powers.attempts
                progress.advance(text=f"{attempts:,} attempts, {loot} before {target}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Exploration(effort, tuple(Explored(*each, found[each]) for each in order))
