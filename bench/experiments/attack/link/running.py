"""Many runs of the attacker on the link, drawn from a seed."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from firmware_sim.bench.experiments.attack.link.actions import Token, drawn
from firmware_sim.bench.experiments.attack.link.playing import Play, failure_of
from firmware_sim.bench.experiments.attack.link.result import LinkFailure, LinkResult
from firmware_sim.bench.progress import Progress

LENGTH = 60


def run_link(
    targets: Sequence[str], runs: int, seed: int, workers: int, progress: Progress
) -> LinkResult:
    """So many runs before each kind of device, in so many processes."""
    result = LinkResult()
    progress.start(len(targets) * runs, "runs on the link")
    order = [(target, run) for target in targets for run in range(runs)]
    with ProcessPoolExecutor(workers) as pool:
        waiting = [pool.submit(play, target, seed, run) for target, run in order]
        for (target, _), future in zip(order, waiting, strict=True):
            result.add(target, *future.result())
            progress.advance(text=f"{result.counts['deliveries']:,} deliveries, {target}")
    return result


def play(target: str, seed: int, run: int) -> tuple[Counter[str], LinkFailure | None]:
    """One run: its counts, and its failure made short if there is one."""
    token = Token(target, drawn(seed, target, run, LENGTH))
    played = Play(token)
    failed = played.run()
    return played.counts, failure_of(token) if failed else None
