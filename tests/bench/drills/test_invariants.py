"""Each invariant has a story that breaks it, and the record says so by its name."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.governance.book import ProcedureBook, TimedStep
from firmware_sim.bench.governance.invariants import INVARIANTS, broken
from firmware_sim.bench.outcome import DevicesVerdict, ExitCode
from tests.bench.drills.rehearsal import Rehearsal, rehearse

STORIES = {
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


ALSO: dict[str, set[str]] = {"I1": {"I9"}, "I2": {"I9"}}
"""Where the story cannot break one without another: nothing was decided in due form."""


@pytest.mark.parametrize("name", sorted(STORIES, key=_number))
async def test_a_story_that_breaks_an_invariant_ends_with_its_name(
    name: str, tmp_path: Path
) -> None:
    drill = await play(name, tmp_path)
    assert name in names(drill), drill.reasons()
    assert names(drill) == {name, *ALSO.get(name, ())}
    assert drill.devices in (DevicesVerdict.RIGHT, DevicesVerdict.NOT_ASKED)
    assert drill.whole.exit_code is ExitCode.PROCEDURE_NOT_FOLLOWED


def test_a_claim_out_of_its_time_breaks_i12(tmp_path: Path) -> None:
    book = ProcedureBook()
    assert not list(broken(book))
    at = load_story(str(STORIES["I4"])).start
    book.timed.append(TimedStep(at, "the claim of alpha", "four months after", "L10.19(a)"))
    ((invariant, how),) = broken(book)
    assert invariant.name == "I12"
    assert how == "the claim of alpha: four months after [SEC L10.19(a)]"


def test_every_invariant_is_tested() -> None:
    assert {each.name for each in INVARIANTS} == STORIES.keys() | {"I12"}
    assert [each.name for each in INVARIANTS] == [f"I{number}" for number in range(1, 14)]
