"""What an author can get wrong about an attacker: refused in one line, before anything runs."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.attack_points import attacker_mistakes
from firmware_sim.bench.drills.remarks import remarks
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.gbcs.policy import Policy
from tests.bench.drills.attacker_stories import AT, DOES, PREMISES, small_story
from tests.bench.drills.rehearsal import rehearse

HOLDS = "holds: alpha.supplier.DS"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((HOLDS, "holds: beta.supplier.DS"), "gives it the key of alpha, not of beta"),
        ((HOLDS, "holds: networkOperator.DS"), "gives it supplier.DS of generation 1, not this"),
        ((HOLDS, f"{HOLDS}\n    generation: 2"), "gives it supplier.DS of generation 1, not this"),
        (
            (HOLDS, "holds: alpha.suplier.DS"),
            "a signing key that replaces cells nor a prepayment key; did you mean 'supplier.DS'",
        ),
        (
            (HOLDS, "holds: recovery.DS"),
            "is neither a signing key that replaces cells nor a prepayment key",
        ),
        (("from: fall", "from: fal"), "no compromise step is named 'fal'; did you mean 'fall'"),
        (("from: fall", "from: meeting"), "no compromise step is named 'meeting'"),
        (("devices: 3", "devices: 0"), "devices"),
        ((DOES, "does: []"), "say what it does and when, or neither"),
        ((AT, "at: [before notices]"), "before notice"),
        (("via: broker", "via: brocker"), "broker"),
        (
            ("    reporter: alpha\n", "    reporter: alpha\n    copied: false\n"),
            "gives nobody a copy",
        ),
    ],
)
def test_an_attacker_that_contradicts_the_story_is_refused(
    change: tuple[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        small_story(change)


OWN = "    own certificate: issued by SMKI\n"
VIA = "    via: broker\n"


def test_an_attacker_that_can_change_no_cell_is_remarked_on() -> None:
    assert [*remarks(small_story())] == []
    (told,) = remarks(small_story((OWN, "")))
    assert told.startswith("attacker 1: Without “own certificate: issued by SMKI” its “rotate to")
    assert "no measure of what the stolen key can do" in told
    (told,) = remarks(small_story((VIA, "")))
    assert "lacks the Broker's MAC" in told
    assert [*remarks(small_story((OWN, ""), (DOES, "does: [lock out counter]")))] == []


async def test_the_report_says_that_an_attacker_could_change_no_cell(tmp_path: Path) -> None:
    story = small_story((OWN, ""), (DOES, "does: [rotate to own]"), (AT, "at: [before notice]"))
    run = await rehearse(story, tmp_path, premises=PREMISES)
    page = render(read_record(run.folder))
    section = page.partition('<section id="attack">')[2].partition("</section>")[0]
    assert "Without “own certificate: issued by SMKI” its “rotate to own” can change" in section


def test_what_one_step_lacks_is_told_once_and_not_in_each_step_after_it() -> None:
    with pytest.raises(UsageError) as caught:
        small_story(
            ("cells: [supplier]\n    install: 2", "cells: [networkOperator]\n    install: 2")
        )
    assert str(caught.value).count("has issued generation 2 to") == 1


def test_a_misspelt_kind_of_step_is_answered_by_the_near_one_first() -> None:
    with pytest.raises(UsageError) as caught:
        small_story(("do: ceremony", "do: ceremoni"))
    assert "'ceremoni' may not stand here; did you mean 'ceremony'?" in str(caught.value)


def test_two_mistakes_of_one_attacker_are_both_told() -> None:
    """A value that cannot be read hides no name of a step that there is not."""
    with pytest.raises(UsageError) as caught:
        small_story(("via: broker", "via: brocker"), ("from: fall", "from: keyfalls"))
    told = str(caught.value)
    assert "did you mean 'broker'" in told
    assert "no compromise step is named 'keyfalls'" in told


@pytest.mark.parametrize(
    ("last", "points"),
    [
        ("fall", ["before notice", "between decision and wave", "after"]),
        ("decision", ["between decision and wave", "after"]),
        ("recovery", []),
    ],
)
def test_a_point_that_the_story_does_not_come_to_is_a_mistake(last: str, points: list[str]) -> None:
    story = small_story()
    names = [step.name for step in story.steps]
    cut = story.model_copy(update={"steps": story.steps[: names.index(last) + 1]})
    found = [text for _, text in attacker_mistakes(cut, Policy())]
    assert found == [f"after fall the story comes to no {point!r}" for point in points]


async def test_a_thief_that_comes_to_more_devices_than_there_are_is_refused(
    tmp_path: Path,
) -> None:
    """15 Relevant Devices, of which 2 are misheld and 1 is only believed to hold the key."""
    story = small_story(("devices: 3", "devices: 13"))
    with pytest.raises(UsageError, match="attacker 1: 13 devices asked for, and there are 12"):
        await rehearse(story, tmp_path, premises=PREMISES)
