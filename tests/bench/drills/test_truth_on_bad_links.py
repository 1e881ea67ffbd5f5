"""What a drill says over bad links is true of the flash: no false failure, and no false success."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.fault_terms import PowerCutTerm
from firmware_sim.bench.drills.link_terms import LinkTerms
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import load_story, read_story
from firmware_sim.bench.dut.simulated.target import MemoryTarget
from firmware_sim.bench.dut.target import Reach
from firmware_sim.bench.outcome import DevicesVerdict
from firmware_sim.devices.image_contents import cells_of_image
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.machine.image.use_records import TopUpFlag
from firmware_sim.machine.state import DeviceState
from firmware_sim.machine.store import open_image
from tests.bench.drills.rehearsal import Rehearsal, play_on, rehearse
from tests.bench.drills.test_outcomes_of_devices import outcomes_of
from tests.bench.drills.test_uses import WHOLE, use
from tests.bench.drills.test_uses import story_of as story_of_uses
from tests.bench.drills.wave_stories import READ_BACK, UPDATE, story_of, text_of

HOMES = 2
ROUGH = LinkTerms.model_validate(
    {"loss": "40%", "duplicate": "40%", "late": {"share": "30%", "minutes": 90}}
)
STORIES = {
    "method 2": ("supplier-compromise-broker", "recovery"),
    "method 3": ("supplier-compromise-recovery", "recovery"),
    "contingency": ("rough-contingency", "contingency"),
}
WRONG = "SELECT step.name, device, verdict.name, verdict.reason FROM verdict JOIN step ON step.id ="
WRONG += " step WHERE verdict.verdict IN ('failed', 'error')"


class Played(NamedTuple):
    run: Rehearsal
    flash: dict[str, dict[str, bytes]]
    """Of each device: its cells by name, and the identifier of the key in each."""
    images: dict[str, bytes]


async def play(
    story: Story, folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int, **more: Any
) -> Played:
    """The drill, and the true flash of its devices at the end, past everything that it wrote."""
    targets: list[MemoryTarget] = []

    def make(premises: Iterable[Premises]) -> MemoryTarget:
        targets.append(more.pop("target", MemoryTarget)(premises))
        return targets[0]

    play_on(monkeypatch, make)
    run = await rehearse(story, folder, premises=HOMES, seed=seed, **more)
    entities = [entity for (entity,) in run.rows("SELECT entity FROM device")]
    images = {}
    for each in entities:
        image = await targets[0].image(EntityId.parse(each))
        assert image is not None
        images[each] = image
    return Played(run, {each: cells(image) for each, image in images.items()}, images)


def cells(image: bytes) -> dict[str, bytes]:
    return {str(cell): held.key_identifier for cell, held in cells_of_image(image).items()}


def rough(name: str) -> tuple[Story, Story]:
    """A story of the catalogue without links and faults, and with bad ones."""
    story, step = STORIES[name]
    cuts = PowerCutTerm.model_validate({"power cut": "commit", "count": 3, "step": step})
    smooth = load_story(story).model_copy(update={"links": None, "faults": ()})
    return smooth, smooth.model_copy(update={"links": ROUGH, "faults": (cuts,)})


def last_readings(run: Rehearsal) -> dict[str, dict[str, str]]:
    """Of each device that answered in the last reading: the key identifiers that it reported."""
    query = (
        "SELECT device, cell, key_identifier FROM cell WHERE source = 'CS02a' AND step ="
        " (SELECT max(step) FROM cell WHERE source = 'CS02a')"
    )
    found: dict[str, dict[str, str]] = {}
    for device, cell, key in run.rows(query):
        found.setdefault(device, {})[cell] = key
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("name", STORIES)
async def test_what_the_record_says_of_a_device_is_true_of_every_cell_in_its_flash(
    name: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same drill over good links gives the keys that a recovered device must hold."""
    smooth, over_bad_links = rough(name)
    good = await play(smooth, tmp_path / "good", monkeypatch, seed)
    bad = await play(over_bad_links, tmp_path / "bad", monkeypatch, seed)
    assert bad.run.rows(WRONG) == []
    assert bad.run.rows("SELECT 1 FROM verdict WHERE verdict = 'skipped'")
    said = {
        each["device"]: each["outcome"]
        for (text,) in bad.run.rows("SELECT content FROM account WHERE kind = 'device outcome'")
        for each in [json.loads(text)]
    }
    assert set(said.values()) <= {"recovered", "unreachable"}
    for device, outcome in said.items():
        assert outcome != "recovered" or bad.flash[device] == good.flash[device], device
    for device, reported in last_readings(bad.run).items():
        assert reported == {cell: key.hex() for cell, key in bad.flash[device].items()}


CUTS = "faults: [{power cut: commit, count: 3}]\n"


@pytest.mark.parametrize("retry", ["", "    retry: {attempts: 4, back off: 30m}\n"])
async def test_a_copy_that_a_device_takes_after_its_power_was_cut_is_not_taken_twice(
    retry: str, tmp_path: Path
) -> None:
    """Two of three are cut before the commit: of what they then carry out it is the first time."""
    story = story_of(retry, top=f"links: {{duplicate: 100%}}\n{CUTS}", after="")
    run = await rehearse(story, tmp_path)
    assert run.devices is DevicesVerdict.RIGHT, run.reasons()
    found = run.rows("SELECT name, actual FROM verdict WHERE name LIKE 'power cut%' ORDER BY name")
    assert [actual for _, actual in found] == ["new", "old", "old"]
    assert outcomes_of(run) == {"recovered": 3}


