"""A drill that was cut off, made ready to go on: the same story, seed, policy and version.

Its devices died with its process, and hold nothing that the seed does not give. So the drill is
played again, and its ledger compares what it does with what stands there (`evidence.continuing`).
Devices that live on have executed what they were sent: a drill of such devices does not go on.
"""

import shlex
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from firmware_sim.bench.drills.presence import STEP_TITLE
from firmware_sim.bench.drills.recorded import guidance_of, inventory_of, policy_of
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import builtin_source, read_story
from firmware_sim.bench.dut.board.kind import SerialBoard
from firmware_sim.bench.dut.opening import named_target
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import InputRow
from firmware_sim.bench.evidence.run_info import STORY, InputText, RunInfo, versions
from firmware_sim.bench.files.strict_yaml import read_text
from firmware_sim.bench.governance.guidance import Guidance
from firmware_sim.bench.outcome import Outcome
from firmware_sim.gbcs.policy import Policy

_AGAIN: Final = "run the drill again, in another folder"


class Interrupted(NamedTuple):
    """A drill that can go on, with all that it was begun with."""

    story: Story
    info: RunInfo
    policy: Policy
    guidance: Guidance | None
    inventory: InputText | None


def has_ended(record: RunRecord) -> bool:
    """Whether nothing is left to play."""
    return record.run.outcome not in {None, Outcome.INTERRUPTED}


def interrupted(record: RunRecord) -> Interrupted:
    """What a record tells of its beginning.

    Raises:
        UsageError: the run cannot go on: its devices live on, this is another version, or a file
            that it was made from has changed since.
    """
    if problem := _of_devices(record):
        raise UsageError(problem, _AGAIN)
    _check_versions(record)
    source = record.input_of(STORY)
    if source is None:
        raise UsageError("the ledger does not hold its story", _AGAIN)
    for each in record.inputs:
        _check_file(each)
    policy = policy_of(record, _AGAIN)
    story = read_story(source.text, source.origin, policy)
    return Interrupted(
        story, _info(record, story, policy), policy, guidance_of(record), inventory_of(record)
    )


def _of_devices(record: RunRecord) -> str:
    """Why the devices of a run would be sent something twice; empty if they would not."""
    target = record.run.target
    if isinstance(named_target(target), SerialBoard):
        return f"the board at {target} has lived on, and would be sent commands twice"
    if any(step.title == STEP_TITLE for step in record.steps):
        return f"other programs serve devices at {target}, which would be sent commands twice"
    return ""


def _check_versions(record: RunRecord) -> None:
    ours = versions()
    for name in sorted(ours.keys() | record.versions):
        theirs, mine = record.versions.get(name, "no"), ours.get(name, "no")
        if theirs != mine:
            problem = f"the run was begun with {theirs} {name}, and this has {mine}"
            raise UsageError(problem, "resume it with the versions of its record")


def _check_file(row: InputRow) -> None:
    """A file that is still there must be as it was; the run itself needs only its ledger."""
    path = Path(row.origin)
    there = {read_text(path, row.kind)} if path.is_file() else set()
    if row.kind == STORY and (text := builtin_source(row.origin)) is not None:
        there.add(text)
    if there and row.text not in there:
        problem = f"the {row.kind} {row.origin} is not what the run was begun with"
        raise UsageError(problem, f"put the old one back, or {_AGAIN}")


def _info(record: RunRecord, story: Story, policy: Policy) -> RunInfo:
    run = record.run
    return RunInfo(
        story=story.name,
        title=story.title,
        summary=story.summary,
        clauses=story.clauses,
        seed=run.seed,
        target=run.target,
        premises=run.premises,
        started=datetime.fromisoformat(run.started),
        policy=policy.describe(),
        versions=versions(),
        command_line=tuple(shlex.split(run.command_line)),
        inputs=tuple(InputText(each.kind, each.origin, each.text) for each in record.inputs),
        strict=run.strict,
    )
