"""A case on the native engine: its trigger carried out by the firmware, step by step."""

from collections.abc import Sequence

from firmware_sim.bench.experiments.sweep.case import SweepCase
from firmware_sim.bench.experiments.sweep.flash_sweep import FlashSweep
from firmware_sim.bench.experiments.sweep.judging import SweepCheck, Violation
from firmware_sim.hw.engine.device import RawRecord
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.sweep import SweepLevel
from firmware_sim.machine.flash.trace import FlashOperation


class NativeCase:
    """A case whose flash the firmware changes.

    Args:
        sweep: over a flash of the case's part; it forgets what it was used for before.

    Attributes:
        steps: what the firmware did to the flash for the trigger.
        transactions: which of the recorded transactions each step belongs to, from 0.
    """

    def __init__(self, case: SweepCase, sweep: FlashSweep) -> None:
        self.case = case
        self.sweep = sweep
        self.steps: Sequence[FlashOperation] = ()
        self.transactions: Sequence[int] = ()
        self._refusal: Violation | None = None
        case.flash.restore(case.start)
        started = sweep.begin(case.flash.image(), b"".join(case.start.programmed))
        if case.recorded.states[0] is None:
            self._provision()
        elif started:
            text = f"not even before the trigger: store result {started}"
            self._refusal = Violation(SweepCheck.STARTS, text)
        else:
            self._commit()

    def difference(self) -> Violation | None:
        """What the firmware does otherwise than the reference, when nothing is cut."""
        if self._refusal is not None:
            return self._refusal
        expected = [step.operation for step in self.case.steps]
        if list(self.steps) == expected:
            return None
        place = next(
            (
                place
                for place, (mine, other) in enumerate(zip(self.steps, expected, strict=False))
                if mine != other
            ),
            min(len(self.steps), len(expected)),
        )
        text = f"from step {place} on; {len(self.steps)} steps, and {len(expected)} by the model"
        return Violation(SweepCheck.SAME, text)

    def _provision(self) -> None:
        recorded = self.case.recorded
        records = (recorded.states[1] or {}).items()
        try:
            self.sweep.record()
            self.sweep.device.provision(
                recorded.superblock.device_type,
                bytes(recorded.superblock.entity),
                [RawRecord(key.kind, key.number, body) for key, body in records],
            )
        except EngineError as error:
            self._refusal = Violation(SweepCheck.SAME, error.problem)
        self.steps = self.sweep.recorded_work()
        self.transactions = [0] * len(self.steps)

    def _commit(self) -> None:
        self.sweep.record()
        owners: list[int] = []
        for number, changes in enumerate(self.case.recorded.transactions):
            result = self.sweep.change(changes)
            if result:
                text = f"the firmware's store refuses the trigger: {result}"
                self._refusal = Violation(SweepCheck.SAME, text)
            done = self.sweep.count(SweepLevel.WORK)
            owners += [number] * (done - len(owners))
        self.steps, self.transactions = self.sweep.recorded_work(), owners
