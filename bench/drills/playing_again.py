"""A run played again from its own record: the story, seed, policy and devices that stand there."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from firmware_sim.bench.drills.lots import leaves_to_chance
from firmware_sim.bench.drills.recorded import guidance_of, inventory_of, policy_of
from firmware_sim.bench.drills.runner import run_drill
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.dut.simulated.premises import HOME
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import STORY, RunInfo
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

_MEND: Final = "use --replay 0"


def why_not(record: RunRecord) -> str:
    """Why a run cannot be played again; empty if it can.

    Devices that other programs serve, or that stand at the end of a line, have a say of their own;
    the bench's own, and the firmware on an emulated board, answer by the seed.
    """
    target = record.run.target
    if target not in {"memory", "mqtt", "native"} and not target.startswith("board:"):
        return f"the devices of {target} are not the drill's own"
    if record.input_of(STORY) is None:
        return "the ledger does not hold its story"
    if not record.devices:
        return "no device took part"
    return ""


def play_again(record: RunRecord, devices: int) -> RunRecord:
    """Play a run again in memory, in as many homes as hold its first `devices` devices.

    Raises:
        UsageError: `why_not` says why, or story or policy cannot be read by this version.
    """
    if problem := why_not(record):
        raise UsageError(problem, _MEND)
    policy = policy_of(record, _MEND)
    story = _story(record, policy)
    premises = record.run.premises
    # What chance draws, and when a wave is over, depends on all devices.
    if devices < len(record.devices) and not leaves_to_chance(story):
        premises = record.devices[devices - 1].premises + 1
    with TemporaryDirectory() as folder:
        place = Path(folder) / "again"
        with RunLedger.create(place, _info(record, story, premises)) as ledger:
            drill = run_drill(
                story, target="memory", premises=premises, seed=record.run.seed, ledger=ledger,
                progress=Silent(), policy=policy, strict=record.run.strict,
                guidance=guidance_of(record), inventory=inventory_of(record),
                only=_only(record, story),
            )  # fmt: skip
            ending = asyncio.run(drill)
            ledger.finish(ending.outcome, procedure=ending.verdicts.procedure)
        return read_record(place)


def _info(record: RunRecord, story: Story, premises: int) -> RunInfo:
    return RunInfo(
        story=story.name,
        title=story.title,
        seed=record.run.seed,
        target="memory",
        premises=premises,
        started=datetime.now(UTC),
    )


def _story(record: RunRecord, policy: Policy) -> Story:
    """The story, for those types of device alone that took part: a board may be only one."""
    source = record.input_of(STORY)
    if source is None:
        raise UsageError(why_not(record), _MEND)
    story = read_story(source.text, source.origin, policy)
    if story.population is not None:
        return story
    return story.model_copy(update={"devices": tuple(_types(record))})


def _only(record: RunRecord, story: Story) -> frozenset[DeviceType] | None:
    """Of a population chance takes devices of every type, also of those that were not there."""
    types = frozenset(_types(record))
    if story.population is None or types == frozenset(story.devices or HOME):
        return None
    return types


def _types(record: RunRecord) -> list[DeviceType]:
    types = {device.type for device in record.devices}
    return [kind for kind in DeviceType if kind.name in types]