async def test_a_cut_before_the_only_answer_that_was_not_lost_is_no_silence_of_the_device(
    tmp_path: Path,
) -> None:
    """Without a second attempt nothing is known of the devices but what the story did to them."""
    retry = "    retry: {attempts: 1, back off: 30m}\n"
    story = story_of(retry, top=f"links: {{loss: 1%}}\n{CUTS}", after="")
    patience = Waits(response=0, silence=0, attempts=1)
    run = await rehearse(story, tmp_path, premises=2, seed=3, waits=patience)
    assert run.rows(WRONG) == []


@pytest.mark.slow
@pytest.mark.parametrize("late", ["1%", "100%"])
async def test_contingency_that_is_refused_as_a_copy_was_carried_out(
    late: str, tmp_path: Path
) -> None:
    """The new root's wrapped key does not open with the old symmetric key: no replay by its name.

    The answer to the first is late, or lost: the refusal of its copy is no answer to it.
    """
    whole, _ = rough("contingency")
    held_back = {"share": late, "minutes": 90}
    links = LinkTerms.model_validate({"duplicate": "100%", "loss": "30%", "late": held_back})
    run = await rehearse(whole.model_copy(update={"links": links}), tmp_path, seed=2)
    assert run.rows(WRONG) == []


async def test_a_message_that_the_device_may_never_have_had_is_not_sent_again_as_spent(
    tmp_path: Path,
) -> None:
    replay = "  - {name: again, title: Once more, do: replay, kept: kept, "
    replay += "expect: {refused: [replayed]}}\n"
    keep = "    keep: kept\n    retry: {attempts: 1, back off: 1h}\n"
    text = text_of(keep, top="links: {loss: 45%}\n", after=replay)
    story = read_story(text.replace("install: 2", "install: 1"), "story.yaml")
    run = await rehearse(story, tmp_path, premises=4, waits=Waits(0, 0, attempts=12))
    assert run.rows(WRONG) == []
    unknown = "SELECT count(*) FROM verdict JOIN step ON step.id = step WHERE step.name = 'again'"
    [(skipped,)] = run.rows(f"{unknown} AND verdict.verdict = 'skipped'")
    [(passed,)] = run.rows(f"{unknown} AND verdict.verdict = 'passed'")
    assert skipped > 2
    assert passed > 0


async def test_a_device_that_may_hold_the_old_key_is_sent_nothing_with_the_new_one(
    tmp_path: Path,
) -> None:
    """Neither a command that it may not know, nor an attacker's that it may have to obey."""
    later = UPDATE.replace("change", "later") + "    credentials: 2\n"
    stolen = UPDATE.replace("change", "attack") + "    stolen: true\n"
    falls = "  - {name: falls, title: The key falls, do: compromise, role: supplier, "
    falls += "reporter: Party}\n"
    text = "    expect: {refused: [bad signature]}\n"
    look = READ_BACK.replace("accessControlBroker", "supplier") + "    credentials: 2\n"
    once = "    retry: {attempts: 1, back off: 1h}\n"
    story = story_of(once, "links: {loss: 45%}\n", falls + later + stolen + text + look)
    run = await rehearse(story, tmp_path, premises=4, waits=Waits(0, 0, attempts=12))
    assert run.rows(WRONG) == []
    reasons = run.rows("SELECT DISTINCT reason FROM verdict WHERE verdict = 'skipped'")
    assert any("an update did not come to supplier.DS" in reason for (reason,) in reasons)


def balances(images: dict[str, bytes]) -> int:
    states = [DeviceState.load(open_image(image)[1]) for image in images.values()]
    flags = [each.flags for state in states for each in state.top_ups.values()]
    return sum(TopUpFlag.CREDITED in each for each in flags)


@pytest.mark.parametrize("seed", range(1, 6))
async def test_a_top_up_whose_answer_is_lost_counts_as_its_meter_counts_it(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = use("sold", "sell token", token="x"), use("credited", "top up", token="x")
    again = use("spent", "top up", token="x", expect={"refused": ["duplicate top up"]})
    links = {"duplicate": "60%", "loss": "50%"}
    story = story_of_uses(*steps, again, devices=["ESME", "GSME"], links=links)
    played = await play(story, tmp_path, monkeypatch, seed, waits=Waits(0, 0, attempts=2))
    assert played.run.rows(WRONG) == []
    assert prepayment(played.run)["spent"] == balances(played.images)
    assert prepayment(played.run)["unknown"] == 0


class OutOfSight(MemoryTarget):
    """Devices of which the bench sees nothing but what they send."""

    def __init__(self, premises: Iterable[Premises]) -> None:
        super().__init__(premises)
        self._reach = Reach.LINE


async def test_a_top_up_of_which_nothing_was_heard_is_told_as_not_known_where_nobody_can_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = use("sold", "sell token", token="x"), use("credited", "top up", token="x")
    story = story_of_uses(*steps, devices=["ESME", "GSME"], links={"loss": "60%"})

    async def unseen(*_: object) -> None:
        return None

    play_on(monkeypatch, OutOfSight)
    monkeypatch.setattr(MemoryTarget, "image", unseen)
    run = await rehearse(story, tmp_path, premises=4, waits=Waits(0, 0, attempts=2))
    assert run.rows(WRONG) == []
    told = prepayment(run)
    assert told["unknown"] > 0
    assert told["spent"] + told["unknown"] == told["sold"] == 8


def prepayment(run: Rehearsal) -> dict[str, int]:
    [(content,)] = run.rows("SELECT content FROM account WHERE kind = 'prepayment'")
    found: dict[str, int] = json.loads(content)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
async def test_every_use_of_keys_is_told_truly_over_bad_links(seed: int, tmp_path: Path) -> None:
    story = WHOLE.model_copy(update={"links": ROUGH})
    run = await rehearse(story, tmp_path, seed=seed)
    assert run.rows(WRONG) == []
