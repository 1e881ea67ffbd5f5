"""One drill for tests: its outcome, and what it left in the ledger."""

from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from firmware_sim.bench.drills import runner
from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.run_info import RunInfo
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, RunVerdicts
from firmware_sim.bench.progress import Progress, Silent
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from tests.bench.evidence.asking import asked

ROOT_STORY = "root-compromise-contingency"
SUPPLIER_STORY = "supplier-compromise-recovery"
HANDOVER_STORY = "gpf-handover"


_WITH_ENDINGS = """
CREATE TEMP VIEW step AS SELECT begun.*, finished, verdict, reason
FROM main.step AS begun LEFT JOIN main.step_end ON step_end.step = begun.id;
CREATE TEMP VIEW device AS SELECT known.*, old.image AS image_before, new.image AS image_after
FROM main.device AS known
LEFT JOIN flash AS old ON old.device = entity AND old.phase = 'before'
LEFT JOIN flash AS new ON new.device = entity AND new.phase = 'after';
"""
"""A step and its ending, a device and its images, in one row each."""


class Rehearsal(NamedTuple):
    """A drill that was played: `outcome` is of the devices alone, `verdicts` are both."""

    outcome: Outcome
    folder: Path
    verdicts: RunVerdicts | None = None

    def rows(self, query: str) -> list[Any]:
        return asked(self.folder, query, _WITH_ENDINGS)

    def steps(self) -> dict[str, str]:
        return dict(self.rows("SELECT name, verdict FROM step ORDER BY id"))

    @property
    def whole(self) -> Outcome:
        assert self.verdicts is not None
        return self.verdicts.outcome

    @property
    def devices(self) -> DevicesVerdict:
        assert self.verdicts is not None
        return self.verdicts.devices

    def departures(self) -> list[str]:
        """Where the procedure was not followed, in order."""
        event = "Departure from the procedure"
        query = f"SELECT detail FROM governance WHERE event = '{event}'"
        return [text for (text,) in self.rows(query + " ORDER BY id")]

    def reasons(self) -> str:
        return "\n".join(
            f"{name}: {reason}"
            for name, reason in [
                *self.rows("SELECT name, reason FROM step WHERE verdict != 'passed'"),
                *(("departure", text) for text in self.departures()),
            ]
        )


async def rehearse(
    story: Story | str,
    folder: Path,
    *,
    target: str = "memory",
    premises: int = 1,
    seed: int = 1,
    progress: Progress | None = None,
    policy: Policy | None = None,
    waits: Waits | None = None,
    strict: bool = False,
) -> Rehearsal:
    loaded = load_story(story) if isinstance(story, str) else story
    info = RunInfo(
        story=loaded.name,
        title=loaded.title,
        summary=loaded.summary,
        seed=seed,
        target=target,
        premises=premises,
        started=loaded.start,
        policy=(policy or Policy()).describe(),
        versions={},
        command_line=(),
    )
    with RunLedger.create(folder, info) as ledger:
        ending = await runner.run_drill(
            loaded,
            target=target,
            premises=premises,
            seed=seed,
            ledger=ledger,
            progress=progress or Silent(),
            policy=policy,
            waits=waits,
            strict=strict,
        )
    declared = ending.verdicts.declared._replace(procedure=None)
    of_devices = ending.verdicts._replace(procedure=None, declared=declared)
    return Rehearsal(of_devices.outcome, folder, ending.verdicts)


def until(story: str, step: str) -> Story:
    """The story as far as a step: what comes after it is not what the test is about."""
    whole = load_story(story)
    names = [each.name for each in whole.steps]
    return whole.model_copy(update={"steps": whole.steps[: names.index(step) + 1]})


def play_on(monkeypatch: pytest.MonkeyPatch, make: Callable[[Iterable[Premises]], Target]) -> None:
    """Let the next drill play on a target of the test's own."""

    @asynccontextmanager
    async def opened(_target: str, premises: Iterable[Premises]) -> Any:
        yield make(premises)

    monkeypatch.setattr(runner, "open_target", opened)
