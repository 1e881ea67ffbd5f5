"""A story can say which status a device must answer for each cell."""

from pathlib import Path

import pytest
import yaml

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import Outcome
from firmware_sim.gbcs.policy import Policy
from tests.bench.drills.rehearsal import Rehearsal, rehearse

# A network operator's stolen key is aimed at its own cells and at those of the supplier, which
# its mode does not cover: status other, 127 (GBCS 13.3).
STORY = """\
name: beyond-the-mode
title: A stolen key aims beyond its mode
summary: The device answers for each cell.
start: 2026-06-01T08:00:00Z
devices: [ESME]
steps:
  - name: fall
    title: The network operator's key falls
    do: compromise
    role: networkOperator
    reporter: Party
    found: f
  - name: aim
    title: It aims at the supplier's cells too
    do: update
    by: networkOperator
    stolen: true
    mode: networkOperatorByNetworkOperator
    cells: [networkOperator, supplier]
    install: 2
    expect: EXPECTED
  - name: look
    title: Only the network operator's cells have changed
    do: read back
    by: accessControlBroker
    holding: {all: 1, networkOperator: 2}
"""


async def played(expected: str, folder: Path, policy: Policy | None = None) -> Rehearsal:
    """Without a look at contradictions: this is about what a run says of devices."""
    story = Story.model_validate(yaml.safe_load(STORY.replace("EXPECTED", expected)))
    return await rehearse(story, folder, policy=policy)


@pytest.mark.parametrize(
    "expected",
    [
        "{supplier: other}",
        "{supplier.DS: other, supplier.KA: other, supplier.KA.PP: other}",
        "{all: other, networkOperator: success}",
    ],
)
async def test_a_device_that_answers_the_expected_status_for_each_cell_passes(
    expected: str, tmp_path: Path
) -> None:
    run = await played(expected, tmp_path)
    assert run.outcome is Outcome.PASSED, run.reasons()
    assert run.steps() == {"fall": "passed", "aim": "passed", "look": "passed"}
    ((told,),) = run.rows("SELECT expected FROM verdict WHERE name = 'outcome of every cell'")
    assert "supplier.DS: other" in told


@pytest.mark.parametrize(
    ("expected", "wrong"),
    [
        ("{supplier: badCertificate}", "supplier.DS"),
        ("{supplier.DS: other}", "supplier.KA"),
        ("{all: other}", "networkOperator.DS"),
        ("accepted", "supplier.DS"),
    ],
)
async def test_a_device_that_answers_another_status_for_a_cell_fails(
    expected: str, wrong: str, tmp_path: Path
) -> None:
    run = await played(expected, tmp_path)
    assert run.steps()["aim"] == "failed"
    assert f"not replaced as commanded: {wrong}" in run.reasons()


async def test_a_device_that_refuses_the_whole_command_has_not_answered_for_each_cell(
    tmp_path: Path,
) -> None:
    policy = Policy.from_choices({"cell_outside_mode": "refuse"})
    run = await played("{supplier: other}", tmp_path, policy)
    assert run.steps()["aim"] == "failed"
    assert "refused: no authority" in run.reasons()


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("{supplier: othr}", "'othr' is no status of a cell"),
        ("{suplier: other}", "neither 'all', nor a role"),
        ("{}", "must not be empty"),
        ("{refused: [no authority], supplier: other}", "there is no such key"),
        ("{refused: [not authority]}", "is no reason for refusal"),
        ("always", "must be one of accepted, not signed, not served, not 'always'"),
    ],
)
def test_a_mistake_in_an_expectation_is_told_with_line_and_field(expected: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_story(STORY.replace("EXPECTED", expected), "story.yaml")
    assert words in str(caught.value)
    assert "line 21" in str(caught.value)


async def test_a_status_for_a_cell_that_the_step_does_not_replace_is_an_error(
    tmp_path: Path,
) -> None:
    run = await played("{recovery: other}", tmp_path)
    assert run.outcome is Outcome.ERROR
    assert "no device concerned has a cell 'recovery'" in run.reasons()
