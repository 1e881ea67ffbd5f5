"""A twin run: trials of a stream, until enough commands were given or the twins differ.

All twins take one step after the other in the calling process: a board has one line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.experiments.campaign.shrinking import shortest
from firmware_sim.bench.experiments.twin.comparing import Answer, TwinDifference, compare
from firmware_sim.bench.experiments.twin.drawing import STEPS_PER_TRIAL
from firmware_sim.bench.experiments.twin.finding import TwinFinding
from firmware_sim.bench.experiments.twin.token import TwinToken
from firmware_sim.bench.experiments.twin.trial import StepKind, TwinStep, TwinTrial
from firmware_sim.bench.progress import Progress
from firmware_sim.machine.refusals import RefusalReason

_MOST_TRIES: Final = 60


@dataclass
class TwinResult:
    """What a run did.

    Attributes:
        commands: messages that all twins answered alike.
        executed: of those, the ones that were carried out.
        refusals: how often each reason was given, by `RefusalReason`.
        differences: with the token of the shrunk trial, in the order found; untried on fresh
            devices, see `TwinFinding.tried_again`.
    """

    seed: int
    commands: int = 0
    executed: int = 0
    trials: int = 0
    power_cycles: int = 0
    alerts: int = 0
    refusals: dict[int, int] = field(default_factory=dict)
    differences: list[TwinFinding] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, step: TwinStep, answer: Answer) -> None:
        """One step in which all did the same."""
        if step.kind is StepKind.POWER:
            self.power_cycles += 1
            return
        if step.kind is StepKind.TICK:
            self.alerts += len(answer.messages)
            return
        self.commands += 1
        if answer.reason:
            self.refusals[answer.reason] = self.refusals.get(answer.reason, 0) + 1
        else:
            self.executed += 1


def run_twins(
    seed: int,
    commands: int,
    twins: Sequence[DeviceUnderTest],
    progress: Progress,
    result: TwinResult | None = None,
) -> TwinResult:
    """Give all so many commands; a difference ends its trial and, when it is shrunk, the run.

    Args:
        result: of the same seed, to be filled; for a caller that wants it of a run that was
            interrupted, too.
    """
    result = result or TwinResult(seed)
    started = perf_counter()
    progress.start(commands, "commands")

    def done(step: TwinStep, answer: Answer) -> None:
        result.count(step, answer)
        if step.kind is StepKind.MESSAGE:
            progress.advance(text=f"trial {result.trials}, {step.about}")

    while result.commands < commands and not result.differences:
        token = TwinToken(seed, result.trials, STEPS_PER_TRIAL)
        trial = token.trial()
        difference = compare(trial, twins, done)
        if difference is not None:
            result.differences.append(TwinFinding(difference, token, difference))
            progress.start(1, "making the difference smaller")
            kept = _shrunk(trial, difference, twins)
            again = compare(trial.only(kept), twins) or difference
            shrunk = TwinFinding(again, token._replace(kept=kept), first=difference)
            result.differences = [shrunk]
        result.trials += 1
    result.seconds = perf_counter() - started
    return result


def _shrunk(
    trial: TwinTrial, found: TwinDifference, twins: Sequence[DeviceUnderTest]
) -> tuple[int, ...]:
    """The steps that still make a difference of the same kind; each try may be one on a board."""

    def differs(kept: tuple[int, ...]) -> bool:
        again = compare(trial.only(kept), twins)
        return again is not None and (again.what, again.twin) == (found.what, found.twin)

    happened = len(trial.steps) if found.step is None else found.step + 1
    return shortest(range(happened), differs, most_tries=_MOST_TRIES)


def as_json(result: TwinResult, targets: Sequence[str], board: Mapping[str, str]) -> dict[str, Any]:
    """Counts, reasons of refusals by name, differences with their tokens.

    Args:
        targets: which devices stood beside the simulator.
        board: what the board among them says of itself.
    """
    return {
        "seed": result.seed,
        "targets": list(targets),
        "board": dict(board),
        "commands": result.commands,
        "executed": result.executed,
        "refused": {RefusalReason(key).label: n for key, n in sorted(result.refusals.items())},
        "alerts": result.alerts,
        "lives": result.trials,
        "power_cycles": result.power_cycles,
        "differences": len(result.differences),
        "found": [
            {
                "token": str(each.token),
                "again": str(each.again),
                "what": each.difference.what,
                "target": targets[each.difference.twin - 1],
                "simulator": each.difference.one,
                "board": each.difference.other,
            }
            for each in result.differences
        ],
        "seconds": round(result.seconds, 3),
    }
