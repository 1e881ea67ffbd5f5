"""The attacker on the link: a campaign of trials drawn from a seed, and what they add up to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from firmware_sim.bench.experiments.attack.link.actions import LinkToken, drawn
from firmware_sim.bench.experiments.attack.link.trial import (
    COUNTED,
    LinkFailure,
    LinkTrial,
    failure_of,
)
from firmware_sim.bench.experiments.campaign.running import run_trials
from firmware_sim.bench.progress import Progress

LENGTH = 60

Played = tuple[Counter[str], LinkFailure | None]
"""The counts of one trial, and what went wrong in it."""


@dataclass
class LinkResult:
    """All trials; a document calls them runs.

    Attributes:
        counts: by the names in `COUNTED`, and ``runs``.
        by_target: the failures before each kind of device that was played before.
    """

    counts: Counter[str] = field(default_factory=Counter)
    by_target: dict[str, list[LinkFailure]] = field(default_factory=dict)

    @property
    def failures(self) -> list[LinkFailure]:
        """All of them."""
        return [failure for failures in self.by_target.values() for failure in failures]

    def add(self, target: str, counts: Mapping[str, int], failure: LinkFailure | None) -> None:
        """Add one trial."""
        self.counts["runs"] += 1
        self.counts.update(counts)
        self.by_target.setdefault(target, []).extend([failure] if failure else [])

    def as_json(self) -> dict[str, object]:
        """Counts first."""
        return {
            **{name: self.counts[name] for name in ("runs", *COUNTED)},
            "failures": len(self.failures),
            "tokens": [failure._asdict() for failure in self.failures],
        }


def run_link(
    targets: Sequence[str], runs: int, seed: int, workers: int, progress: Progress
) -> LinkResult:
    """So many trials before each kind of device, in so many processes."""
    found: dict[str, Played] = {}
    deliveries = 0

    def done(name: str, played: Played) -> str:
        nonlocal deliveries
        found[name] = played
        deliveries += played[0]["deliveries"]
        return f"{deliveries:,} deliveries, {trials[name][0]}"

    trials = {f"{target} {run}": (target, seed, run) for target in targets for run in range(runs)}
    run_trials(play, trials, done, workers=workers, progress=progress, title="runs on the link")
    result = LinkResult()
    for name, (target, _, _) in trials.items():  # in this order, whichever ended first
        result.add(target, *found[name])
    return result


def play(target: str, seed: int, run: int) -> Played:
    """One trial: its counts, and its failure made short if there is one."""
    token = LinkToken(target, drawn(seed, target, run, LENGTH))
    trial = LinkTrial(token)
    failed = trial.run()
    return trial.counts, failure_of(token) if failed else None
