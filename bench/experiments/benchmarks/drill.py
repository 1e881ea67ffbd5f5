"""What a whole drill costs a device: time, memory and octets, beside the cryptography in it.

The floor is the cryptography that parties and devices really do for one more home, counted on two
small drills of the same story in memory, at the raw costs of the same process. The drill itself is
not counted, only looked at now and then (`sampling`).
"""

import asyncio
import gc
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from firmware_sim.bench.drills.runner import run_drill
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.export import RECORD_NAME, export
from firmware_sim.bench.evidence.folder import LEDGER_NAME, REPORT_NAME
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import InputText, RunInfo, versions
from firmware_sim.bench.evidence.sealing import seal
from firmware_sim.bench.evidence.verifying import verify
from firmware_sim.bench.experiments.benchmarks.counting import counted_everywhere, floor_of
from firmware_sim.bench.experiments.benchmarks.device import raw_costs
from firmware_sim.bench.experiments.benchmarks.sampling import sampled
from firmware_sim.bench.experiments.benchmarks.workload import Workload
from firmware_sim.bench.progress import Progress, Silent
from firmware_sim.gbcs.policy import Policy

FILES: Final = {"ledger": LEDGER_NAME, "record": RECORD_NAME, "report": REPORT_NAME}

_SEED: Final = 1
_FEW, _MORE = 2, 6
"""Homes of the two drills in which cryptography is counted."""

_MICRO = 1e6


@dataclass(frozen=True, slots=True)
class Phase:
    """One part of the work: wall and CPU time in seconds.

    Attributes:
        peak: octets of memory that this process had at most, from its beginning to the phase's end.
    """

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class DrillMeasured:
    """Result of one drill; octets of files are whole, times in seconds where nothing is said.

    Attributes:
        commands: that went to devices.
        phases: ``drill``, ``report`` and ``verify``, in this order.
        shares: of the CPU time of drill and report, by part.
        operations: cryptographic ones of both sides, a device.
        raw: microseconds of each.
    """

    story: str
    target: str
    premises: int
    devices: int
    commands: int
    phases: dict[str, Phase]
    shares: dict[str, float]
    operations: dict[str, float]
    raw: dict[str, float]
    files: dict[str, int]
    passed: bool
    verified: bool

    @property
    def cpu(self) -> float:
        """Microseconds of CPU time a device, report included."""
        spent = self.phases["drill"].cpu + self.phases["report"].cpu
        return spent / self.devices * _MICRO

    @property
    def peak(self) -> int:
        """Octets of memory that the process had at most."""
        return max(phase.peak for phase in self.phases.values())

    @property
    def floor(self) -> float:
        """Microseconds of raw cryptography a device, both sides."""
        return floor_of(self.operations, self.raw)

    @property
    def parts(self) -> dict[str, float]:
        """Each part as a multiple of the floor."""
        return {name: share * self.cpu / self.floor for name, share in self.shares.items()}


def measure_drill(
    story: Story, text: InputText, *, devices: int, target: str, progress: Progress
) -> DrillMeasured:
    """Play a story with so many devices, or a few more to have whole homes, and measure.

    Args:
        story: without a population of its own.

    Raises:
        UsageError: a target that cannot be.
        BenchError: no device takes part, or the devices could not be asked.
    """
    operations, in_a_home = operations_of(story, text)
    premises = -(-devices // in_a_home)
    workload = Workload.prepare(2)
    before = dict(raw_costs(workload))
    with TemporaryDirectory() as place:
        folder = Path(place) / "run"
        phases: dict[str, Phase] = {}
        with sampled() as seen:
            with _timed(phases, "drill"):
                passed, head = _played(story, text, premises, target, folder, progress)
            with _timed(phases, "report"):
                gc.collect()  # as `drill run` does
                record = export(folder)
                seal(folder, record, "drill run", head)
        with _timed(phases, "verify"):
            verified = verify(folder).intact
        files = {name: (folder / file).stat().st_size for name, file in FILES.items()}
    after = dict(raw_costs(workload))
    return DrillMeasured(
        story=story.name,
        target=target,
        premises=premises,
        devices=len(record.devices),
        commands=_commands(record),
        phases=phases,
        shares={name: number / seen.total() for name, number in seen.most_common()},
        operations=operations,
        raw={name: (cost + after[name]) / 2 for name, cost in before.items()},
        files=files,
        passed=passed,
        verified=verified,
    )


def _played(
    story: Story, text: InputText, premises: int, target: str, folder: Path, progress: Progress
) -> tuple[bool, ChainHead]:
    info = RunInfo(
        story=story.name, title=story.title, summary=story.summary, clauses=story.clauses,
        seed=_SEED, target=target, premises=premises, started=datetime.now(UTC),
        policy=Policy().describe(), versions=versions(), inputs=(text,),
    )  # fmt: skip
    with RunLedger.create(folder, info) as ledger:
        ending = asyncio.run(
            run_drill(
                story, target=target, premises=premises, seed=_SEED, ledger=ledger,
                progress=progress,
            )
        )  # fmt: skip
        ledger.finish(ending.outcome, ending.reason, procedure=ending.verdicts.procedure)
    return ending.outcome.exit_code == 0, ledger.head


def operations_of(story: Story, text: InputText) -> tuple[dict[str, float], int]:
    """Cryptographic operations a device, and how many devices of a home take part.

    Raises:
        BenchError: no device takes part.
    """
    counts, numbers = [], []
    for premises in (_FEW, _MORE):
        with TemporaryDirectory() as place, counted_everywhere() as calls:
            folder = Path(place) / "run"
            _played(story, text, premises, "memory", folder, Silent())
            counts.append(dict(calls))
            numbers.append(len(export(folder).devices))
    few, more = counts
    further = numbers[1] - numbers[0]
    if not further:
        raise BenchError(f"no device takes part in the story {story.name}")
    operations = {name: (more[name] - few.get(name, 0)) / further for name in sorted(more)}
    return operations, further // (_MORE - _FEW)


@contextmanager
def _timed(phases: dict[str, Phase], name: str) -> Iterator[None]:
    wall, cpu = perf_counter(), _cpu_time()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    phases[name] = Phase(perf_counter() - wall, _cpu_time() - cpu, peak)


def _cpu_time() -> float:
    """Of this process and of those that it has waited for: the engine is one."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _commands(record: RunRecord) -> int:
    return record.counts["messages_to_devices"]
