"""Neither lost nor doubled: drills over links that lose and double messages."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.drills.use_step import UseStep
from firmware_sim.bench.dut.simulated.target import MemoryTarget
from firmware_sim.bench.dut.target import IsGenuine, Reach
from firmware_sim.bench.outcome import Outcome
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from tests.bench.drills.conftest import Execution
from tests.bench.drills.rehearsal import ROOT_STORY, SUPPLIER_STORY, play_on, rehearse
from tests.bench.drills.rough_targets import LossyTarget, SecondAttemptLostTarget
from tests.bench.evidence.asking import asked

PATIENT = Waits(response=0, silence=0, attempts=12)
CAPTURED = """\
name: captured
title: A captured command is sent again
summary: The command's first attempt is executed, its second never arrives.
start: 2026-03-02T09:00:00Z
devices: [ESME]
steps:
  - name: update
    title: The supplier installs its credentials
    do: update
    by: supplier
    mode: supplierBySupplier
    cells: [supplier]
    install: 1
    keep: captured
  - name: replay
    title: What was captured is refused when it is sent again
    do: replay
    kept: captured
    expect: {refused: [replayed]}
"""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("story", [ROOT_STORY, SUPPLIER_STORY])
async def test_each_counter_executes_at_most_once_and_every_cell_is_replaced(
    story: str,
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    executed: Counter[Execution],
) -> None:
    targets: list[LossyTarget] = []

    def make(premises: Iterable[Premises]) -> LossyTarget:
        targets.append(LossyTarget(premises, seed))
        return targets[0]

    play_on(monkeypatch, make)
    whole = load_story(story)
    # A token that is sent again is a duplicate, whichever of the two was answered.
    steps = tuple(step for step in whole.steps if not isinstance(step, UseStep))
    run = await rehearse(whole.model_copy(update={"steps": steps}), tmp_path, waits=PATIENT)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert targets[0].lost > 5
    assert set(executed.values()) == {1}


async def test_a_link_that_loses_everything_is_no_verdict_on_the_devices_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_on(monkeypatch, lambda premises: LossyTarget(premises, 1, loss=1.0))
    run = await rehearse(ROOT_STORY, tmp_path, waits=Waits(response=0, silence=0))
    assert run.steps() == {"cells-before": "error"}
    assert "the command did not reach the device" in run.reasons()
    assert run.outcome is Outcome.ERROR


async def test_what_is_kept_for_a_replay_is_an_attempt_that_the_device_has_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last attempt was lost on the way: sent "again" it would be new, and be carried out."""
    play_on(monkeypatch, SecondAttemptLostTarget)
    run = await rehearse(read_story(CAPTURED, "captured.yaml"), tmp_path, waits=PATIENT)
    assert run.outcome is Outcome.PASSED, run.reasons()


async def test_an_attack_that_does_not_arrive_says_nothing_of_the_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = load_story(ROOT_STORY)
    steps = tuple(step for step in story.steps if step.name in {"root-falls", "attack"})
    attack = story.model_copy(update={"steps": steps})
    play_on(monkeypatch, lambda premises: LossyTarget(premises, 1, loss=1.0))
    run = await rehearse(attack, tmp_path, waits=Waits(response=0, silence=0))
    assert run.steps() == {"root-falls": "passed", "attack": "error"}
    assert "nor that it arrived" in run.reasons()


class WitnessedTarget(MemoryTarget):
    """Looks into the ledger, as another process would, whenever a message is to leave.

    Its devices are at the end of a line, and so live on when the drill is killed.
    """

    def __init__(self, premises: Iterable[Premises], folder: Path) -> None:
        super().__init__(premises)
        self._folder = folder
        self.without_a_row: list[bytes] = []
        self.refuses_every = 0
        self._sent = 0

    def reach(self, device: EntityId) -> Reach:
        return Reach.LINE

    async def send(self, device: EntityId, octets: bytes, is_genuine: IsGenuine) -> None:
        query = "SELECT octets FROM message ORDER BY id DESC LIMIT 1"
        if asked(self._folder, query) != [(octets,)]:
            self.without_a_row.append(octets)
        self._sent += 1
        if self.refuses_every and self._sent % self.refuses_every == 0:
            raise LinkError("the broker is busy")
        await super().send(device, octets, is_genuine)


async def test_every_message_stands_in_the_ledger_before_it_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets: list[WitnessedTarget] = []

    def make(premises: Iterable[Premises]) -> WitnessedTarget:
        targets.append(WitnessedTarget(premises, tmp_path))
        targets[0].refuses_every = 3
        return targets[0]

    play_on(monkeypatch, make)
    story = read_story(CAPTURED, "captured.yaml")
    run = await rehearse(story, tmp_path, waits=PATIENT, premises=4)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert targets[0].without_a_row == []
    reasons = " ".join(reason for (reason,) in run.rows("SELECT reason FROM step"))
    assert "warning: messages that the link did not take over (the broker is busy): " in reasons
