"""An update is sent again for the cells that it did not replace, and for no other."""

from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import UpdateCommand
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.test_outcomes_of_devices import outcomes_of
from tests.bench.drills.wave_stories import READ_BACK, story_of

BAD = "faults: [{bad certificate: supplier.KA, count: 2}]\n"
AGAIN = """\
  - name: mend
    title: Only what is still to be done
    do: update again
    of: change
"""
NEW = f"{READ_BACK}    holding: {{all: 1, supplier: 2}}\n"


def commanded(run: Rehearsal) -> list[list[str]]:
    """The cells of each command of the step `mend`."""
    query = (
        "SELECT octets FROM message JOIN step ON step.id = step WHERE name = 'mend' "
        "AND direction = 'to device' AND use_case LIKE 'CS02b%'"
    )
    payloads = (parse_message(octets).payload for (octets,) in run.rows(query))
    return [
        [str(each.cell) for each in UpdateCommand.decode(payload).replacements]
        for payload in payloads
    ]


async def test_only_the_cells_that_failed_are_sent_again(tmp_path: Path) -> None:
    top = BAD + "links: {unreachable: {count: 1}}\n"
    run = await rehearse(story_of(top=top, after=AGAIN + NEW), tmp_path, premises=2)
    assert run.devices is DevicesVerdict.OUTSTANDING, run.reasons()
    assert commanded(run) == [["supplier.KA"], ["supplier.KA"]]
    assert outcomes_of(run) == {"recovered": 5, "unreachable": 1}


async def test_devices_that_a_stopped_step_left_out_are_asked_if_the_story_says_so(
    tmp_path: Path,
) -> None:
    waves = "    waves: [{share: 50%}, {share: rest}]\n    stop: {failed: 1%}\n"
    top = "faults: [{bad certificate: supplier.KA, count: 6}]\n"
    again = AGAIN + "    for: [failed, not asked]\n"
    run = await rehearse(story_of(waves, top=top, after=again + NEW), tmp_path, premises=2)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert sorted(map(len, commanded(run))) == [1, 1, 1, 3, 3, 3]
    assert outcomes_of(run) == {"recovered": 6}


async def test_nothing_left_to_be_done_is_no_fault(tmp_path: Path) -> None:
    run = await rehearse(story_of(after=AGAIN + NEW), tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    assert run.steps()["mend"] == "passed"
    assert commanded(run) == []


@pytest.mark.parametrize(
    ("of", "text"),
    [
        ("chagne", "no update of a party before it is named 'chagne'; did you mean 'change'?"),
        ("look", "no update of a party before it is named 'look'"),
    ],
)
def test_a_step_that_repeats_no_update_is_refused_with_line_and_field(of: str, text: str) -> None:
    again = AGAIN.replace("of: change", f"of: {of}")
    with pytest.raises(UsageError) as refused:
        story_of(after=READ_BACK + again)
    assert f"line 21, steps[3].of: {text}" in str(refused.value)
