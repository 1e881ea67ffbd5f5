"""What `show` and `list` say of a story before it runs is what a run of it does."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel

from firmware_sim.bench.drills.authoring.outline import outline
from firmware_sim.bench.drills.authoring.story_words import surroundings
from firmware_sim.bench.drills.authoring.timeline import TOLD, timeline
from firmware_sim.bench.drills.compromise_steps import ReportStep
from firmware_sim.bench.drills.steps import Step
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.gbcs.policy import Policy
from tests.bench.drills.attacker_stories import small_story
from tests.bench.drills.rehearsal import HANDOVER_STORY, ROOT_STORY, SUPPLIER_STORY, rehearse

TYPICAL = [
    HANDOVER_STORY, ROOT_STORY, SUPPLIER_STORY, "network-operator-soft", "root-roll-by-recovery",
    "network-operator-compromise-broker", "root-and-recovery-compromise",
]  # fmt: skip
"""Together they have every key for devices; the others are played in `test_catalogue.py`."""

OTHERS = Path(__file__).parents[1] / "stories"


@pytest.mark.parametrize(
    "story", [small_story(), *map(load_story, TYPICAL)], ids=lambda story: story.name
)
async def test_a_run_goes_as_the_timeline_tells_and_ends_as_the_list_declares(
    story: Story, tmp_path: Path
) -> None:
    moments = list(timeline(story, Policy()))
    premises = 1 if story.population is None else story.population.premises
    run = await rehearse(story, tmp_path, premises=premises)
    told = [(each.step.name, each.at.isoformat()) for each in moments]
    begun = run.rows("SELECT name, started FROM step ORDER BY id")
    assert [name for name, _ in told] == [name for name, _ in begun]
    assert [at[:16] for _, at in told] == [at[:16] for _, at in begun]
    asked: dict[str, set[str]] = {each.step.name: set() for each in moments}
    for step, kind in run.rows(
        "SELECT DISTINCT main.step.name, main.device.type FROM message "
        "JOIN main.step ON main.step.id = step JOIN main.device ON entity = message.device "
        "WHERE direction = 'to device'"
    ):
        asked[step].add(kind)
    assert any(asked.values())
    for each in moments:
        # Chance may draw devices of some of these types only; only a run shows what failed.
        if each.step.do in {"attack", "update again"}:
            assert asked[each.step.name] <= {kind.name for kind in each.cells}
        elif each.step.do != "compromise":
            assert {kind.name for kind in each.cells} == asked[each.step.name], each.step.name
    about = outline(story)
    assert run.verdicts is not None
    assert run.verdicts.procedure is about.procedure
    assert run.verdicts.devices is about.devices_verdict


@pytest.mark.parametrize(
    ("name", "falls", "methods", "devices"),
    [
        ("gpf-handover", (), (), "GPF"),
        (
            ROOT_STORY,
            (
                "the Root OCA's private key (first generation)",
                "the Recovery Private Key (first generation)",
            ),
            ("Contingency",), "CHF GPF ESME GSME",
        ),
        (
            SUPPLIER_STORY, ("the supplier's signing key (first generation)",), ("3",),
            "GPF ESME GSME",
        ),
        (
            str(OTHERS / "method-1.yaml"), ("the supplier's signing key (first generation)",),
            ("1",), "CHF GPF ESME GSME",
        ),
    ],
)  # fmt: skip
def test_the_outline_says_what_falls_how_it_is_mended_and_where(
    name: str, falls: tuple[str, ...], methods: tuple[str, ...], devices: str
) -> None:
    about = outline(load_story(name))
    assert about.falls == falls
    assert about.methods == methods
    assert {kind.name for kind in about.devices} == set(devices.split())


def test_positives_and_negatives_are_counted_by_what_a_step_expects() -> None:
    about = outline(load_story(SUPPLIER_STORY))
    # Eleven must not: custody twice, three captured messages, the attacker three times, tokens that
    # are old or spent, and who listens with the old key.
    assert about.negatives == 11
    # 17 must: three readings, three updates, a quorum, a decision, a ceremony, and eight uses.
    assert about.positives == 17


def test_what_falls_is_found_where_it_stands_at_that_moment() -> None:
    moments = {each.step.name: each for each in timeline(load_story(ROOT_STORY), Policy())}
    fallen = moments["root-falls"].cells
    assert {kind.name for kind in fallen} == {"CHF", "GPF", "ESME", "GSME"}
    assert all("root.CS" in map(str, cells) for cells in fallen.values())
    # The retired key of Recovery stands in no cell any more.
    assert moments["old-recovery-leaks"].cells == {}


def test_a_key_of_a_later_version_is_not_passed_over_in_silence() -> None:
    class Later(ReportStep):
        ripples: int = 0

    story = load_story(str(OTHERS / "followed.yaml"))
    step = Later(do="report", name="r", title="t", ripples=3)
    changed = story.model_copy(update={"steps": (*story.steps, step)})
    *_, last = timeline(changed, Policy())
    assert last.what.endswith("(and what it says under ripples)")


def step_models() -> Iterator[type[BaseModel]]:
    union, _ = get_args(Step)
    yield from get_args(union)


@pytest.mark.parametrize("model", list(step_models()), ids=lambda model: model.__name__)
def test_every_key_of_every_step_is_told(model: type[BaseModel]) -> None:
    assert model.model_fields.keys() - TOLD == set()


ALL_KEYS = """
name: all-keys
start: 2027-02-01T08:00:00Z
inventory: estate.csv
population:
  premises: 50
  suppliers: {alpha: 60%, beta: 40%}
  smi: {suspended: {types: [GSME], count: 2}}
  misheld: [{at: beta, hold: alpha, share: 5%}]
