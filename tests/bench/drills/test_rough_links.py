"""Neither lost nor doubled: drills over links that lose and double messages."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.outcome import Outcome
from firmware_sim.devices.premises import Premises
from tests.bench.drills.conftest import Execution
from tests.bench.drills.rehearsal import ROOT_STORY, SUPPLIER_STORY, play_on, rehearse
from tests.bench.drills.rough_targets import LossyTarget

PATIENT = Waits(response=0, silence=0, attempts=12)


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
    run = await rehearse(story, tmp_path, waits=PATIENT)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert targets[0].lost > 5
    assert set(executed.values()) == {1}


async def test_a_link_that_loses_everything_fails_the_devices_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_on(monkeypatch, lambda premises: LossyTarget(premises, 1, loss=1.0))
    run = await rehearse(ROOT_STORY, tmp_path, waits=Waits(response=0, silence=0))
    assert run.steps()["cells-before"] == "failed"
    assert "no answer to 4 attempts" in run.reasons()
    # An attack that shows no sign of having arrived says nothing of the device.
    assert run.steps()["attack"] == "error"
    assert run.outcome is Outcome.ERROR
