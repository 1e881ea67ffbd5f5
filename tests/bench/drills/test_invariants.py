"""Each invariant has a story that breaks it, and the record says so by its name."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.governance.invariants import INVARIANTS
from firmware_sim.bench.outcome import DevicesVerdict, ExitCode
from tests.bench.drills.rehearsal import Rehearsal, rehearse

STORIES: dict[str, Path] = {
    path.name.partition("-")[0].upper(): path
    for path in Path(__file__).with_name("stories").glob("i*.yaml")
}


async def play(name: str, folder: Path) -> Rehearsal:
    return await rehearse(load_story(str(STORIES[name])), folder)


def names(drill: Rehearsal) -> set[str]:
    heads = {text.partition(":")[0] for text in drill.departures()}
    return heads & {invariant.name for invariant in INVARIANTS}


def _number(name: str) -> int:
    return int(name[1:])


NAMES = sorted(STORIES, key=_number)

ALSO: dict[str, set[str]] = {"I1": {"I9"}, "I2": {"I9"}}
"""Where the story cannot break one without another: nothing was decided in due form."""


@pytest.mark.parametrize("name", NAMES)
async def test_a_story_that_breaks_an_invariant_ends_with_its_name(
    name: str, tmp_path: Path
) -> None:
    drill = await play(name, tmp_path)
    assert name in names(drill), drill.reasons()
    assert names(drill) == {name, *ALSO.get(name, ())}
    assert drill.devices in (DevicesVerdict.RIGHT, DevicesVerdict.NOT_ASKED)
    assert drill.whole.exit_code is ExitCode.PROCEDURE_NOT_FOLLOWED


@pytest.mark.parametrize(
    ("body", "may"),
    [
        ("DCC", True),
        ("SMKI PMA", True),
        ("Panel", True),
        ("Party", False),
        ("Security Sub-Committee", False),
        ("Registration Data Provider", False),
    ],
)
async def test_a_preparatory_step_is_instructed_by_a_body_that_may(
    body: str, may: bool, tmp_path: Path
) -> None:
    """The DCC instructs Parties; nobody else but the SMKI PMA and the Panel their own members."""
    what = "what: the custodians are called to the site\n"
    text = STORIES["I3"].read_text()
    assert what in text
    story = tmp_path / "story.yaml"
    story.write_text(text.replace(what, f"{what}    instructed: {body}\n"))
    drill = await rehearse(load_story(str(story)), tmp_path / "run")
    assert names(drill) == (set() if may else {"I3"}), drill.reasons()


async def test_a_breach_referred_after_three_months_breaks_i12(tmp_path: Path) -> None:
    text = STORIES["I12"].read_text()
    text = text[: text.index("  - name: claim\n")]
    refer = "  - {name: refer, title: t, do: refer breach, party: alpha}\n"
    for number, (minutes, kept) in enumerate((("100000", True), ("172800", False))):
        story = tmp_path / "story.yaml"
        story.write_text(text.replace("minutes: 172800", f"minutes: {minutes}") + refer)
        drill = await rehearse(load_story(str(story)), tmp_path / str(number))
        assert (names(drill) == set()) is kept, drill.reasons()


def test_every_invariant_is_tested() -> None:
    assert {each.name for each in INVARIANTS} == STORIES.keys()
    assert [each.name for each in INVARIANTS] == [f"I{number}" for number in range(1, 14)]