links:
  unreachable: {share: 10%, types: [ESME]}
  loss: 2%
  duplicate: 1%
  late: {share: 1%, minutes: 90}
faults: [{power cut: commit, count: 3}, {bad certificate: supplier.KA, count: 1, step: new}]
verdicts: {devices: outstanding}
steps:
  - name: new
    title: New credentials
    do: update
    by: supplier
    party: alpha
    mode: supplierBySupplier
    cells: [supplier]
    install: 2
    relevant: false
    waves: [{share: 1%, name: canary}, {share: 20%}, {share: rest}]
    stop: {failed: 5%}
    retry: {attempts: 4, back off: 30m}
  - {name: mend, title: Again, do: update again, of: new, for: [failed, not asked],
     retry: {attempts: 2, back off: 1h}}
  - {name: later, title: Later, do: update, by: supplier, at: beta, mode: supplierBySupplier,
     cells: [supplier], install: 1, under: 2, omit: [MAC], execute: 2027-02-01T10:00:00Z}
  - {name: never, title: Never, do: update, by: supplier, mode: supplierBySupplier,
     cells: [supplier], install: 1, execute: never}
"""


def test_homes_organisations_waves_and_chance_are_told_in_words() -> None:
    story = Story.model_validate(yaml.safe_load(ALL_KEYS))
    assert surroundings(story) == {
        "Homes": "50 homes; suppliers alpha (60%) and beta (40%); one network operator",
        "Not as usual": "2 GSME: suspended; 5% of the devices: hold alpha's certificates in "
        "the cells of beta",
        "Believed": "what estate.csv says of each device",
        "Links": "10% of the ESME: out of reach from first to last; 2% of commands, and of "
        "answers, are lost; 1% of commands arrive twice; 1% of answers come 90 minutes late",
        "Faults": "3 devices: power cut in the commit; 1 device: a bad certificate for supplier.KA "
        "in new",
    }
    new, mend, later, never = timeline(story, Policy())
    assert f"{new.who} {new.what}" == (
        "alpha puts generation 2 into the cells supplier (supplierBySupplier), at the devices of "
        "alpha, Relevant or not; in waves: canary (1%), 20%, the rest; no further wave begins once "
        "5% of a wave, and at least 3 devices have failed; up to 4 times, 30 minutes apart, while "
        "nothing is heard"
    )
    assert mend.what == (
        "sends the command of new again, for cells not replaced of devices that are failed or not "
        "asked; up to 2 times, 1 hour apart, while nothing is heard"
    )
    assert mend.cells == new.cells
    assert later.what.endswith(
        "at the devices of beta, beneath the Issuing OCA of generation 2, without its MAC, to be "
        "carried out at 2027-02-01 10:00 UTC"
    )
    assert never.what.endswith(", which cancels what waits of the same party and mode")
    about = outline(story)
    assert about.devices_verdict is DevicesVerdict.OUTSTANDING


def test_a_command_for_later_fills_its_cells_when_it_falls_due() -> None:
    text = """
name: later
start: 2027-02-01T08:00:00Z
steps:
  - {name: later, title: t, do: update, by: supplier, mode: supplierBySupplier, cells: [supplier],
     install: 2, execute: 2027-02-01T10:00:00Z}
  - {name: soon, title: t, do: compromise, role: supplier, generation: 2, reporter: Party,
     minutes: 180}
  - {name: due, title: t, do: compromise, role: supplier, generation: 2, reporter: Party}
"""
    _, soon, due = timeline(Story.model_validate(yaml.safe_load(text)), Policy())
    assert soon.cells == {}
    assert {kind.name for kind in due.cells} == {"GPF", "ESME", "GSME"}


def test_every_story_of_the_tests_can_be_told() -> None:
    for path in OTHERS.rglob("*.yaml"):
        if not path.name.startswith("row-7-"):
            story = read_story(path.read_text("utf-8"), path.name)
            told = [f"{each.who} {each.what}" for each in timeline(story, Policy())]
            assert len(told) == len(story.steps)
            assert not [text for text in told if "under" in text and "says" in text], path.name
