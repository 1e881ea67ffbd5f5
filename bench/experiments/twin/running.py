"""A twin run: lives of a stream, until enough commands were given or the twins differ."""

from dataclasses import dataclass, field
from time import perf_counter

from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.experiments.twin.comparing import Answer, TwinDifference, compare
from firmware_sim.bench.experiments.twin.drawing import STEPS_A_LIFE
from firmware_sim.bench.experiments.twin.shrinking import shrunk
from firmware_sim.bench.experiments.twin.stream import Step, StepKind
from firmware_sim.bench.experiments.twin.token import Token
from firmware_sim.bench.progress import Progress


@dataclass
class TwinResult:
    """What a run did.

    Attributes:
        commands: messages that both twins answered alike, the one in which they differ included.
        executed: of those, the ones that were carried out.
        refusals: how often each reason was given, by `RefusalReason`.
        differences: with the token of the shrunk life, in the order found.
    """

    seed: int
    commands: int = 0
    executed: int = 0
    lives: int = 0
    power_cycles: int = 0
    alerts: int = 0
    refusals: dict[int, int] = field(default_factory=dict)
    differences: list[tuple[TwinDifference, Token]] = field(default_factory=list)
    seconds: float = 0.0

    def count(self, step: Step, answer: Answer) -> None:
        """One step in which both did the same."""
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
    seed: int, commands: int, one: DeviceUnderTest, other: DeviceUnderTest, progress: Progress
) -> TwinResult:
    """Give both so many commands; a difference ends its life and, when it is shrunk, the run."""
    result = TwinResult(seed)
    started = perf_counter()
    progress.start(commands, "commands")

    def done(step: Step, answer: Answer) -> None:
        result.count(step, answer)
        if step.kind is StepKind.MESSAGE:
            progress.advance(text=f"life {result.lives}, {step.about}")

    while result.commands < commands and not result.differences:
        token = Token(seed, result.lives, STEPS_A_LIFE)
        life = token.life_of()
        difference = compare(life, one, other, done)
        if difference is not None:
            progress.start(1, "making the difference smaller")
            kept = shrunk(life, difference, lambda fewer: compare(fewer, one, other))
            again = compare(life.only(kept), one, other) or difference
            result.differences.append((again, token._replace(kept=kept)))
        result.lives += 1
    result.seconds = perf_counter() - started
    return result
