"""Waves over bad links, with faults: the same octets on every target that can do them."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.outcome import DevicesVerdict
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.test_outcomes_of_devices import outcomes_of
from tests.bench.drills.wave_stories import READ_BACK, story_of
from tests.requirements import require_engine

pytestmark = pytest.mark.slow

STORY = story_of(
    """\
    waves: [{share: 50%}, {share: rest}]
    stop: {failed: 50%, of: wave}
    retry: {attempts: 4, back off: 30m}
""",
    """\
links: {unreachable: {count: 1}, loss: 5%, duplicate: 20%, late: {share: 5%, minutes: 45}}
faults: [{power cut: commit, count: 3}, {bad certificate: supplier.KA, count: 2}]
""",
    f"{READ_BACK}    holding: {{all: 1, supplier: 2}}\n",
)


def told(run: Rehearsal) -> tuple[object, ...]:
    """Device by device: side by side, their order is the target's."""
    return (
        run.rows("SELECT device, direction, digest FROM message ORDER BY device, id"),
        run.rows("SELECT device, phase, image FROM flash ORDER BY device, phase"),
        run.rows("SELECT device, name, verdict, actual FROM verdict ORDER BY device, id"),
    )


@pytest.mark.parametrize("target", ["mqtt", "native"])
async def test_waves_links_and_faults_are_the_same_to_the_octet(
    target: str, tmp_path: Path
) -> None:
    if target == "native":
        require_engine()
    runs = [
        await rehearse(
            STORY, tmp_path / each, premises=4, target=each, waits=Waits(response=2, silence=0.5)
        )
        for each in ("memory", target)
    ]
    assert all(run.devices is DevicesVerdict.OUTSTANDING for run in runs), runs[1].reasons()
    assert outcomes_of(runs[1]) == {"recovered": 9, "failed": 2, "unreachable": 1}
    assert told(runs[0]) == told(runs[1])
