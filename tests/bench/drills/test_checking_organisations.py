"""What an author can get wrong about organisations, with line and nearest name, before a run."""

from pathlib import Path

import pytest

from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.files.strict_yaml import MistakesError

STORY = (Path(__file__).parent / "stories" / "two-suppliers.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "line_of", "words"),
    [
        ("party: alpha\n    cell", "party: alfa\n    cell", "party: alfa",
         "'alfa' is no supplier of this story; did you mean 'alpha'?"),
        ("    party: alpha\n    cell", "    cell", "name: fall",
         "say which organisation has such a key: alpha or beta"),
        ("party: beta", "party: north", "party: north", "'north' is no supplier of this story"),
        ("at: alpha\n    relevant", "at: alpa\n    relevant", "at: alpa",
         "'alpa' is no organisation of this story; did you mean 'alpha'?"),
        ("reporter: alpha", "reporter: alfa", "reporter: alfa", "did you mean 'alpha'?"),
        ("reporter: alpha", "reporter: Partie", "reporter: Partie", "did you mean 'Party'?"),
        ("by: recovery", "by: recovery\n    party: alpha", "    party: alpha\n    mode",
         "all of the DCC's roles are one organisation"),
        ("    party: alpha\n    stolen", "    stolen", "name: attacker-refused",
         "say which organisation speaks with a stolen key: alpha or beta"),
        ("party: alpha\n    stolen", "party: beta\n    stolen", "stolen: true",
         "no step before it stole beta's signing key (first generation)"),
        ("{all: 1, supplier: 2}", "{all: 1, supplier: {holder: gamma}}", "holder: gamma",
         "'gamma' is neither a role nor an organisation"),
        ("{all: 1, supplier: 2}", "{all: 1, supplier: {holder: alpha, generation: 3}}",
         "generation: 3", "no step before it has issued generation 3 to alpha"),
        ("credentials: 2", "credentials: 3", "credentials: 3",
         "no step before it has issued generation 3 to alpha or beta"),
        ("    by: supplier\n    credentials: 2", "    by: loadController\n    credentials: 2",
         "credentials: 2", "no step before it has issued generation 2 to load-controller"),
        ("    credentials: 2", "    broker: 3", "broker: 3", "the DCC's keys have 2 generations"),
        ("suppliers: {alpha: 60%, beta: 40%}", "suppliers: {alpha: 60%, beta: 30%}", "suppliers:",
         "population.suppliers: the shares must be 100% together, not 90%"),
        ("{north: 50%, south: 50%}", "{alpha: 50%, south: 50%}", "population:",
         "'alpha' is named in two roles"),
        ("at: beta, hold: alpha", "at: beta, hold: alph", "hold: alph,",
         "'alph' is no supplier of this population; did you mean 'alpha'?"),
        ("types: [ESME], count: 2}\n  misheld", "types: [ESME], count: 8}\n  misheld",
         "count: 8", "takes 8 ESME of alpha, and there are 7"),
        ("types: [ESME], count: 1}", "types: [ESME], share: 5%}", "share: 5%",
         "takes 5% ESME, and of 7 that is none"),
        ("types: [ESME], count: 1}", "types: [CHF], count: 1}", "types: [CHF]",
         "takes 1 CHF, and there are 0"),
        ("population:", "inventory: ../estate.csv\npopulation:", "inventory:",
         "must be the name of a file in the story's own folder"),
        ("  premises: 12", "  premises: 12\n  houses: 3", "houses", "there is no such key"),
    ],
)  # fmt: skip
def test_a_mistake_about_organisations_is_told_with_its_line(
    old: str, new: str, line_of: str, words: str
) -> None:
    assert old in STORY
    text = STORY.replace(old, new)
    number = text[: text.index(line_of)].count("\n") + 1
    with pytest.raises(MistakesError) as caught:
        read_story(text, "mine.yaml")
    (told,) = (line for line in caught.value.lines if words in line)
    assert told.startswith(f"mine.yaml, line {number},")


def test_an_organisation_may_not_be_named_like_a_role() -> None:
    with pytest.raises(MistakesError, match="'root' is the name of a role"):
        read_story(STORY.replace("south", "root"), "mine.yaml")


def test_a_story_without_a_population_has_one_organisation_in_each_role() -> None:
    text = STORY.replace(STORY[STORY.index("population:") : STORY.index("steps:")], "")
    with pytest.raises(MistakesError, match="'alpha' is no supplier of this story"):
        read_story(text, "mine.yaml")
